from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.plain import same
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.controls import Control, Shape, controls, to_inputs
from runcomfy_jupyter.errors import InputError
from support.schemas import JSON, Meant, fields

SORA = built_in().schema
# A busy machine draws slowly, and not every drawn part has values that fit.
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
OPEN = ("as the model likes", None)


def schema(**properties: Any) -> Schema:
    """Return a schema with a prompt and these fields."""
    prompt = {"prompt": {"type": "string", "title": "Prompt"}}
    return Schema.parse({"type": "object", "required": ["prompt"], "properties": prompt | properties})


def control(spec: Any) -> Control:
    """Return the control of a field, `it`."""
    return controls(schema(it=spec))[1]


def test_sora_gets_a_prompt_and_two_lists() -> None:
    """Labels, choices and first values are those of the input schema, said as a person would."""
    prompt, resolution, duration = controls(SORA)

    assert (prompt.name, prompt.label, prompt.shape) == ("prompt", "Prompt", Shape.LONG_TEXT)
    assert (resolution.label, resolution.shape, resolution.initial) == (
        "Resolution",
        Shape.CHOICE,
        "720x1280",
    )
    assert resolution.choices == (
        ("1280 × 720 landscape", "1280x720"),
        ("720 × 1280 portrait", "720x1280"),
    )
    assert (duration.label, duration.initial) == ("Duration", 4)
    assert duration.choices == (("4 seconds", 4), ("8 seconds", 8), ("12 seconds", 12))


@pytest.mark.parametrize(
    ("spec", "shape", "initial", "hint"),
    [
        ({"type": "boolean", "default": True}, Shape.CHECK, True, ""),
        ({"type": "integer"}, Shape.WHOLE_NUMBER, "", "a whole number"),
        ({"type": "integer", "default": 5}, Shape.WHOLE_NUMBER, "5", "a whole number"),
        ({"type": "number"}, Shape.NUMBER, "", "a number"),
        ({"type": "number", "default": 0.5, "minimum": 0}, Shape.NUMBER, "0.5", "a number of at least 0"),
        ({"type": "string"}, Shape.TEXT, "", ""),
        ({"type": "string", "default": "a", "maxLength": 9}, Shape.TEXT, "a",
         "text of at most 9 characters"),
        ({"type": "string", "maxLength": 999}, Shape.LONG_TEXT, "", "text of at most 999 characters"),
        ({"type": "string", "enum": ["a", "b"], "default": "a"}, Shape.CHOICE, "a", ""),
        ({"type": "string", "format": "image_uri"}, Shape.TEXT, "", "the public https URL of an image"),
        (
            {"type": "array", "format": "image_uris", "maxItems": 2},
            Shape.LINES,
            "",
            "one a line: a list of at most 2 public https URLs of images",
        ),
        ({"type": "array", "items": {"type": "integer"}, "default": [1, 2]}, Shape.LINES, "1\n2",
         "one a line: a list, each a whole number"),
        ({"type": "array", "items": {"type": "integer"}, "default": []}, Shape.LINES, "",
         "one a line: a list, each a whole number"),
        ({"type": "array", "items": {"type": "object"}}, Shape.JSON, "",
         "as JSON: a list, each a JSON object"),
        ({"type": "object", "default": {"a": 1}}, Shape.JSON, '{"a": 1}', "as JSON: a JSON object"),
        ({}, Shape.JSON, "", "as JSON: any JSON value"),
    ],
)  # fmt: skip
def test_each_field_has_its_control(spec: dict[str, Any], shape: Shape, initial: Any, hint: str) -> None:
    """What kind of control a field gets, what it holds at first and what it says follow from its type."""
    found = control(spec)
    assert (found.shape, found.initial, found.hint) == (shape, initial, hint)


@pytest.mark.parametrize("name", ["negative_prompt", "lyrics", "overlay_text"])
def test_a_text_that_tends_to_be_long_gets_room(name: str) -> None:
    """A second prompt is as long as the first."""
    assert controls(schema(**{name: {"type": "string"}}))[1].shape is Shape.LONG_TEXT


def test_the_body_is_long_whatever_it_is_called() -> None:
    """What a cell would take as its text; a field of any type, too."""
    for spec in ({"type": "string"}, {}):
        [found] = controls(Schema.parse({"properties": {"instruction": spec}}))
        assert found.shape is Shape.LONG_TEXT


@pytest.mark.parametrize(
    ("spec", "choices"),
    [
        ({"type": "boolean"}, (OPEN, ("yes", True), ("no", False))),
        ({"enum": ["plain", "512x512"]}, (OPEN, ("plain", "plain"), ("512 × 512 square", "512x512"))),
        ({"enum": ["", "\x1b[2J", 5, True]},
         (OPEN, ("''", ""), ("[2J", "\x1b[2J"), ("5", 5), ("true", True))),
    ],
)  # fmt: skip
def test_what_has_no_default_can_be_left_to_the_model(
    spec: dict[str, Any], choices: tuple[tuple[str, Any], ...]
) -> None:
    """Where nothing has to be chosen, nothing is chosen, and nothing is sent."""
    found = control(spec)
    assert (found.shape, found.initial, found.choices) == (Shape.CHOICE, None, choices)
    assert to_inputs(schema(it=spec), {"prompt": "x", "it": None}) == {"prompt": "x"}


