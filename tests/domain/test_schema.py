from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.legal import in_words
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError

SORA = built_in().schema
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@pytest.mark.parametrize(("values", "said"), [((4,), "4"), ((4, 8), "4 or 8"), ((4, 8, 12), "4, 8 or 12")])
def test_legal_values_are_joined_as_a_person_would(values: tuple[int, ...], said: str) -> None:
    """Commas, and an `or` before the last."""
    assert in_words(values) == said


def test_fields_keep_the_pages_order_and_words() -> None:
    """A schema's fields come with title, type, legal values and default."""
    prompt, size, seconds = SORA.fields
    assert prompt == Field("prompt", "Prompt", "string", required=True)
    assert size == Field("size", "Resolution", "string", enum=("1280x720", "720x1280"), default="720x1280")
    assert seconds == Field("seconds", "Duration", "integer", enum=(4, 8, 12), default=4)
    told = {"type": "string", "title": "Mood", "description": "How it\nfeels."}
    assert Schema.parse({"properties": {"mood": told}}).fields == (
        Field("mood", "Mood", "string", description="How it feels."),
    )


def test_what_is_not_understood_is_kept_open() -> None:
    """A field without type, title or sense takes any value under its own name."""
    raw = {
        "required": "prompt",
        "properties": {
            "prompt": True,
            "style": {"type": "flavour", "title": 5, "enum": "abc", "description": None, "default": 3},
        },
    }
    prompt, style = Schema.parse(raw).fields
    assert prompt == Field("prompt", "prompt", "any")
    assert style == Field("style", "5", "any", default=3)
    inputs = {"prompt": {"a": [1]}, "style": None}
    assert Schema.parse(raw).check(inputs) == inputs


def test_a_schema_without_fields_takes_none() -> None:
    """Nothing is asked for and every field is unknown."""
    schema = Schema.parse({"type": "object", "properties": {}})
    assert schema.readable
    assert schema.check({}) == {}
    with pytest.raises(InputError, match=r"^This model has no input 'prompt'\. It takes none\. Nothing was"):
        schema.check({"prompt": "panda"})


@pytest.mark.parametrize(
    "raw",
    [{}, None, [], 5, {"properties": None, "required": None}, {"properties": ["prompt"]}, {"$ref": "#"}],
)
def test_a_schema_that_cannot_be_read_lets_any_object_through(raw: Any) -> None:
    """There are no fields to hold to, so the inputs go as they are, in JSON's own types."""
    schema = Schema.parse(raw)
    assert (schema.readable, schema.fields, schema.body) == (False, (), None)
    assert schema.check({"prompt": "", "any thing": (1, {"a": None})}) == {
        "prompt": "",
        "any thing": [1, {"a": None}],
    }
    assert schema.resolve({"seconds": 4.0}) == {"seconds": 4.0}
    with pytest.raises(InputError, match=r"no input 'size'\. Its input schema could not be read\. Nothing"):
        schema.field("size")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "half \ud800", b"bytes", {1, 2}, object()])
def test_what_json_cannot_say_is_never_let_through(value: object) -> None:
    """Even where no schema is known, what is sent is JSON."""
    for inputs in ({"it": value}, {"it": [{"deep": value}]}):
        with pytest.raises(InputError, match=r"^it cannot be written as JSON: .* Nothing was sent\.$"):
            Schema.parse({}).check({"fine": 1, **inputs})
    with pytest.raises(InputError, match=r"^An input cannot be written as JSON: .* Nothing was sent\.$"):
        Schema.parse({}).check({"half \ud800": 1})


def test_what_was_served_is_kept() -> None:
    """A schema can be written down as it came, whatever of it was understood."""
    raw = {"properties": {"prompt": {"type": "wild"}}, "x": [1]}
    assert Schema.parse(raw).raw == raw


