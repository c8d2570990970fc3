"""Many at once: rows × prompts × values × takes. Pure.

A shot is one request to be: a prompt, and the inputs beside it. Two that are equal are two takes.
"""

from __future__ import annotations

import itertools
import math
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from runcomfy_jupyter._domain.legal import called, nearest, shown
from runcomfy_jupyter._domain.prompts import fill, placeholders
from runcomfy_jupyter._domain.refusal import sorry
from runcomfy_jupyter._domain.rows import MOST, STRING, rows, typed
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.schema import Schema

PROMPT = "prompt"
# A column of such a name is meant to do something, and would do nothing.
_OF_THE_LINE = {"model", "inputs", "takes", "wait", "no_wait", "dry_run", "max_cost", "again"}

_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Shot:
    """One request to be: what fills the model's prompt, and its other inputs."""

    prompt: str
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell asks for.

    `prompts`: as they are written, names in braces not yet filled. `choices`: the values of each field
    named, in the order of the line. `inputs`: what `--inputs` adds. `each`: the rows of `--each`.
    """

    prompts: Sequence[str] = ("",)
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    each: Sequence[Mapping[str, Any]] | None = None
    takes: int = 1


def with_prompt(card: ModelCard, prompt: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Put a prompt into the field of a model that takes one; raise `InputError` if none does."""
    if not isinstance(prompt, str):
        raise sorry(f"A prompt is text, not {type(prompt).__name__}.")
    body = card.schema.body
    name = body.name if body is not None else "prompt"
    if body is None and card.schema.readable:
        if prompt.strip():
            raise sorry(f"{card.model_id} takes no prompt.", card.schema.takes())
        return dict(inputs)
    if not prompt.strip() and (name in inputs or not card.schema.readable):
        return dict(inputs)
    if name in inputs:
        raise sorry(f"The {name} is given twice: as the text, and among the inputs.")
    return {name: prompt, **inputs}


