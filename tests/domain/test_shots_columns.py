"""What the columns of `--each` mean to a model."""

from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.rows import rows
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._domain.shots import Cell, multiply
from runcomfy_jupyter.errors import InputError

SORA = built_in().schema
TEXT = Schema.parse({"properties": {"text": {"type": "string"}, "duration": {"type": "integer"}}})


def shots(prompt: str, each: Any, of: Schema = SORA) -> list[Any]:
    """Return the shots of a cell, as pairs; rows are read as a variable's would be."""
    return [(shot.prompt, shot.inputs) for shot in multiply(Cell((prompt,), each=rows(each)), of, {})]


def refused(prompt: str, each: Any, of: Schema = SORA) -> str:
    """Return the words with which a cell is refused."""
    with pytest.raises(InputError) as told:
        shots(prompt, each, of)
    return str(told.value)


@pytest.mark.parametrize(
    "name", ["model", "inputs", "takes", "wait", "no_wait", "no-wait", "dry-run", "max_cost", "again"]
)
def test_an_option_of_the_line_is_no_column(name: str) -> None:
    """Whoever writes it there means it to do something; a prompt may still speak of it."""
    message = refused("a", each=[{name: 1, "seconds": 8}])
    assert message.startswith(
        f"{name} in a row of --each changes nothing: it is an option of the whole cell."
    )
    if name.isidentifier():
        assert shots(f"a {{{name}}}", each=[{name: 1}]) == [("a 1", {})]


def test_a_slip_in_the_word_prompt_is_one_too() -> None:
    """However the model calls its own."""
    message = refused("", of=TEXT, each=[{"promt": "a fox", "duration": 5}])
    assert "Did you mean prompt?" in message


def test_dashes_and_underscores_are_the_same_in_a_column() -> None:
    """As on the line."""
    schema = Schema.parse({"properties": {"text": {"type": "string"}, "top_k": {"type": "integer"}}})
    assert shots("a", of=schema, each=[{"top-k": 5}]) == [("a", {"top_k": 5})]


def test_a_field_called_prompt_that_takes_no_free_text_is_a_field() -> None:
    """Where another one takes the text."""
    styles = {"prompt": {"type": "string", "enum": ["wide", "near"]}, "text": {"type": "string"}}
    made = shots("a", of=Schema.parse({"properties": styles}), each=[{"prompt": "wide"}])
    assert made == [("a", {"prompt": "wide"})]
