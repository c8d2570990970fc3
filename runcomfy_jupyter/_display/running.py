"""What is said of a job while something still happens by itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.facts import cost, facts, title
from runcomfy_jupyter._display.shapes import Clock, Kind, Line, View
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.lifecycle import State, rests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

TITLE_LENGTH = 200
_WAITING = "waiting to be sent"
_WORDS = {
    State.RECORDED: "sending",
    State.IN_QUEUE: "in the queue",
    State.IN_PROGRESS: "generating",
    State.DOWNLOADING: "fetching the file",
}


def state_words(record: Record) -> str:
    """Say what a running job is at."""
    if record.state is State.RECORDED and record.sent_at is None:
        return _WAITING
    return _WORDS[record.state]


def place(record: Record) -> str:
    """Say what a running job is at, with its place in the queue."""
    word = state_words(record)
    if record.state is State.IN_QUEUE and record.live.queue_position:
        word += f", {words.ordinal(record.live.queue_position)}"
    return word


def summary(records: Sequence[Record]) -> str:
    """Say how many jobs are at what, in the order of their life."""
    counted = Counter(state_words(record) for record in records if not rests(record.state))
    return ", ".join(f"{counted[word]} {word}" for word in (_WAITING, *_WORDS.values()) if counted[word])


def toward(elapsed: float, typical: float | None) -> str:
    """Say toward which time a clock runs, or which it has passed."""
    if typical is None:
        return " · no estimate yet"
    said = ", longer than the usual" if elapsed > typical else " of about"
    return f"{said} {words.clock_time(typical)}"


def elapsed_of(record: Record, now: float) -> float:
    """Return the seconds that a job has been under way."""
    return max(0.0, now - (record.accepted_at or record.created_at))


def running(record: Record, model: ModelCard, now: float, typical: float | None) -> View:
    """Say how a running job stands; units as for `view`."""
    elapsed, live = elapsed_of(record, now), record.live
    progress = None if typical is None else min(0.98, elapsed / typical)
    figure = f"{words.clock_time(elapsed)}{toward(elapsed, typical)}"
    clock: Clock | None = Clock(elapsed, typical)
    if record.state is State.DOWNLOADING:
        clock = None
        figure, progress = _download(live.received, live.expected)
    lines = [Line(words.shorten(title(record, model), TITLE_LENGTH), dim=True, quoted=True)]
    if live.trouble:
        lines.append(Line(f"Asking again: {live.trouble}", quoted=True))
    told = [*facts(record, model), cost(record), f"job {record.id}"]
    lines.append(Line(" · ".join(fact for fact in told if fact), dim=True, quoted=True))
    kind = Kind.OVER if record.state in {State.RECORDED, State.IN_QUEUE} else Kind.RUNNING
    headline = f"{model.display_name} · {place(record)}"
    return View(kind, headline, figure, tuple(line for line in lines if line.text), progress, clock)


def _download(received: int, expected: int | None) -> tuple[str, float | None]:
    """Return how far a download has come, in words and as a share."""
    if not received:
        return "", None
    if not expected:
        return words.megabytes(received), None
    return f"{received / 1e6:.1f} of {words.megabytes(expected)}", min(1.0, received / expected)
