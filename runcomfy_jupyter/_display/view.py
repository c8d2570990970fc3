"""What is said of a job: the words of its card, from the facts of its record.

One card shape: a headline that says the whole thing, one figure beside it, lines below: what
happened, then, dimmed, what to do now. Backquotes in a line mark what one can type.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import File, Record

_PROMPT_LENGTH = 200
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)
_GENERATIONS = "Look under Generations on runcomfy.com."


class Kind(StrEnum):
    """What a card is about; its edge's colour says it."""

    RUNNING = "running"
    GOOD = "good"
    CARE = "care"
    BAD = "bad"
    OVER = "over"


class Line(NamedTuple):
    """One line of a card; a dim one says what to do, or is beside the point.

    A quoted one holds somebody else's words, in which backquotes are just backquotes.
    """

    text: str
    dim: bool = False
    quoted: bool = False


class Clock(NamedTuple):
    """Seconds since a job began, and seconds that such jobs took, if that is known."""

    elapsed: float
    typical: float | None


@dataclass(frozen=True, slots=True)
class View:
    """A card. `progress` is a share of 1, or None where none can honestly be told.

    `clock`: what the figure counts, for those who can let it go on by itself.
    """

    kind: Kind
    headline: str
    figure: str = ""
    lines: tuple[Line, ...] = ()
    progress: float | None = None
    clock: Clock | None = None


UNCLEAR = "Whether it is cancelled could not be confirmed"


def cancel_words(outcome: Outcome) -> str:
    """Say what came of asking to cancel."""
    return {
        Outcome.CANCELLED: "Cancelled while queued.",
        Outcome.NOT_CANCELLABLE: "It cannot be cancelled any more: it will finish, and be billed.",
        Outcome.UNKNOWN: f"{UNCLEAR}. It is still followed.",
    }[outcome]


def size_of(record: Record, model: ModelCard) -> tuple[int, int] | None:
    """Return width and height in pixels if the inputs tell them."""
    size = str(model.schema.resolve(record.inputs).get("size", ""))
    match = _SIZE.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else None


def facts(record: Record, model: ModelCard) -> list[str]:
    """Return what was asked for, in few words: 1280 × 720, 8 s."""
    inputs = model.schema.resolve(record.inputs)
    found = []
    if size := size_of(record, model):
        found.append(f"{size[0]} × {size[1]}")
    if (seconds := inputs.get("seconds")) is not None:
        found.append(f"{seconds} s")
    return found


def caption(record: Record, model: ModelCard) -> list[str]:
    """Return the line of facts under a finished video."""
    found = [model.display_name, *facts(record, model)]
    if record.cost_usd is not None:
        found.append(words.dollars(record.cost_usd))
    if record.took is not None:
        found.append(f"made in {words.duration(record.took)}")
    return found


def near_path(path: str) -> str:
    """Return a path as it is written from here, if it lies below, with forward slashes."""
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; the working folder is gone
        return path
    return path if relative.startswith("..") else Path(relative).as_posix()


def missing(files: tuple[File, ...]) -> list[str]:
    """Return the paths of delivered files that are not there any more."""
    # Path.is_file would raise where a folder may not be entered any more.
    return [file.path for file in files if not os.path.isfile(file.path)]  # noqa: PTH113


def view(record: Record, model: ModelCard, *, now: float, typical: float | None = None) -> View:
    """Say how a job stands.

    `now`: seconds since the epoch; `typical`: seconds such a job took, if the ledger knows.
    """
    if record.state in _RUNNING_WORDS:
        return _running(record, model, now, typical)
    return _ENDINGS[record.state](record)


_RUNNING_WORDS = {
    State.RECORDED: "sending",
    State.IN_QUEUE: "in the queue",
    State.IN_PROGRESS: "generating",
    State.DOWNLOADING: "fetching the video",
}


def toward(elapsed: float, typical: float | None) -> str:
    """Say toward which time a clock runs, or which it has passed."""
    if typical is None:
        return " · no estimate yet"
    said = ", usually" if elapsed > typical else " of about"
    return f"{said} {words.clock_time(typical)}"


def summary(records: Sequence[Record]) -> str:
    """Say how many jobs are at what, in the order of their life."""
    counted = Counter(_RUNNING_WORDS[record.state] for record in records if record.state in _RUNNING_WORDS)
    return ", ".join(f"{counted[word]} {word}" for word in _RUNNING_WORDS.values() if counted[word])


