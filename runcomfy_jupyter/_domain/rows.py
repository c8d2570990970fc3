"""A table of shots, as a notebook holds one: a list of dicts or one of strings, a DataFrame. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.refusal import sorry
from runcomfy_jupyter._domain.words import shorten

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.fields import Field

MOST = 10_000
# What a row that is a string is called: `{each}` in a prompt is the row itself.
STRING = "each"

_SHOWN_LENGTH = 40
# pandas says "nothing here" in two more ways; it is never imported.
_UNSET_TYPES = {"NAType", "NaTType"}


def rows(value: Any) -> list[dict[str, Any]]:
    """Read a list of dicts or one of strings, a DataFrame, or a column of one; raise `InputError`.

    Cells without a value (None, NaN) are left out, numbers of numpy become Python's, and a string
    becomes `{"each": string}`. Errors name the row, counted from 1.
    """
    if callable(getattr(value, "to_dict", None)) and hasattr(value, "columns"):
        listed: Any = _records(value)
    elif callable(getattr(value, "tolist", None)):
        listed = value.tolist()
    else:
        listed = value
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes | bytearray):
        takes = "a list of dicts or one of strings, or a DataFrame"
        raise sorry(f"A table of shots is {takes}, not {_kind(value)}.")
    if not listed:
        raise sorry("The table of shots is empty.")
    _bounded(len(listed))
    first = listed[0]
    return [_row(row, number, first) for number, row in enumerate(listed, 1)]


def typed(field: Field, value: Any) -> Any:
    """Return a cell's value with the type of the schema; raise `InputError` where it has none such.

    A column of a DataFrame holds 8.0 where another row has no value, and a file of commas "8".
    """
    if isinstance(value, float) and value.is_integer() and field.kind in ("integer", "string"):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and field.kind == "string":
        value = str(value)
    if isinstance(value, str) and (field.enum or field.kind not in ("string", "any")):
        return field.from_text(value)
    meant = field.meant(value)
    field.check(meant)
    return meant


def _records(frame: Any) -> Any:
    """Return the rows of a DataFrame, whose columns must have names of their own."""
    seen = set()
    for name in frame.columns:
        shown = shorten(repr(name), _SHOWN_LENGTH)
        if not isinstance(name, str):
            raise sorry(f"The column {shown} has no name that is text.")
        if name in seen:
            raise sorry(f"There are two columns {shown}.")
        seen.add(name)
    _bounded(len(frame))
    # polars has a method of its own for what pandas' has a word for.
    return frame.to_dicts() if hasattr(frame, "to_dicts") else frame.to_dict("records")


def _bounded(number: int) -> None:
    if number > MOST:
        raise sorry(f"The table has {number:,} rows; {MOST:,} shots are the most at once.")


def _row(row: Any, number: int, first: Any) -> dict[str, Any]:
    if not isinstance(row, str | Mapping):
        raise sorry(f"Row {number} is {_kind(row)}; a row is a dict or a string.")
    if isinstance(row, str) != isinstance(first, str):
        message = f"Row {number} is {_kind(row)}, and row 1 {_kind(first)}."
        raise sorry(message, "All are dicts, or all are strings.")
    if isinstance(row, str):
        return {STRING: str(row)}
    for key in row:
        if not isinstance(key, str):
            shown = shorten(repr(key), _SHOWN_LENGTH)
            raise sorry(f"Row {number} has the key {shown}, which is no text.")
    cells = {str(key): _plain(value) for key, value in row.items()}
    return {key: value for key, value in cells.items() if not _is_unset(value)}


def _plain(value: Any) -> Any:
    """Return Python's own number or list for numpy's."""
    from_numpy = type(value).__module__.partition(".")[0] == "numpy"
    return value.tolist() if from_numpy and hasattr(value, "tolist") else value


def _is_unset(value: Any) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in _UNSET_TYPES


def _kind(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "a dict"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
