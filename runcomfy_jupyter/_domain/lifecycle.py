"""The life of a job as a table: who moves it on, and to where.

Every other question about states is answered from `TABLE`. An *ending* is a state with no
successors. A job *rests* in a state that only its owner, the user, can move on: nothing will
happen by itself, so whoever waits has waited long enough.

Three rows need a reason:

* `unconfirmed` is not an ending: the process that sent the request may be slow rather than
  dead, and when its answer comes after all, an accepted request must not be lost.
* `succeeded` is not an ending: when its file was deleted, the service may still have it.
* `undelivered` never becomes `failed`: failed jobs are sent anew by the same cell, and what
  may have been paid for must not be paid for again unasked.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from runcomfy_jupyter.errors import IllegalMove


class State(StrEnum):
    """Where a job stands; the values are the words of the public interface and of the ledger."""

    RECORDED = "recorded"
    UNCONFIRMED = "unconfirmed"
    IN_QUEUE = "in_queue"
    IN_PROGRESS = "in_progress"
    DOWNLOADING = "downloading"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDELIVERED = "undelivered"


class Mover(StrEnum):
    """Who moves a job out of a state."""

    KERNEL = "kernel"
    SERVICE = "service"
    USER = "user"
    NOBODY = "nobody"


class Step(NamedTuple):
    """One row of the table."""

    by: Mover
    to: frozenset[State]


def _row(by: Mover, *to: State) -> Step:
    return Step(by, frozenset(to))


S = State
TABLE: dict[State, Step] = {
    S.RECORDED: _row(Mover.KERNEL, S.IN_QUEUE, S.UNCONFIRMED, S.FAILED, S.CANCELLED),
    S.UNCONFIRMED: _row(Mover.USER, S.IN_QUEUE, S.FAILED),
    S.IN_QUEUE: _row(Mover.SERVICE, S.IN_PROGRESS, S.DOWNLOADING, S.UNDELIVERED, S.FAILED, S.CANCELLED),
    S.IN_PROGRESS: _row(Mover.SERVICE, S.IN_QUEUE, S.DOWNLOADING, S.UNDELIVERED, S.FAILED, S.CANCELLED),
    S.DOWNLOADING: _row(Mover.KERNEL, S.SUCCEEDED, S.UNDELIVERED),
    S.SUCCEEDED: _row(Mover.USER, S.DOWNLOADING, S.UNDELIVERED),
    S.UNDELIVERED: _row(Mover.USER, S.DOWNLOADING),
    S.FAILED: _row(Mover.NOBODY),
    S.CANCELLED: _row(Mover.NOBODY),
}


def ended(state: State) -> bool:
    """Tell whether nothing can follow."""
    return not TABLE[state].to


def rests(state: State) -> bool:
    """Tell whether nothing follows by itself."""
    return TABLE[state].by in {Mover.USER, Mover.NOBODY}


def bought(state: State) -> bool:
    """Tell whether the service may have taken money for a job in this state.

    Running the same cell again shows such a job; any other is sent anew.
    """
    return not ended(state)


def can_fail(state: State) -> bool:
    """Tell whether a request may still come to nothing: it is with the service, or on its way there."""
    return not rests(state) and State.FAILED in TABLE[state].to


def move(now: State, to: State) -> State:
    """Return `to` if it may follow `now`; raise `IllegalMove` otherwise."""
    if to not in TABLE[now].to:
        legal = ", ".join(sorted(TABLE[now].to)) or "nothing"
        message = f"a job that is {now} cannot become {to}; after {now} comes {legal}"
        raise IllegalMove(message)
    return to
