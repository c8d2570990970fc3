"""When a request finished, as far as anyone can know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Result

# Seconds between the last look at an unfinished request and the first at a finished one, from
# which on the time in between is too long to tell how long the request took.
LATE = 30.0
# How far the service's clock may be off this machine's, and its answers late, in seconds.
_OFF = 86_400.0
_SLACK = 60.0


def finished(record: Record, result: Result | None, *, now: float, seen: float) -> tuple[float, bool]:
    """Return when a request finished, by this machine's clock, and whether that is only when it was noticed.

    `now`: when it was noticed; `seen`: when it was last known not to be finished. Both, like what
    is returned, are seconds since the epoch. The service's own times count where they are sane:
    the time between its `created_at` and its `finished_at` whatever its clock shows, or else
    `finished_at` alone.
    """
    began = record.taken_at
    if result is not None and result.finished_at is not None:
        took = result.finished_at - (began if result.created_at is None else result.created_at)
        near = began - _OFF <= result.finished_at - took <= result.finished_at <= now + _OFF
        if near and took <= now - began + _SLACK:
            return min(now, began + took), False
        if began <= result.finished_at <= now:
            return result.finished_at, False
    return now, now - seen > LATE
