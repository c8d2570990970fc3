"""From a `%%sora` cell to the inputs of its requests. Pure: the user's names are handed in."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.legal import shown
from runcomfy_jupyter._domain.prompts import split_prompts
from runcomfy_jupyter._domain.refusal import NOTHING_SENT
from runcomfy_jupyter._domain.rows import rows
from runcomfy_jupyter._domain.shots import Cell, multiply, with_prompt
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._notebook.grammar import Command


def shots_of(command: Command, body: str, card: ModelCard, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the inputs of each request that a cell asks for, in order; raise `InputError`."""
    cell = Cell(
        prompts=split_prompts(body),
        choices=command.choices,
        inputs=_mapping(command.inputs_from, names),
        each=None if command.each is None else rows(_variable("each", command.each, names)),
        takes=command.takes,
    )
    shots = multiply(cell, card.schema, names)
    return [with_prompt(card, shot.prompt, shot.inputs) for shot in shots]


def is_batch(command: Command, body: str) -> bool:
    """Tell whether a cell asks for several: its variable then receives a batch, whatever their number."""
    return command.multiplies or len(split_prompts(body)) > 1


def _mapping(name: str | None, names: Mapping[str, Any]) -> Mapping[str, Any]:
    if name is None:
        return {}
    value = _variable("inputs", name, names)
    wrong = f"{name} is {shown(value)}"
    if isinstance(value, Mapping):
        keys = [key for key in value if not isinstance(key, str)]
        if not keys:
            return value
        wrong = f"{name} has the key {shown(keys[0])}"
    message = f"--inputs takes a dict whose keys are names of the model's inputs; {wrong}."
    raise InputError(message, hint=NOTHING_SENT)


def _variable(option: str, name: str, names: Mapping[str, Any]) -> Any:
    if name not in names:
        near = difflib.get_close_matches(name, [one for one in names if _fits(option, one, names[one])], n=1)
        likely = f"Did you mean {near[0]}? " if near else ""
        raise InputError(f"--{option}: there is no variable {name!r}.", hint=f"{likely}{NOTHING_SENT}")
    return names[name]


def _fits(option: str, name: str, value: Any) -> bool:
    """Tell whether a variable holds what an option takes: builtins and modules stand among the names, too."""
    if name.startswith("_"):
        return False
    if option == "inputs":
        return isinstance(value, Mapping)
    # A DataFrame by its name: pandas is not imported for a question.
    return isinstance(value, list | tuple | Mapping) or type(value).__name__ == "DataFrame"
