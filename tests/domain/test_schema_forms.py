"""Schemas made of forms, and of parts that stand in one another: what becomes of each."""

from __future__ import annotations

from typing import Any

import pytest

from domain.taking import takes
from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.schema import Schema


@pytest.mark.parametrize("spec", [{"type": ["flavour", "null"]}, {"nullable": True}, {"type": "flavour"}])
def test_a_type_that_nobody_knows_allows_everything(spec: dict[str, Any]) -> None:
    """Null, where it is named beside it, is not all that fits."""
    values: list[Any] = [5, "a", [], {}]
    assert [value for value in values if not takes(spec, value)] == []


def test_a_form_is_no_stricter_than_it_says() -> None:
    """A keyword about texts says nothing of other values, and an empty form allows everything."""
    for spec in (
        {"anyOf": [{"minLength": 2}, {"type": "integer"}]},
        {"oneOf": [{"title": "Whatever"}, {"type": "integer"}]},
    ):
        assert takes(spec, {})
    assert not takes({"anyOf": [{"minLength": 2}, {"type": "integer"}]}, "a")
    [field] = Schema.parse({"properties": {"it": {"oneOf": [{"title": "T"}, {"type": "integer"}]}}}).fields
    assert field.legal() == "any JSON value"


def test_of_several_unions_the_one_that_says_something_is_told() -> None:
    """A union with an empty form has no rules."""
    unions = {
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "oneOf": [{"title": "T"}, {"type": "string"}],
    }
    [field] = Schema.parse({"properties": {"it": unions}}).fields
    assert field.legal() == "a whole number or text"


def test_of_three_forms_one_may_be_null() -> None:
    """The others still say what fits."""
    spec = {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}], "default": 1}
    values: list[Any] = [5, "a", None, True, []]
    assert [takes(spec, value) for value in values] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("form", "facts"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"kind": "integer", "minimum": 1, "maximum": 9}),
        ({"type": "number", "multipleOf": 0.5}, {"kind": "number", "step": 0.5}),
        ({"type": "string", "enum": ["a", "b"]}, {"kind": "string", "enum": ("a", "b")}),
        ({"enum": ["a", "b"]}, {"kind": "string", "enum": ("a", "b")}),
        ({"type": "string", "format": "image_uri"}, {"kind": "string", "medium": "image"}),
        ({"type": "boolean"}, {"kind": "boolean"}),
    ],
)
@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_an_optional_field_keeps_its_facts(union: str, form: dict[str, Any], facts: dict[str, Any]) -> None:
    """The panel draws it like any other, under its own title, not under the form's."""
    spec = {"title": "Near", union: [{"title": "Far", **form}, {"type": "null"}]}
    [field] = Schema.parse({"properties": {"it": spec}}).fields
    assert field == Field("it", "Near", nullable=True, **facts)


def test_a_part_is_null_only_where_it_may_be() -> None:
    """Among legal values, too."""
    for values, fits in ((["a", None], True), (["a"], False)):
        assert takes({"type": "array", "items": {"enum": values}}, [None]) is fits
        assert takes({"type": "object", "properties": {"x": {"enum": values}}}, {"x": None}) is fits


@pytest.mark.parametrize("items", [None, {}, {"type": "string"}, {"maxLength": 40}])
def test_a_list_of_files_takes_addresses_alone(items: Any) -> None:
    """Whatever is told of its items besides, which counts too."""
    spec = {"type": "array", "format": "image_uris"} | ({} if items is None else {"items": items})
    for wrong in ([5], ["a.png"], [None]):
        assert not takes(spec, wrong)
    long = f"https://a.example/{'x' * 30}"
    assert takes(spec, ["https://a.example/"])
    assert takes(spec, [long]) is (items != {"maxLength": 40})


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ({"enum": [1, 2, 3], "minimum": 2}, 2, 1),
        ({"enum": ["a", "b"], "allOf": [{"enum": ["b", "c"]}]}, "b", "a"),
        ({"enum": ["a", 5], "anyOf": [{"type": "string"}, {"type": "boolean"}]}, "a", 5),
        ({"format": "image_uri"}, "https://a.example/a.png", "a.png"),
    ],
)
def test_all_that_a_form_says_counts(form: dict[str, Any], right: Any, wrong: Any) -> None:
    """A list of values that is narrowed by more is no mere list."""
    spec = {"anyOf": [form, {"const": 9}]}
    assert [takes(spec, value) for value in (right, 9, wrong)] == [True, True, False]


def test_what_is_required_of_an_object_is_a_name() -> None:
    """What is none could never be given."""
    assert takes({"type": "object", "required": ["a", 5]}, {"a": 1})
    assert not takes({"type": "object", "required": ["a", 5]}, {"b": 1})


def test_a_closed_object_whose_parts_are_too_many_stays_open() -> None:
    """What was not read is not refused."""
    parts = {f"part{number}": {"type": "integer"} for number in range(1001)}
    spec = {"type": "object", "properties": parts, "additionalProperties": False}
    assert takes(spec, {"part1000": 1})
    parts.pop("part0")
    assert takes(spec, {"part1000": 1})
    assert not takes(spec, {"part0": 1})
