"""What is sent for what a line says, and for what Python hands over."""

from __future__ import annotations

import enum
import numbers
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.fields import Field


def schema(spec: Any, *required: str) -> Schema:
    """Return a schema with one field, `it`."""
    return Schema.parse({"properties": {"it": spec}, "required": list(required)})


def field(spec: Any) -> Field:
    """Return the one field."""
    [found] = schema(spec).fields
    return found


class Spelled:
    """A value of a library for numbers, which stands for one of Python's."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def tolist(self) -> Any:
        """Return the value itself, as numpy does."""
        return self._value


class Whole:
    """A whole number that is no `int`."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __int__(self) -> int:
        return self._value


numbers.Integral.register(Whole)


class Half:
    """A number that is no `float`."""

    def __float__(self) -> float:
        return 0.5


numbers.Real.register(Half)


class Size(enum.StrEnum):
    """Sizes, as a person may list them."""

    WIDE = "16:9"


LENGTHS = {"type": "string", "enum": ["auto", "5", "10"]}


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (LENGTHS, "10", "10"),
        ({"enum": ["auto", 5, 2.5, True, None]}, "5", 5),
        ({"enum": ["auto", 5, 2.5, True]}, "2.5", 2.5),
        ({"enum": ["auto", 5, 2.5, True]}, "true", True),
        ({"enum": [5, "5"]}, "5", "5"),
        ({"enum": ["null", None]}, "null", "null"),
        ({"type": "integer"}, " +08 ", 8),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "number"}, ".5", 0.5),
        ({"type": "number"}, " 0.5 ", 0.5),
        ({"type": "number"}, " 12345678901234567891 ", 12345678901234567891),
        ({"type": "number"}, "12345678901234567891", 12345678901234567891),
        ({"type": "number"}, "1" + "0" * 320, 10**320),
        ({"type": "boolean"}, " TRUE ", True),
        ({"type": "array"}, "a", ["a"]),
        ({"type": "array"}, "7", [7]),
        ({"type": "array", "items": {"type": "string"}}, "7", ["7"]),
        ({"type": "array", "items": {"type": "integer"}}, "7", [7]),
        ({"type": "array", "items": {"type": "integer"}}, " [1, 2]", [1, 2]),
        ({"type": "array"}, "[]", []),
        ({"type": "object"}, '{"a": [1, null]}', {"a": [1, None]}),
        ({"type": ["string", "null"]}, "null", None),
        ({"type": "string"}, "null", "null"),
        ({"type": "string"}, '"5"', '"5"'),
        ({"type": ["string", "integer"]}, "5", 5),
        ({"type": ["string", "integer"]}, "five", "five"),
        ({"type": ["string", "integer"]}, '"5"', "5"),
        ({"type": ["string", "integer"]}, "[1]", "[1]"),
        ({"anyOf": [{"type": "number", "maximum": -1}, {"type": "integer"}]}, "0", 0),
        ({}, '"5"', "5"),
        ({}, "NaN", "NaN"),
        ({}, "[" * 100_000, "[" * 100_000),
        ({}, "[" * 60 + "]" * 60, "[" * 60 + "]" * 60),
        ({"anyOf": [{"type": "object"}, {"enum": ["square"]}]}, '{"width": 4}', {"width": 4}),
        ({"anyOf": [{"type": "object"}, {"enum": ["square"]}]}, "square", "square"),
    ],
)  # fmt: skip
def test_the_schema_says_what_a_word_means(spec: dict[str, Any], text: str, value: Any) -> None:
    """Text where text is listed, a number where one is wanted, JSON for lists and objects."""
    found = field(spec).from_text(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"type": "integer"}, "1_000"),
        ({"type": "integer"}, "٣"),
        ({"type": "integer"}, "8.0"),
        ({"type": "number"}, "1e999"),
        ({"type": "number"}, "0x10"),
        ({"type": "boolean"}, "2"),
        ({"type": "boolean"}, "null"),
        ({"type": "array"}, "[1"),
        ({"type": "array", "items": {"type": "integer"}}, "a"),
        ({"type": "object"}, "{"),
        ({"type": "object"}, "[]"),
        ({"type": "object"}, "5"),
        ({"anyOf": [{"type": "object", "required": ["a"]}, {"enum": ["square"]}]}, '{"b": 4}'),
        ({"type": "string"}, "half \ud800"),
    ],
)
def test_what_a_word_cannot_mean_is_refused(spec: dict[str, Any], text: str) -> None:
    """Nothing is guessed, and nothing was sent."""
    with pytest.raises(InputError, match=r"^it.*Nothing was sent\.$"):
        field(spec).from_text(text)


