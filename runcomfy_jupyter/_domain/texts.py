"""What a word of a command line means for a field. The schema decides, nothing is guessed."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.plain import NotPlainError, read
from runcomfy_jupyter._domain.verdict import misfit

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.fields import Field

_BOOLEANS = {
    **dict.fromkeys(["true", "yes", "on", "1"], True),
    **dict.fromkeys(["false", "no", "off", "0"], False),
}
_WHOLE = re.compile(r"[+-]?[0-9]{1,4000}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,4000}(?:\.[0-9]{0,4000})?|\.[0-9]{1,4000})(?:[eE][+-]?[0-9]{1,4})?")


class MisreadError(ValueError):
    """A text does not mean anything for a field."""


def value_of(field: Field, text: str) -> Any:
    """Return what a text means for a field, not yet checked; raise `MisreadError` where it means nothing."""
    listed = [legal for legal in field.enum if spelled(legal) == text]
    if listed:  # of 5 and "5" the text is meant
        return next((legal for legal in listed if isinstance(legal, str)), listed[0])
    if field.nullable and text == "null":
        return None
    return _READERS.get(field.kind, _any)(field, text)


def spelled(value: Any) -> str:
    """Write a value as `value_of` reads it: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _string(_: Field, text: str) -> str:
    return text


def _whole(_: Field, text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise MisreadError(text)
    return int(text)


def _number(_: Field, text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise MisreadError(text)
    value = float(text)
    if _WHOLE.fullmatch(text.strip()) and (math.isinf(value) or int(value) != int(text)):
        return int(text)  # a seed of twenty digits stays the seed that it is
    return value


def _boolean(_: Field, text: str) -> bool:
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise MisreadError(text) from None


def _list(field: Field, text: str) -> Any:
    return _json(text) if text.lstrip().startswith("[") else [value_of(field.one, text)]


def _any(field: Field, text: str) -> Any:
    """Read JSON where that fits, or where nothing does; else the text is meant as it is."""
    try:
        value = _json(text)
    except MisreadError:
        return text
    rules = field.rules
    means_json = misfit(rules, value) is None or (
        isinstance(value, list | dict) and misfit(rules, text) is not None
    )
    return value if means_json else text


def _json(text: str) -> Any:
    try:
        return read(text)
    except NotPlainError:
        raise MisreadError(text) from None


_READERS = {
    "string": _string,
    "integer": _whole,
    "number": _number,
    "boolean": _boolean,
    "array": _list,
}