def _running(record: Record, model: ModelCard, now: float, typical: float | None) -> View:
    word, live = _RUNNING_WORDS[record.state], record.live
    if record.state is State.IN_QUEUE and live.queue_position:
        word += f", {words.ordinal(live.queue_position)}"
    elapsed = max(0.0, now - (record.accepted_at or record.created_at))
    progress = None if typical is None else min(0.98, elapsed / typical)
    figure = f"{words.clock_time(elapsed)}{toward(elapsed, typical)}"
    clock: Clock | None = Clock(elapsed, typical)
    if record.state is State.DOWNLOADING:
        figure, progress, clock = "", None, None
        if live.received:
            figure = words.megabytes(live.received)
        if live.received and live.expected:
            figure = f"{live.received / 1e6:.1f} of {words.megabytes(live.expected)}"
            progress = min(1.0, live.received / live.expected)
    lines = [Line(words.shorten(record.prompt, _PROMPT_LENGTH), dim=True, quoted=True)]
    if live.trouble:
        lines.append(Line(f"Asking again: {live.trouble}", quoted=True))
    lines.append(Line(" · ".join([*facts(record, model), f"job {record.id}"]), dim=True))
    kind = Kind.OVER if record.state in {State.RECORDED, State.IN_QUEUE} else Kind.RUNNING
    return View(kind, f"{model.display_name} · {word}", figure, tuple(lines), progress, clock)


def _succeeded(record: Record) -> View:
    gone = missing(record.files)
    if gone:
        return View(
            Kind.CARE,
            "Finished and paid, but its file is gone",
            f"job {record.id}",
            (
                Line(f"{near_path(gone[0])} is not there any more.", quoted=True),
                Line(f"`%sora show {record.id}` fetches it again. Nothing is billed again.", dim=True),
            ),
        )
    return View(Kind.GOOD, "Finished", f"job {record.id}")


def _failed(record: Record) -> View:
    if record.request_id is None:
        lines = (
            Line(record.error, quoted=True),
            Line("Nothing is billed. Running the cell again sends it anew.", dim=True),
        )
        return View(Kind.BAD, "RunComfy did not take the request", f"job {record.id}", lines)
    lines = (
        Line(f"RunComfy reports: {record.error}", quoted=True),
        Line(
            "Nothing was delivered; whether it is billed is shown on your RunComfy usage page. "
            "Running the cell again sends a new request.",
            dim=True,
        ),
    )
    return View(Kind.BAD, "The model failed", _after(record), lines)


def _cancelled(record: Record) -> View:
    headline = "Cancelled" if record.started_at else "Cancelled while queued"
    known = "Nothing was generated."
    if record.started_at:
        known = "Nothing was delivered; whether it is billed is shown on your RunComfy usage page."
    lines = [Line(f"{known} Running the cell again sends it anew.", dim=True)]
    if record.error:
        lines.insert(0, Line(f"RunComfy reports: {record.error}", quoted=True))
    return View(Kind.OVER, headline, _after(record), tuple(lines))


def _unconfirmed(record: Record) -> View:
    at = time.strftime("%H:%M", time.localtime(record.sent_at or record.created_at))
    lines = (
        Line(f"{record.error} This request is not sent again by itself.".strip(), quoted=True),
        Line(
            f"{_GENERATIONS} If it is not there, running the cell with `--again` sends it once more.",
            dim=True,
        ),
    )
    headline = "Sent, but not confirmed: it may be running, and billed"
    return View(Kind.CARE, headline, f"job {record.id} · {at}", lines)


def undelivered_words(record: Record) -> str:
    """Say of an undelivered job what is known of it: whether it has finished, or went out of sight before."""
    if record.finished_at is None:
        return "Accepted, but RunComfy does not know it any more: it may be billed"
    return "Finished and paid, but the file is not here yet"


def _undelivered(record: Record) -> View:
    does = "asks again" if record.finished_at is None else "tries again to fetch it"
    lines = (
        Line(record.error, quoted=True),
        Line(f"`%sora resume {record.id}` {does}. Nothing is billed again.", dim=True),
    )
    return View(Kind.CARE, undelivered_words(record), f"job {record.id}", lines)


_ENDINGS = {
    State.SUCCEEDED: _succeeded,
    State.FAILED: _failed,
    State.CANCELLED: _cancelled,
    State.UNCONFIRMED: _unconfirmed,
    State.UNDELIVERED: _undelivered,
}


def _after(record: Record) -> str:
    return "" if record.took is None else f"after {words.clock_time(record.took)}"


def shown_again(record: Record, *, now: float) -> View:
    """Say that a cell shows what was bought before."""
    lines = (Line("The same request is paid for already. `--again` makes a new take.", dim=True),)
    headline = "Shown from your ledger, nothing was sent"
    return View(Kind.GOOD, headline, f"made {words.ago(now - record.created_at)}", lines)


def with_prompt(shown: View, record: Record) -> View:
    """Add the prompt to a card that stands among others."""
    prompt = Line(words.shorten(record.prompt, _PROMPT_LENGTH), dim=True, quoted=True)
    return shown if prompt in shown.lines else replace(shown, lines=(prompt, *shown.lines))


def broken(error: BaseException, record: Record) -> View:
    """Say that following a job ended early, with the job as it stands kept."""
    lines = (
        Line(str(error) or type(error).__name__, quoted=True),
        Line(f"The job is kept as {record.state}; `%sora wait {record.id}` takes it up again.", dim=True),
    )
    return View(Kind.CARE, "Not followed any more", f"job {record.id}", lines)
