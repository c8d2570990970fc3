"""Schemas made of parts: how they come together, and how deep they are read."""

from __future__ import annotations

from typing import Any

import pytest

from domain.taking import takes
from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError


def wrapped(spec: Any, value: Any, levels: int, *, objects: bool) -> tuple[Any, Any]:
    """Put a part, and a value of it, into so many lists or objects."""
    for _ in range(levels):
        spec = {"type": "object", "properties": {"x": spec}} if objects else {"type": "array", "items": spec}
        value = {"x": value} if objects else [value]
    return spec, value


@pytest.mark.parametrize("objects", [False, True])
def test_ten_levels_are_held_to(objects: bool) -> None:  # noqa: FBT001 - a table
    """No model goes deeper; what does is left to the service."""
    for levels, held in ((10, True), (11, False)):
        spec, wrong = wrapped({"type": "integer"}, "x", levels, objects=objects)
        _, right = wrapped({}, 5, levels, objects=objects)
        assert takes(spec, right)
        assert takes(spec, wrong) is not held


@pytest.mark.parametrize("keyword", ["$ref", "allOf", "anyOf"])
def test_ten_steps_are_followed(keyword: str) -> None:
    """From reference to reference, from part to part, from form to form."""
    for steps, held in ((10, True), (11, False)):
        definitions: dict[str, Any] = {"0": {"type": "integer"}}
        for step in range(steps):
            reference = f"#/$defs/{step}"
            one = {"$ref": reference} if keyword == "$ref" else {keyword: [definitions[str(step)]]}
            definitions[str(step + 1)] = one
        root = {"$defs": definitions} if keyword == "$ref" else {}
        assert takes(definitions[str(steps)], 5, **root)
        assert takes(definitions[str(steps)], "x", **root) is not held


@pytest.mark.parametrize(
    ("far", "right", "wrong"),
    [
        ({"maximum": 3}, 3, 4),
        ({"enum": [1, 3]}, 3, 4),
        ({"multipleOf": 3}, 3, 4),
    ],
)
def test_a_reference_stands_beside_other_parts(far: dict[str, Any], right: Any, wrong: Any) -> None:
    """All of them count, whichever of them comes first."""
    near = {"$ref": "#/$defs/whole", "allOf": [far]}
    root = {"$defs": {"whole": {"type": "integer"}}}
    assert takes(near, right, **root)
    assert not takes(near, wrong, **root)
    assert not takes(near, float(right), **root)


@pytest.mark.parametrize(
    ("one", "other", "right", "wrong"),
    [
        ({"type": "string", "maxLength": 5}, {"maxLength": 2}, "ab", "abc"),
        ({"type": "string", "minLength": 1}, {"minLength": 2}, "ab", "a"),
        ({"type": "array", "maxItems": 5}, {"maxItems": 2}, [1, 2], [1, 2, 3]),
        ({"type": "array", "minItems": 1}, {"minItems": 2}, [1, 2], [1]),
        ({"type": "array", "uniqueItems": False}, {"uniqueItems": True}, [1, 2], [1, 1]),
        ({"type": "array", "items": {"maximum": 5}}, {"items": {"maximum": 2}}, [2], [3]),
        ({"type": "integer", "maximum": 5}, {"maximum": 2}, 2, 3),
        ({"type": "integer", "minimum": 1}, {"minimum": 2}, 2, 1),
        ({"type": "number", "exclusiveMaximum": 5}, {"exclusiveMaximum": 2}, 1.5, 2),
        ({"type": "number", "exclusiveMinimum": 1}, {"exclusiveMinimum": 2}, 2.5, 2),
        ({"type": "integer", "multipleOf": 2}, {"multipleOf": 3}, 6, 4),
        ({"type": "number"}, {"type": "integer"}, 5, 0.5),
        ({"type": "string", "enum": ["a", "b"]}, {"enum": ["b", "c"]}, "b", "a"),
        ({"type": "string", "enum": ["a", "b"]}, {"const": "b"}, "b", "a"),
        ({"const": "b"}, {"enum": ["b", "c"]}, "b", "c"),
        ({"type": ["string", "integer"]}, {"type": ["integer", "boolean"]}, 5, "a"),
        ({"type": "object", "required": ["a"]}, {"required": ["b"]}, {"a": 1, "b": 1}, {"a": 1}),
        (
            {"type": "object", "additionalProperties": True},
            {"additionalProperties": False, "properties": {"a": {}}},
            {"a": 1},
            {"b": 1},
        ),
        (
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"properties": {"b": {"type": "integer"}}},
            {"a": 1, "b": 1},
            {"a": 1, "b": "x"},
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
            5,
            "a",
        ),
    ],
)
def test_two_parts_that_differ_both_hold(one: Any, other: Any, right: Any, wrong: Any) -> None:
    """Whichever of them stands nearer."""
    for spec in ({**one, "allOf": [other]}, {**other, "allOf": [one]}, {"allOf": [one, other]}):
        assert takes(spec, right)
        assert not takes(spec, wrong)


def test_of_many_parts_that_differ_all_hold() -> None:
    """In a row, or one within another."""
    row = {"type": "integer", "multipleOf": 2, "allOf": [{"multipleOf": 3}, {"multipleOf": 5}]}
    assert [takes(row, value) for value in (30, 15, 10, 6)] == [True, False, False, False]
    one = {"multipleOf": 2, "allOf": [{"multipleOf": 3}]}
    other = {"multipleOf": 5, "allOf": [{"multipleOf": 7}]}
    both = {"type": "integer", "allOf": [one, other]}
    assert [takes(both, value) for value in (210, 105, 70, 42, 30)] == [True, False, False, False, False]


def test_a_closed_part_closes_an_open_one() -> None:
    """Though they describe different parts of the object."""
    near = {"type": "object", "additionalProperties": True, "properties": {"b": {}}}
    spec = {**near, "allOf": [{"additionalProperties": False, "properties": {"a": {}}}]}
    assert takes(spec, {"a": 1})
    assert not takes(spec, {"b": 1})


def test_parts_that_agree_are_one() -> None:
    """What is plain stays plain: it is judged without the library."""
    spec = {"type": "integer", "allOf": [{"type": "integer", "maximum": 5}], "title": "Steps"}
    [field] = Schema.parse({"properties": {"it": spec}}).fields
    assert field == Field("it", "Steps", "integer", maximum=5)


def test_parts_of_the_whole_hold_too() -> None:
    """A field that two of them describe obeys both."""
    far = {"properties": {"it": {"maximum": 3}}}
    assert takes({"type": "integer"}, 3, allOf=[far])
    assert not takes({"type": "integer"}, 4, allOf=[far])


def test_a_part_of_the_whole_that_is_closed_says_so() -> None:
    """It names no input, but it stops the request."""
    near = {"properties": {"a": {"type": "integer"}, "b": {}}, "additionalProperties": True}
    schema = Schema.parse({**near, "allOf": [{"properties": {"a": {}}, "additionalProperties": False}]})
    assert schema.check({"a": 1}) == {"a": 1}
    with pytest.raises(InputError, match=r"^These inputs do not fit together, says the model's schema\."):
        schema.check({"a": 1, "b": 2})


def test_forms_count_as_levels() -> None:
    """Five lists, each one of two forms, are ten levels."""
    for lists, held in ((5, True), (6, False)):
        spec: Any = {"type": "integer"}
        right: Any = 5
        wrong: Any = "x"
        for _ in range(lists):
            spec = {"anyOf": [{"type": "array", "items": spec}, {"type": "boolean"}]}
            right, wrong = [right], [wrong]
        assert takes(spec, right)
        assert takes(spec, wrong) is not held
