"""What JSON can say, and what can be sent of what a notebook's user hands over."""

from __future__ import annotations

import json
import numbers
from typing import Any

_DEEPEST = 50


class NotPlainError(ValueError):
    """JSON cannot say this. `half`: because of half a character, a lone surrogate."""

    def __init__(self, reason: str, *, half: bool = False) -> None:
        super().__init__(reason)
        self.half = half


def plain(value: Any) -> Any:
    """Return a value as JSON has it, a copy made of JSON's own types; raise `NotPlainError`.

    Tuples become lists, and numbers and arrays of numpy and pandas become what they stand for.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_stands_for)
        text.encode()
        copy = json.loads(text)
    except UnicodeEncodeError:
        reason = "it holds a character that is not whole"
        raise NotPlainError(reason, half=True) from None
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        reason = "JSON has no word for it"
        raise NotPlainError(reason) from error
    if _deeper(copy, _DEEPEST):
        reason = "it is nested too deeply"
        raise NotPlainError(reason)
    return copy


def is_plain(value: Any) -> bool:
    """Tell whether JSON can say a value as it stands."""
    try:
        plain(value)
    except NotPlainError:
        return False
    return True


def read(text: str) -> Any:
    """Read a text as JSON; raise `NotPlainError` where it is none."""
    try:
        return plain(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise NotPlainError(str(error)) from None


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same in JSON: 1 is 1.0, but not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def _stands_for(value: Any) -> Any:
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if callable(spelled := getattr(value, "tolist", None)):
        return spelled()
    raise TypeError(type(value).__name__)


def _deeper(value: Any, levels: int) -> bool:
    """Tell whether a value is nested more deeply than that, without going deeper."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper(part, levels - 1) for part in inner if isinstance(part, list | dict))