@given(raw=st.dictionaries(st.sampled_from(["type", "properties", "required", "title"]), ANY_JSON))
def test_no_schema_breaks_the_reading(raw: dict[str, Any]) -> None:
    """Whatever the catalogue sends as a schema can be read, and asked for its fields' words."""
    for field in Schema.parse(raw).fields:
        assert isinstance(field.title, str)
        assert isinstance(field.legal(), str)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "8", "8"),
        ("integer", "8", 8),
        ("integer", "-3", -3),
        ("number", "0.5", 0.5),
        ("number", "8", 8.0),
        ("boolean", "true", True),
        ("boolean", "Yes", True),
        ("boolean", "ON", True),
        ("boolean", "1", True),
        ("boolean", "False", False),
        ("boolean", "no", False),
        ("boolean", "off", False),
        ("boolean", "0", False),
        ("any", "8", 8),
        ("any", "eight", "eight"),
    ],
)
def test_a_word_of_the_line_takes_the_fields_type(kind: str, text: str, value: object) -> None:
    """The schema says what a word means."""
    found = Field("it", "It", kind).from_text(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "legal"),
    [
        ("integer", "ten", "a whole number"),
        ("integer", "8.5", "a whole number"),
        ("integer", "", "a whole number"),
        ("integer", "9" * 5000, "a whole number"),
        ("number", "fast", "a number"),
        ("number", "nan", "a number"),
        ("number", "-inf", "a number"),
        ("boolean", "maybe", "true or false"),
    ],
)
def test_a_word_of_another_type_is_refused(kind: str, text: str, legal: str) -> None:
    """What was meant is named, what was given is shown shortly, and nothing was sent."""
    field = Field("it", "It", kind)
    with pytest.raises(InputError) as told:
        field.check(field.from_text(text))
    assert told.value.message.startswith(f"it takes {legal}, not ")
    assert told.value.hint == "Nothing was sent."
    assert len(str(told.value)) < 120


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("string", "8", True),
        ("string", 8, False),
        ("string", None, False),
        ("integer", 8, True),
        ("integer", 8.0, False),
        ("integer", "8", False),
        ("integer", True, False),
        ("number", 8, True),
        ("number", 0.5, True),
        ("number", True, False),
        ("number", float("inf"), False),
        ("number", float("nan"), False),
        ("boolean", True, True),
        ("boolean", 1, False),
        ("boolean", "true", False),
        ("array", ["https://example.com/a.png"], True),
        ("any", True, True),
        ("any", float("nan"), False),
    ],
)
def test_a_value_fits_its_type_as_json_has_it(kind: str, value: object, fits: bool) -> None:  # noqa: FBT001 - a table
    """A boolean is no number, a number is no text, and what JSON cannot say fits nowhere."""
    field = Field("it", "It", kind)
    if fits:
        field.check(value)
        return
    with pytest.raises(InputError, match=r"^it takes "):
        field.check(value)


@pytest.mark.parametrize(("enum", "value"), [((1, 2), True), ((True, False), 1), ((0, 1), False)])
def test_one_is_not_true_among_legal_values_either(enum: tuple[Any, ...], value: object) -> None:
    """A boolean is not in a list of numbers, nor a number in a list of booleans."""
    with pytest.raises(InputError, match=r"^it takes "):
        Field("it", "It", "any", enum=enum).check(value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("seconds", 10, "seconds takes 4, 8 or 12, not 10. Nothing was sent."),
        ("size", "1280X720", "size takes 1280x720 or 720x1280, not '1280X720'. Did you mean 1280x720?"),
        ("size", "1280 × 720", "size takes 1280x720 or 720x1280, not '1280 × 720'. Did you mean 1280x720?"),
        ("size", "720x128", "size takes 1280x720 or 720x1280, not '720x128'. Did you mean 720x1280?"),
        ("size", "4k", "size takes 1280x720 or 720x1280, not '4k'. Nothing was sent."),
    ],
)
def test_a_wrong_value_names_the_legal_ones_and_the_likely_one(name: str, value: object, said: str) -> None:
    """A near miss is recognised; what is near nothing gets no guess."""
    with pytest.raises(InputError) as told:
        SORA.check({"prompt": "panda", name: value})
    assert str(told.value).removesuffix(" Nothing was sent.") == said.removesuffix(" Nothing was sent.")
    assert str(told.value).endswith("Nothing was sent.")


