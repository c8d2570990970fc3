"""Limits in several notations: which of them counts, and in whose words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.fields import Field


def field(spec: Any) -> Field:
    """Return the one field of a schema."""
    [found] = Schema.parse({"properties": {"it": spec}}).fields
    return found


@pytest.mark.parametrize(
    ("step", "kept"), [(5, 5), ("2", 2), (0, None), (-5, None), ("0", None), (None, None)]
)
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_a_step_is_a_number_above_nothing(kind: str, step: Any, kept: int | None) -> None:
    """Nothing can be a multiple of zero."""
    found = field({"type": kind, "multipleOf": step})
    assert found.step == kept
    found.check(10)
    if kept == 5:
        with pytest.raises(InputError):
            found.check(12)


@pytest.mark.parametrize(
    ("kind", "keyword", "rule", "other"),
    [
        ("number", "minimum", "min", 3),
        ("number", "maximum", "max", 5),
        ("number", "exclusiveMinimum", "gt", 3),
        ("number", "exclusiveMaximum", "lt", 5),
        ("string", "minLength", "min_length", 3),
        ("string", "maxLength", "max_length", 5),
        ("array", "minItems", "min_items", 3),
        ("array", "maxItems", "max_items", 5),
    ],
)
def test_of_two_limits_the_stricter_counts(kind: str, keyword: str, rule: str, other: int) -> None:
    """Whichever of the notations says it; the looser one's words are not used for it."""
    for strict, loose in (((keyword, 4), (rule, other)), ((rule, 4), (keyword, other))):
        told = dict([strict, loose])
        entry = {"validation_rule": rule, "validation_value": told[rule], "validation_error": "No."}
        found = field({"type": kind, keyword: told[keyword], "validations": [entry]}).rules
        says = {"says": {keyword: "No."}} if told[rule] == 4 else {}
        assert found == {"type": kind, keyword: 4, **says}


@pytest.mark.parametrize("rule", ["min", "max"])
def test_of_two_words_for_one_limit_the_first_is_used(rule: str) -> None:
    """Unless it is none."""
    entry = {"validation_rule": rule, "validation_value": 5}
    for texts in (["First.", "Other."], [None, "First."], ["First.", None]):
        entries = [{**entry, "validation_error": text} for text in texts]
        found = field({"type": "number", f"{rule}imum": 5, "validations": entries})
        assert found.more == {"says": {f"{rule}imum": "First."}}


def test_a_multiple_is_one_as_it_is_written() -> None:
    """Though no float is a tenth."""
    found = field({"type": "number", "multipleOf": 0.1})
    for value in (0.3, 0.7, 1.1, 2):
        found.check(value)
    with pytest.raises(InputError):
        found.check(0.35)


def test_a_limit_in_digits_keeps_its_fraction() -> None:
    """Blanks around a rule do not matter."""
    entry = {"validation_rule": " value <= ", "validation_value": "2.5"}
    found = field({"type": "number", "minimum": "0.5", "validations": [entry]})
    assert (found.minimum, found.maximum) == (0.5, 2.5)
