"""Moments as services write them: ISO 8601, or a number since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime

# Before 2001 there was no such service, and a number beyond the year 5000 counts something finer
# than seconds.
_FIRST, _LAST = 1e9, 1e11
_FINER = (1.0, 1e3, 1e6, 1e9)
_LONGEST = 40


def moment(value: object) -> float | None:
    """Return a moment in seconds since the epoch, or None for what is none.

    Numbers may count seconds, or thousandths, millionths or billionths of them; a text without a
    zone is meant as UTC.
    """
    if isinstance(value, str):
        text = value.strip()[:_LONGEST]
        # First: what is a number may also look like a date without its dashes.
        number = float(text) if text.replace(".", "", 1).isdecimal() else 0.0
        return _seconds(number) or _in_range(_date(text))
    return _seconds(value) if isinstance(value, int | float) else None


def _seconds(number: float) -> float | None:
    if not 0 < number < _LAST * _FINER[-1]:
        return None
    return next((found for finer in _FINER if (found := _in_range(number / finer))), None)


def _date(text: str) -> float:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    # Python would take one without a zone as local time.
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _in_range(seconds: float) -> float | None:
    return seconds if _FIRST <= seconds < _LAST else None