def test_typography_does_not_hide_the_likely_value() -> None:
    """Capitals, blanks and a true multiplication sign are seen through; the legal spelling is shown."""
    with pytest.raises(InputError, match=r"Did you mean 4x3\?"):
        Field("ratio", "Ratio", "string", enum=("4x3", "16x9")).check("4 × 3")
    with pytest.raises(InputError, match=r"Did you mean HD\?"):
        Field("quality", "Quality", "string", enum=("HD", "SD")).check("hd")
    with pytest.raises(InputError, match=r"Did you mean HD\?"):
        Field("quality", "Quality", "string", enum=("HD", "SD")).check("hd")


def test_a_wrong_value_is_shown_in_one_short_line() -> None:
    """However much was handed over, the message stays a line."""
    for value in ({"a": "x" * 10**6}, ["a\nb"] * 9999, "x\n" * 9999):
        with pytest.raises(InputError) as told:
            SORA.check({"prompt": "panda", "seconds": value})
        assert len(str(told.value).splitlines()) == 1
        assert len(str(told.value)) < 150


def test_dashes_and_underscores_are_the_same() -> None:
    """A field is found by either spelling, and sent under its own."""
    schema = Schema((Field("aspect_ratio", "Aspect ratio", "string"), Field("top-k", "Top k", "integer")))
    assert schema.check({"aspect-ratio": "16:9", "top_k": 5}) == {"aspect_ratio": "16:9", "top-k": 5}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("second", "Did you mean seconds?"),
        ("secs", "Did you mean seconds?"),
        ("fps", "It takes prompt, size or seconds."),
    ],
)
def test_an_unknown_field_names_the_likely_one_or_all(name: str, hint: str) -> None:
    """A slip gets the field that was meant, anything else the list."""
    with pytest.raises(InputError) as told:
        SORA.check({"prompt": "panda", name: 4})
    assert str(told.value) == f"This model has no input {name!r}. {hint} Nothing was sent."


@pytest.mark.parametrize("inputs", [{}, {"prompt": ""}, {"prompt": " \n\t"}, {"seconds": 4}])
def test_a_required_field_is_not_empty(inputs: dict[str, Any]) -> None:
    """A prompt that is left out, empty or blank is not sent."""
    with pytest.raises(InputError) as told:
        SORA.check(inputs)
    assert str(told.value) == "The prompt is empty, and this model needs one. Nothing was sent."


def test_a_required_number_may_be_zero() -> None:
    """Only what is absent is empty: 0 and false are values."""
    raw = {"required": ["seed", "sound"], "properties": {"seed": {"type": "integer"}, "sound": {}}}
    assert Schema.parse(raw).check({"seed": 0, "sound": False}) == {"seed": 0, "sound": False}


def test_what_is_not_set_is_not_sent() -> None:
    """Defaults are the service's to fill in: the body holds what was given, unchanged."""
    assert SORA.check({"prompt": " A panda\n"}) == {"prompt": " A panda\n"}
    assert SORA.check({"prompt": "A panda", "seconds": 8}) == {"prompt": "A panda", "seconds": 8}


def test_resolved_inputs_hold_the_defaults_in_the_schemas_order() -> None:
    """What is asked for in the end: the given values, and the defaults of the rest."""
    resolved = SORA.resolve({"seconds": 8, "prompt": "A panda", "from_an_older_schema": 1})
    expected = {"prompt": "A panda", "size": "720x1280", "seconds": 8, "from_an_older_schema": 1}
    assert list(resolved.items()) == list(expected.items())
    assert SORA.resolve({}) == {"size": "720x1280", "seconds": 4}


def test_half_a_character_is_refused() -> None:
    """A lone surrogate can be put neither into a request nor onto a page."""
    with pytest.raises(InputError, match="prompt holds a character that is not whole"):
        SORA.check({"prompt": "a \ud800 panda"})


def test_a_plain_request_does_not_wait_for_the_library_that_judges() -> None:
    """It takes a second to come; reading, typing and checking the built-in model's fields need no judge."""
    code = """
import sys
from runcomfy_jupyter._domain.models import built_in
schema = built_in().schema
schema.check({"prompt": "A kite", "seconds": schema.field("seconds").from_text("8"), "size": "1280x720"})
assert "jsonschema" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
