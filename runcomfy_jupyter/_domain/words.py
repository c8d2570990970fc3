"""Numbers and times as a person says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
)
_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_FEW_HOURS = 2 * _HOUR
_FEW_DAYS = 2 * _DAY
_MB = 1_000_000


def clock_time(seconds: float) -> str:
    """Say an elapsed time as a clock shows it: 0:05, 1:10, 1:02:03."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def duration(seconds: float) -> str:
    """Say how long something took: 4 s, 1 min 12 s, 2 h 3 min."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        minutes, left = divmod(whole, _MINUTE)
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, rest = divmod(whole, _HOUR)
    return f"{hours} h {rest // _MINUTE} min" if rest >= _MINUTE else f"{hours} h"


def ago(seconds: float) -> str:
    """Say how long ago something was, roughly."""
    if seconds < _MINUTE:
        return "just now"
    if seconds < _FEW_HOURS:
        minutes = int(seconds // _MINUTE)
        return f"{minutes} minute{'s' * (minutes > 1)} ago"
    if seconds < _FEW_DAYS:
        return f"{int(seconds // _HOUR)} hours ago"
    return f"{int(seconds // _DAY)} days ago"


def ordinal(number: int) -> str:
    """Say a place in a queue: first, second, … 13th."""
    if 1 <= number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    return (
        f"{number}th"
        if number % 10 not in (1, 2, 3) or number % 100 in (11, 12, 13)
        else (f"{number}{('st', 'nd', 'rd')[number % 10 - 1]}")
    )


def dollars(amount: Decimal) -> str:
    """Say an amount of US dollars: $0.40, $1.2345 where cents do not suffice."""
    text = f"{amount.normalize():f}"
    decimals = len(text.partition(".")[2])
    return f"${amount:.2f}" if decimals <= 2 else f"${text}"  # noqa: PLR2004 - cents


def megabytes(size: int) -> str:
    """Say a size in megabytes of 10⁶ bytes."""
    return f"{size / _MB:.1f} MB"


def shorten(text: str, length: int) -> str:
    """Put a text on one line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