def test_what_is_required_has_to_be_chosen() -> None:
    """There is nothing that the model would like by itself."""
    raw = {"properties": {"it": {"type": "boolean"}}, "required": ["it"]}
    [found] = controls(Schema.parse(raw))
    assert (found.initial, found.choices) == (None, (("yes", True), ("no", False)))


@pytest.mark.parametrize(
    ("spec", "slider"),
    [
        ({"type": "integer", "minimum": 4, "maximum": 30, "default": 5}, (Shape.WHOLE_SLIDER, 4, 30, 1, 5)),
        ({"type": "integer", "minimum": 256, "maximum": 1280, "multipleOf": 16, "default": 640},
         (Shape.WHOLE_SLIDER, 256, 1280, 16, 640)),
        ({"type": "number", "minimum": 0, "maximum": 20, "default": 3.5}, (Shape.SLIDER, 0, 20, 0.1, 3.5)),
        ({"type": "number", "minimum": 0, "maximum": 1, "default": 0.2}, (Shape.SLIDER, 0, 1, 0.01, 0.2)),
        ({"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.05, "default": 0.5},
         (Shape.SLIDER, 0, 1, 0.05, 0.5)),
        ({"type": "number", "minimum": 0, "maximum": 500, "default": 7}, (Shape.SLIDER, 0, 500, 1.0, 7)),
    ],
)  # fmt: skip
def test_a_range_with_a_default_is_a_slider(spec: dict[str, Any], slider: tuple[Any, ...]) -> None:
    """Every place of it is a legal value, and its first one is the default."""
    found = control(spec)
    assert (found.shape, found.minimum, found.maximum, found.step, found.initial) == slider


@pytest.mark.parametrize(
    "spec",
    [
        {"minimum": 0, "maximum": 9},
        {"minimum": 0, "default": 5},
        {"maximum": 9, "default": 5},
        {"minimum": 5, "maximum": 5, "default": 5},
        {"minimum": 0, "maximum": 2147483647, "default": 5},
        {"minimum": 1, "maximum": 9, "multipleOf": 2, "default": 4},
        {"exclusiveMinimum": 0, "minimum": 0, "maximum": 9, "default": 5},
        {"minimum": 0, "maximum": 9, "default": 5, "anyOf": [{"maximum": 3}, {"minimum": 5}]},
    ],
)
def test_other_numbers_are_boxes_that_can_be_empty(spec: dict[str, Any]) -> None:
    """A slider always holds a value: without a default, or with more places than pixels, it does not suit."""
    assert control({"type": "number", **spec}).shape is Shape.NUMBER


def test_a_default_between_the_places_of_a_slider_gets_a_finer_one_or_a_box() -> None:
    """The default can always be set again."""
    assert control({"type": "number", "minimum": 0, "maximum": 20, "default": 3.25}).shape is Shape.NUMBER
    finer = control({"type": "number", "minimum": 0, "maximum": 5, "default": 3.25})
    assert (finer.shape, finer.step) == (Shape.SLIDER, 0.01)


def test_a_slider_has_no_dust() -> None:
    """What floats make of a third step is the third step."""
    found = schema(it={"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.1, "default": 0.5})
    assert to_inputs(found, {"prompt": "x", "it": 0.30000000000000004}) == {"prompt": "x", "it": 0.3}


def test_a_long_list_is_a_box_with_suggestions() -> None:
    """Ten thousand values would stop the page; the first thousand are suggested, any can be typed."""
    values = [f"v {number}" for number in range(10_000)]
    found = schema(it={"type": "string", "enum": values, "default": "v 7"})
    box = controls(found)[1]
    assert (box.shape, box.initial, box.choices, len(box.suggestions)) == (Shape.SUGGEST, "v 7", (), 1000)
    assert len(box.hint) < 300
    assert to_inputs(found, {"prompt": "x", "it": "v 9999"})["it"] == "v 9999"
    with pytest.raises(InputError, match=r"Did you mean v 9999\?"):
        to_inputs(found, {"prompt": "x", "it": "V9999"})
    assert len(control({"type": "string", "enum": values[:199]}).choices) == 200


def test_the_models_own_words_are_kept_beside_the_control() -> None:
    """What a field is about, and what files it takes."""
    entry = {"validation_rule": "file_size_mb<", "validation_value": 9, "validation_error": "At most 9 MB."}
    spec = {"type": "string", "format": "video_uri", "description": "A\nclip.", "validations": [entry]}
    found = control(spec)
    assert (found.about, found.hint) == ("A clip.", "the public https URL of a video. At most 9 MB.")


@pytest.mark.parametrize(
    ("spec", "held", "sent"),
    [
        ({"type": "integer"}, " 5 ", 5),
        ({"type": "integer"}, 5, 5),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": "string"}, " as it is ", " as it is "),
        ({"type": "string", "format": "image_uri"}, " https://a.example/b.png\n", "https://a.example/b.png"),
        ({"type": "array", "format": "image_uris"}, "https://a.example/\n\n https://b.example/ \n",
         ["https://a.example/", "https://b.example/"]),
        ({"type": "array", "items": {"type": "integer"}}, "1", [1]),
        ({"type": "array", "items": {"type": "integer"}}, "[1,\n2]", [1, 2]),
        ({"type": "object"}, ' {"a":\n1}', {"a": 1}),
        ({}, "5", 5),
        ({}, "five", "five"),
        ({"enum": ["", "a"]}, "", ""),
    ],
)  # fmt: skip
def test_what_is_filled_in_is_typed_by_the_schema(spec: dict[str, Any], held: Any, sent: Any) -> None:
    """A box holds text; what is sent is what the text means."""
    inputs = to_inputs(schema(it=spec), {"prompt": "x", "it": held, "other": "y"})
    assert inputs == {"prompt": "x", "it": sent}
    assert type(inputs["it"]) is type(sent)


@pytest.mark.parametrize(
    ("spec", "held", "said"),
    [
        ({"type": "integer"}, "five", r"^it takes a whole number, not 'five'\."),
        ({"type": "integer", "maximum": 4}, "5", r"^it takes a whole number of at most 4, not 5\."),
        ({"type": "string", "format": "image_uri"}, "a.png", r"nothing is uploaded from here"),
        ({"type": "array", "format": "image_uris"}, "https://a.example/\na.png", r"nothing is uploaded from"),
        ({"type": "object"}, "{", r"^it takes a JSON object, not '\{'\."),
    ],
)
def test_what_cannot_be_meant_is_refused(spec: dict[str, Any], held: str, said: str) -> None:
    """In the words of the field, and before anything is sent."""
    with pytest.raises(InputError, match=said):
        to_inputs(schema(it=spec), {"prompt": "x", "it": held})


def test_what_is_empty_is_not_sent() -> None:
    """An untouched form asks for no more than its defaults; 0 and false are values."""
    found = schema(
        seed={"type": "integer"},
        loud={"type": "boolean", "default": False},
        style={"type": "string"},
        images={"type": "array", "format": "image_uris"},
        more={"type": "object"},
    )
    untouched = {one.name: one.initial for one in controls(found)}
    assert to_inputs(found, untouched) == {"loud": False}
    assert to_inputs(found, {"prompt": " ", "seed": 0, "style": " \n"}) == {"seed": 0}
    assert to_inputs(SORA, {one.name: one.initial for one in controls(SORA)}) == {
        "size": "720x1280",
        "seconds": 4,
    }


def test_a_model_that_cannot_be_read_gets_a_box_for_everything() -> None:
    """Its inputs are given as JSON."""
    unknown = Schema.parse({})
    [box] = controls(unknown)
    assert (box.shape, box.initial) == (Shape.JSON, "")
    assert to_inputs(unknown, {box.name: ' {"prompt": "x", "seed": 1}'}) == {"prompt": "x", "seed": 1}
    assert to_inputs(unknown, {box.name: " "}) == to_inputs(unknown, {}) == {}
    with pytest.raises(InputError, match=r"^inputs takes a JSON object, not \[1\]"):
        to_inputs(unknown, {box.name: "[1]"})


@SLOW
@given(drawn=fields(), data=st.data())
def test_an_untouched_form_gives_back_its_defaults(
    drawn: tuple[dict[str, Any], Meant], data: st.DataObject
) -> None:
    """For every field and every value that fits it, but for what is blank, which a form does not send."""
    root, meant = drawn
    value = data.draw(meant.likely)
    assume(
        meant.fits(value) and value is not None and not (isinstance(value, str) and value.strip() != value)
    )
    meant.spec["default"] = value
    found = Schema.parse(root)
    sent = to_inputs(found, {one.name: one.initial for one in controls(found)})
    if value in ("", []) and not found.fields[0].enum:
        assert sent == {}
    else:
        assert same(sent["x"], value) or str(sent["x"]) == str(value)


@SLOW
@given(drawn=fields(), held=JSON)
def test_a_form_gives_inputs_or_an_error_for_the_user(drawn: tuple[dict[str, Any], Meant], held: Any) -> None:
    """Whatever stands in a box: what comes out and passes the check fits the schema."""
    root, meant = drawn
    found = Schema.parse(root)
    try:
        body = found.check(to_inputs(found, {"x": held}))
    except InputError:
        return
    assert body == {} or meant.fits(body["x"])
