"""What is judged without the library, which takes a second to come."""

from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.verdict import certain

WORDS = {"says": {"enum": "No."}, "notes": ["At most 30 MB."]}


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"type": "string"}, "a"),
        ({"type": "string", "enum": ["a", "b"]}, "b"),
        ({"type": "boolean"}, False),
        ({"type": "integer"}, 8),
        ({"type": "integer", "minimum": 4, "maximum": 8}, 4),
        ({"type": "integer", "minimum": 4, "maximum": 8}, 8),
        ({"type": "number", "maximum": 1}, 0.5),
        ({"type": "number", "minimum": 1}, 1),
        ({"type": "number", "enum": [1, 2.5]}, 2.5),
        ({"type": "string", "minimum": 4}, "a"),
        ({"type": "string", "enum": ["a"], "minimum": 1, "maximum": 2, **WORDS}, "a"),
    ],
)
def test_a_plain_value_under_plain_rules_surely_fits(rules: dict[str, Any], value: Any) -> None:
    """Most cells hold nothing else."""
    assert certain(rules, value)


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"type": "string"}, 5),
        ({"type": "string", "enum": ["a", "b"]}, "c"),
        ({"type": "string", "maxLength": 1}, "a"),
        ({"type": "string", "medium": "image"}, "a"),
        ({"type": "boolean"}, 1),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 8.0),
        ({"type": "integer", "enum": [1]}, True),
        ({"type": "integer", "minimum": 4, "maximum": 8}, 3),
        ({"type": "integer", "minimum": 4, "maximum": 8}, 9),
        ({"type": "number", "minimum": 1}, 0.5),
        ({"type": "number", "maximum": 1}, 1.5),
        ({"type": "number"}, True),
        ({"type": "number"}, "1"),
        ({"type": ["string", "null"]}, "a"),
        ({"type": "array"}, []),
        ({}, "a"),
    ],
)
def test_whatever_is_less_plain_is_left_to_the_library(rules: dict[str, Any], value: Any) -> None:
    """Whether it fits or not."""
    assert not certain(rules, value)
