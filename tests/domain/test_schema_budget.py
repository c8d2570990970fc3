"""How much of a schema is read: enough of an honest one, and no more of one that never ends."""

from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.schema import Schema

# What one field may cost, and all together, in parts; of long lists three entries cost as much as a part.
ONE, ALL, CHEAPER = 12_000, 30_000, 3


def weight(rules: Any) -> tuple[int, int]:
    """Return how many parts rules are made of, and how many entries their lists have."""
    parts, entries = 0, 0
    todo = [rules]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            parts += 1
            entries += (
                len(part.get("enum", ())) + len(part.get("required", ())) + len(part.get("properties", ()))
            )
            todo += [*part.get("properties", {}).values(), part.get("items"), *part.get("anyOf", ())]
            todo += part.get("allOf", ())
    return parts, entries


def tree(**more: Any) -> dict[str, Any]:
    """Return a schema of three fields that never end, each of fifty branches, and of one that is plain."""
    branches = {f"branch{number}": {"$ref": "#/$defs/node"} for number in range(50)}
    fields = {f"tree{number}": {"$ref": "#/$defs/node"} for number in range(3)}
    return {
        "properties": {**fields, "last": {"enum": ["a"]}},
        "$defs": {"node": {"type": "object", "properties": branches, **more}},
    }


def test_fields_that_never_end_are_read_in_part() -> None:
    """Each has its share, and all together no more than theirs."""
    one, two, three, _ = (weight(field.rules)[0] for field in Schema.parse(tree()).fields)
    assert ONE / 4 < one == two < ONE
    assert three < one
    assert one + two + three < ALL


@pytest.mark.parametrize(
    "more",
    [
        {"enum": [{"x": number} for number in range(3000)]},
        {"required": [f"name{number}" for number in range(3000)]},
    ],
    ids=["enum", "required"],
)
def test_long_lists_count_too(more: dict[str, Any]) -> None:
    """They are gone through wherever a reference leads to them."""
    entries = [weight(field.rules)[1] for field in Schema.parse(tree(**more)).fields]
    assert 0 < sum(entries) < CHEAPER * ALL + 3050
    assert max(entries) < CHEAPER * ONE + 3050


def test_many_parts_of_many_parts_count_too() -> None:
    """Though each of them is but one reference away."""
    wide = {"properties": {f"part{number}": {"type": "integer"} for number in range(900)}}
    fields = {f"field{number}": {"$ref": "#/$defs/all"} for number in range(40)}
    schema = Schema.parse({"properties": fields, "$defs": {"all": {"allOf": [wide] * 50}}})
    assert len(schema.fields) == 40
    assert sum(weight(field.rules)[0] for field in schema.fields) < CHEAPER * ALL + 900