@pytest.mark.parametrize(
    ("spec", "text", "said"),
    [
        ({"type": "boolean"}, "maybe", "it takes true or false, not 'maybe'."),
        ({"enum": ["auto", 5]}, "7", "it takes auto or 5, not '7'."),
        ({"anyOf": [{"type": "object", "required": ["a"]}, {"enum": ["square"]}]}, '{"b": 4}', "it lacks a."),
    ],
)
def test_a_word_is_refused_as_it_was_meant(spec: dict[str, Any], text: str, said: str) -> None:
    """It is shown as it was written; of JSON, the part that is wrong."""
    with pytest.raises(InputError) as told:
        field(spec).from_text(text)
    assert told.value.message == said


def test_an_option_that_is_given_several_times_is_a_list() -> None:
    """Each word is a value of the list; once, it may be the whole list in JSON."""
    spec = {"type": "array", "items": {"type": "integer"}, "maxItems": 2}
    assert field(spec).from_texts(["1", "2"]) == [1, 2]
    assert field(spec).from_texts(["[1, 2]"]) == [1, 2]
    with pytest.raises(
        InputError, match=r"^it takes a list of at most 2 values, each a whole number, not 3 val"
    ):
        field(spec).from_texts(["1", "2", "3"])
    with pytest.raises(InputError, match=r"^it takes a whole number, not 'x'\. Nothing"):
        field(spec).from_texts(["1", "x"])
    with pytest.raises(InputError, match=r"^it takes one value, not 2\. Nothing was sent\.$"):
        field({"type": "integer"}).from_texts(["1", "2"])
    assert field({"type": "integer"}).from_texts(["1"]) == 1


@pytest.mark.parametrize(
    ("spec", "sweeps"),
    [
        ({"type": "integer"}, True),
        ({"type": "number"}, True),
        ({"type": "boolean"}, True),
        (LENGTHS, True),
        ({"type": "string"}, False),
        ({"type": "string", "format": "image_uri"}, False),
        ({"type": "array", "items": {"enum": ["a"]}}, False),
        ({"type": "object"}, False),
        ({}, False),
    ],
)
def test_a_comma_list_is_several_values_only_where_no_text_could_be_meant(
    spec: dict[str, Any],
    sweeps: bool,  # noqa: FBT001 - a table
) -> None:
    """Legal values, numbers, yes and no; a prompt has commas of its own."""
    assert field(spec).sweeps is sweeps


@pytest.mark.parametrize(
    ("spec", "value", "sent"),
    [
        (LENGTHS, 10, "10"),
        ({"type": "array"}, ("a", "b"), ["a", "b"]),
        ({"type": "integer"}, Spelled(8), 8),
        ({"type": "boolean"}, Spelled(True), True),  # noqa: FBT003 - as numpy has it
        ({"type": "array"}, Spelled([1, 2]), [1, 2]),
        ({"type": "integer"}, Whole(8), 8),
        ({"type": "number"}, Half(), 0.5),
        ({"enum": ["16:9"]}, Size.WIDE, "16:9"),
        ({"type": "object"}, {"a": (1, {"b": None})}, {"a": [1, {"b": None}]}),
        ({"type": "object"}, {1: "a"}, {"1": "a"}),
    ],
)
def test_a_value_of_python_is_sent_in_jsons_types(spec: dict[str, Any], value: Any, sent: Any) -> None:
    """What stands for a number or a list is one; a number stands for its digits where text is listed."""
    body = schema(spec).check({"it": value})
    assert body == {"it": sent}
    assert type(body["it"]) is type(sent)


