from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError

UNDERSTOOD = {"validation_rule": "max", "validation_value": 10}


@pytest.mark.parametrize(
    "other",
    [
        {"validation_rule": None, "validation_value": 1},
        {"validation_rule": "x" * 10_000, "validation_value": 1},
        {"validation_rule": "min", "validation_value": "one"},
        {"validation_rule": "beautiful", "validation_value": 1},
    ],
)
def test_a_rule_that_nobody_understands_hides_no_other(other: dict[str, Any]) -> None:
    """What stands behind it in the catalogue's list counts all the same."""
    field = {"type": "integer", "validations": [other, UNDERSTOOD]}
    schema = Schema.parse({"properties": {"steps": field}})
    assert schema.check({"steps": 10}) == {"steps": 10}
    with pytest.raises(InputError, match="steps"):
        schema.check({"steps": 11})