def with_more(inputs: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put inputs given as a dict beside those given by name; raise `InputError` for what is no dict."""
    if not isinstance(inputs, Mapping):
        takes = "a dict whose keys are inputs of the model"
        raise sorry(f"inputs takes {takes}, not {type(inputs).__name__}.")
    return {**inputs, **fields}


def multiply(cell: Cell, schema: Schema, names: Mapping[str, Any]) -> list[Shot]:
    """Return the shots of a cell; raise `InputError`.

    The order: row by row, in it prompt by prompt, in that the values of the first field named, then
    of the second and so on, the takes of one shot side by side.

    `names`: the user's namespace, for names in braces; what stands in a row goes before it. A row goes
    before the line, and the line before `inputs`; a field that a row sets is not multiplied in it.
    """
    keys = _Keys(schema)
    if schema.readable and schema.body is None and any(prompt.strip() for prompt in cell.prompts):
        raise sorry("This model takes no prompt: leave the lines below %%sora empty.")
    base = keys.shot(cell.inputs)
    table: Sequence[Mapping[str, Any]] = [{}] if cell.each is None else cell.each
    owned = [Shot("")] if cell.each is None else _rows(cell.each, cell.prompts, keys)
    free = [{name: cell.choices[name] for name in cell.choices if name not in own.inputs} for own in owned]
    _bounded(sum(math.prod(map(len, choices.values())) for choices in free) * len(cell.prompts) * cell.takes)
    shots: list[Shot] = []
    for row, own, choices in zip(table, owned, free, strict=True):
        chosen = [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]
        for template in cell.prompts:
            blank = not template.strip()
            scope = ChainMap(dict(row), cast("dict[str, Any]", names))
            prompt = own.prompt or base.prompt if blank else fill(template, scope)
            for one in chosen:
                shots += [Shot(prompt, {**base.inputs, **one, **own.inputs}) for _ in range(cell.takes)]
    return shots


def listed(items: Any, schema: Schema, common: Mapping[str, Any]) -> list[Shot]:
    """Return a shot for each prompt, dict, or row of a DataFrame; raise `InputError`.

    `common`: the inputs of them all; what an item says goes before it. Prompts are sent as they are.
    """
    keys = _Keys(schema)
    base = keys.shot(common)
    shots = []
    for number, row in enumerate(rows(items), 1):
        own = keys.shot(keys.with_string(row), number)
        shots.append(Shot(own.prompt or base.prompt, {**base.inputs, **own.inputs}))
    return shots


class _Keys:
    """What the keys of a dict mean to a model: its fields, `-` and `_` being the same, and the prompt."""

    def __init__(self, schema: Schema) -> None:
        self.readable = schema.readable
        self._body = schema.body
        self._fields = {_plain(one.name): one for one in reversed(schema.fields)}
        self._fields.update({one.name: one for one in schema.fields})
        unknown = None if self.readable else PROMPT
        self._prompt = unknown if self._body is None else self._body.name
        self.prompts = set() if self._prompt is None else {self._prompt}
        # Every model's prompt may be called so, whatever its schema calls it.
        if self._prompt is not None and self.field(PROMPT) is None:
            self.prompts.add(PROMPT)

    def field(self, key: str) -> Field | None:
        """Return the field that a key names."""
        return self._fields.get(key) or self._fields.get(_plain(key))

    def means(self, key: str) -> bool:
        """Tell whether a key names an input."""
        return key in self.prompts or self.field(key) is not None

    def near(self, key: str) -> str | None:
        """Return the input that was likely meant by a key that is none."""
        names = [*self.prompts, *self._fields]
        near: str | None = nearest(key, names, cutoff=_NEAR)
        return near

    def shot(self, values: Mapping[str, Any], number: int | None = None) -> Shot:
        """Return what a dict asks for, typed by the schema; raise `InputError`, naming the row.

        What names no input stays: whoever checks the inputs refuses it.
        """
        row = "" if number is None else f"Row {number}: "
        inputs: dict[str, Any] = {}
        for key, value in values.items():
            known = self._body if key in self.prompts else self.field(key)
            try:
                cell = value if known is None or value is None else typed(known, value)
            except InputError as error:
                raise InputError(f"{row}{error.message}", hint=error.hint) from None
            name = key if known is None else known.name
            if name in inputs:
                raise sorry(f"{row}{called(key)} stands there twice.")
            inputs[name] = cell
        prompt = inputs.pop(self._prompt, None) if self._prompt is not None else None
        return Shot("" if prompt is None else str(prompt), inputs)

    def with_string(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row with the string that it is as its prompt."""
        return {PROMPT: row[STRING]} if row.keys() == {STRING} and not self.means(STRING) else row


def _rows(table: Sequence[Mapping[str, Any]], prompts: Sequence[str], keys: _Keys) -> list[Shot]:
    """Return what each row of `--each` sets; raise `InputError` where rows and prompts do not fit."""
    used = {name for prompt in prompts for name in placeholders(prompt)}
    blank = not any(prompt.strip() for prompt in prompts)
    table = [keys.with_string(row) for row in table] if blank else table
    columns = dict.fromkeys(key for row in table for key in row)
    _check_columns(columns, used, keys)
    owned = []
    for number, row in enumerate(table, 1):
        if absent := (used & columns.keys()) - row.keys():
            raise sorry(f"Row {number} has no value for {{{min(absent)}}} in the prompt.")
        # Of a schema that could not be read, any key may name an input.
        set_here = {key: row[key] for key in row if keys.means(key) or not (keys.readable or key in used)}
        own = keys.shot(set_here, number)
        if own.prompt and not blank and not used & keys.prompts:
            hint = f"Leave one of them empty, or write {{{PROMPT}}} where the row's belongs."
            raise sorry(f"Row {number} has a prompt, and so has the cell.", hint)
        owned.append(own)
    return owned


def _check_columns(columns: Collection[str], used: Collection[str], keys: _Keys) -> None:
    """Raise `InputError` for a slip of the pen, and for rows that change nothing: both would be paid for."""
    unused = [key for key in columns if key not in used and not keys.means(key)]
    if keys.readable and (of_the_line := sorted(key for key in unused if _plain(key) in _OF_THE_LINE)):
        message = f"{of_the_line[0]} in a row of --each changes nothing: it is an option of the whole cell."
        raise sorry(message, "Write it behind %%sora, or give it another name.")
    if not keys.readable:
        return
    for key in unused:
        if near := keys.near(key):
            hint = f"Did you mean {near}? If not, give it another name."
            raise sorry(f"{shown(key)} of --each is no input of this model.", hint)
    if len(unused) == len(columns):
        message = "Nothing in the rows of --each fills a name in braces, or names an input of this model."
        raise sorry(message, f"A row that is a string fills {{{STRING}}}, or an empty prompt.")


def _bounded(number: int) -> None:
    if number > MOST:
        raise sorry(f"This asks for {number:,} shots; {MOST:,} are the most at once.")


def _plain(name: str) -> str:
    return name.replace("-", "_")