def test_what_is_sent_is_a_copy() -> None:
    """What a notebook changes later does not change what was recorded."""
    given = {"a": [1]}
    body = schema({"type": "object"}).check({"it": given})
    given["a"].append(2)
    assert body == {"it": {"a": [1]}}


@pytest.mark.parametrize(
    ("spec", "value", "said"),
    [
        ({"type": "integer", "enum": [4, 8]}, "4",
         "it takes 4 or 8 as a whole number, not the text '4'. Did you mean 4?"),
        ({"type": "integer"}, "4", "it takes a whole number, not the text '4'. Did you mean 4?"),
        ({"type": "number", "enum": [0.5, 1]}, "0.5",
         "it takes 0.5 or 1 as a number, not the text '0.5'. Did you mean 0.5?"),
        ({"anyOf": [{"type": "object", "properties": {"n": {"type": "integer"}}}, {"type": "integer"}]},
         {"n": "5"}, "it.n takes a whole number, not '5'."),
        ({"type": "boolean"}, "yes", "it takes true or false, not the text 'yes'. Did you mean true?"),
        ({"enum": ["auto", 5]}, "5", "it takes auto or 5, not the text '5'. Did you mean 5?"),
        ({"type": "integer"}, "four", "it takes a whole number, not 'four'."),
        ({"type": "integer", "minimum": 5}, "4", "it takes a whole number of at least 5, not '4'."),
        ({"type": "integer"}, 4.0, "it takes a whole number, not 4.0."),
        ({"type": "integer"}, True, "it takes a whole number, not True."),
        ({"type": "string"}, 4, "it takes text, not 4."),
        (LENGTHS, 7, "it takes auto, 5 or 10, not 7."),
        (LENGTHS, True, "it takes auto, 5 or 10, not True."),
        ({"type": "string", "enum": ["[]", "no"]}, [], "it takes [] or no, not []."),
        ({"type": "string", "enum": ["True", "no"]}, True,
         "it takes True or no, not True. Did you mean True?"),
        (LENGTHS, 5.0, "it takes auto, 5 or 10, not 5.0."),
        ({"type": "integer", "default": 5}, None, "it takes a whole number, not None."),
        ({"type": ["integer", "null"], "default": 5}, "x", "it takes a whole number or null, not 'x'."),
        ({"type": "number"}, float("nan"), "it takes a number, not nan."),
        ({"type": "string"}, b"a", "it takes text, not a value of type bytes."),
        ({"type": "object"}, {(1, 2): 3}, "it takes a JSON object, not {(1, 2): 3}."),
        ({"type": "object"}, {"a": object}, "it takes a JSON object, not {'a': <class 'object'>}."),
        ({"type": "string"}, "a\ud800", "it holds a character that is not whole (a lone surrogate)."),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused_clearly(spec: dict[str, Any], value: Any, said: str) -> None:
    """Text that looks like the number that is wanted is named as text; nothing is converted silently."""
    with pytest.raises(InputError) as told:
        schema(spec).check({"it": value})
    assert str(told.value) == f"{said} Nothing was sent."


def test_a_number_that_python_does_not_write_is_refused() -> None:
    """JSON has no limit to its digits, Python has."""
    with pytest.raises(InputError, match=r"^it takes a whole number, not a value too long to show\. Nothing"):
        schema({"type": "integer"}).check({"it": 10**5000})


def test_what_is_nested_without_end_is_refused() -> None:
    """A circle, and what is deeper than any model takes."""
    circle: list[Any] = []
    circle.append(circle)
    deep: list[Any] = []
    for _ in range(80):
        deep = [deep]
    for value in (circle, deep, Spelled(circle)):
        with pytest.raises(InputError, match=r"^it takes any JSON value, not .* Nothing was sent\.$"):
            schema({}).check({"it": value})


def test_none_leaves_a_field_unset_where_nothing_else_could_be_meant() -> None:
    """Python's way not to set a field; but where null is a choice beside a default, it is sent."""
    assert schema({"type": "integer"}).check({"it": None}) == {}
    assert schema({"type": ["integer", "null"], "default": None}).check({"it": None}) == {}
    assert schema({"type": ["integer", "null"], "default": 5}).check({"it": None}) == {"it": None}
    assert schema({"type": ["integer", "null"]}, "it").check({"it": None}) == {"it": None}
    with pytest.raises(InputError, match=r"^it takes a whole number, not None"):
        schema({"type": "integer"}, "it").check({"it": None})


def test_an_empty_prompt_that_may_lack_is_not_sent() -> None:
    """A cell without text asks for what the model makes by itself."""
    raw = {"properties": {"prompt": {"type": "string"}, "style": {"type": "string"}}}
    assert Schema.parse(raw).check({"prompt": " \n", "style": ""}) == {"style": ""}
    assert Schema.parse(raw).check({"prompt": "a", "style": "b"}) == {"prompt": "a", "style": "b"}
    assert Schema.parse({"properties": {"prompt": {}}, "required": ["prompt"]}).check({"prompt": 5}) == {
        "prompt": 5
    }


def test_a_required_field_with_a_default_is_sent_as_its_default() -> None:
    """The schema demands that it be there, and says itself what it is."""
    found = schema({"type": "array", "default": ["a"]}, "it")
    assert found.check({}) == {"it": ["a"]}
    assert found.check({})["it"] is not found.fields[0].default
    assert found.check({"it": []}) == {"it": []}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"type": "integer", "title": "Seed"}, "it is missing. Seed is required: a whole number."),
        ({"type": "string", "format": "image_uri"},
         "it is missing. it is required: the public https URL of an image."),
    ],
)  # fmt: skip
def test_a_required_field_that_is_missing_says_what_it_takes(spec: dict[str, Any], said: str) -> None:
    """So that it can be given at once."""
    with pytest.raises(InputError) as told:
        schema(spec, "it").check({})
    assert str(told.value) == f"{said} Nothing was sent."


