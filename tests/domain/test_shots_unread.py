from __future__ import annotations

import pytest

from runcomfy_jupyter._domain.models import unknown
from runcomfy_jupyter._domain.shots import Cell, Shot, multiply

SCHEMA = unknown("lab/model").schema


@pytest.mark.parametrize("name", ["takes", "model", "wait", "whatever"])
def test_a_column_of_any_name_may_be_an_input_of_a_model_that_nobody_can_read(name: str) -> None:
    """Where no schema says what a model takes, nothing in the rows of `--each` is a slip of the pen."""
    cell = Cell(prompts=("A fox",), each=[{name: 2}, {name: 3}])
    assert multiply(cell, SCHEMA, {}) == [Shot("A fox", {name: 2}), Shot("A fox", {name: 3})]