def test_a_required_text_is_not_blank() -> None:
    """Whichever field it is."""
    with pytest.raises(InputError, match=r"^The it is empty, and this model needs one\. Nothing was sent\.$"):
        schema({"type": "string"}, "it").check({"it": " "})


def test_a_field_is_given_once() -> None:
    """Two spellings of one name do not overwrite each other silently; the exact name goes first."""
    raw = {"properties": {"a-b": {"type": "integer"}, "c-d": {"type": "integer"}, "c_d": {"type": "string"}}}
    found = Schema.parse(raw)
    with pytest.raises(InputError, match=r"^a-b is given twice\. Nothing was sent\.$"):
        found.check({"a-b": 1, "a_b": 2})
    assert found.check({"c_d": "x", "c-d": 5}) == {"c_d": "x", "c-d": 5}


def test_what_asks_for_the_same_is_written_in_one_way() -> None:
    """3 and 3.0 are one number, so that one request is never bought twice; a seed keeps all its digits."""
    found = schema({"type": "number", "default": 3.0})
    assert repr(found.resolve({})) == "{'it': 3}"
    assert repr(found.resolve({"it": 3.0})) == repr(found.resolve({"it": 3})) == "{'it': 3}"
    assert repr(found.resolve({"it": 3.5})) == "{'it': 3.5}"
    assert repr(found.resolve({"it": 1e300})) == "{'it': 1e+300}"
    assert repr(found.resolve({"it": 2.0**53 - 1})) == "{'it': 9007199254740991}"
    assert repr(found.resolve({"it": 2.0**53})) == "{'it': 9007199254740992.0}"
    assert repr(schema({}).resolve({"it": 3.0, "other": 3.0})) == "{'it': 3.0, 'other': 3.0}"
