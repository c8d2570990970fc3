"""What is said of a job to which nothing more happens by itself: what happened, and what to do now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.facts import missing, near_path
from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Outcome

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record

SHOWN_AGAIN = "Shown from your ledger, nothing was sent"
UNCLEAR = "Whether it is cancelled could not be confirmed"
_GENERATIONS = "Look under Generations on runcomfy.com."


def cancel_words(outcome: Outcome) -> str:
    """Say what came of asking to cancel."""
    return {
        Outcome.CANCELLED: "Cancelled while queued.",
        Outcome.NOT_CANCELLABLE: "It cannot be cancelled any more: it will finish, and be billed.",
        Outcome.UNKNOWN: f"{UNCLEAR}. It is still followed.",
    }[outcome]


def ending(record: Record) -> View:
    """Say in what a job came to rest."""
    return _ENDINGS[record.state](record)


def shown_again(record: Record, *, now: float) -> View:
    """Say that a cell shows what was bought before."""
    lines = (Line("The same request is paid for already. `--again` makes a new take.", dim=True),)
    return View(Kind.GOOD, SHOWN_AGAIN, f"made {words.ago(now - record.created_at)}", lines)


def unsent(record: Record) -> View:
    """Say of a request that a kernel which has ended recorded that it was never sent."""
    told = f"`%sora resume {record.id}` sends it, `%sora cancel {record.id}` does not. Nothing is billed yet."
    return View(Kind.CARE, "Waiting to be sent", f"job {record.id}", (Line(told, dim=True),))


def broken(error: BaseException, record: Record) -> View:
    """Say that following a job ended early, with the job as it stands kept."""
    lines = (
        Line(str(error) or type(error).__name__, quoted=True),
        Line(f"The job is kept as {record.state}; `%sora wait {record.id}` takes it up again.", dim=True),
    )
    return View(Kind.CARE, "Not followed any more", f"job {record.id}", lines)


def unshown(error: OSError, way_on: str) -> View:
    """Say that the disk refuses what is to be shown. `way_on`: what shows it again."""
    lines = (Line(str(error), quoted=True), Line(f"{way_on} tries again. Nothing is billed again.", dim=True))
    return View(Kind.CARE, "This cannot be shown just now", lines=lines)


def undelivered_words(record: Record) -> str:
    """Say of an undelivered job what is known of it: whether it has finished, or went out of sight before."""
    if record.finished_at is None:
        return "Accepted, but RunComfy does not know it any more: it may be billed"
    if record.gone_at is not None:
        return "Finished and paid, but RunComfy does not know it any more"
    return "Finished and paid, but the file is not here yet"


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
    if record.request_id is None:
        told = "Nothing is billed. Running the cell again sends it anew."
        return View(Kind.OVER, "Cancelled before it was sent", lines=(Line(told, dim=True),))
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


def _undelivered(record: Record) -> View:
    lost = record.finished_at is None or record.gone_at is not None
    does = "asks again" if lost else "tries again to fetch it"
    lines = (
        Line(record.error, quoted=True),
        Line(f"`%sora resume {record.id}` {does}. Nothing is billed again.", dim=True),
    )
    at = "" if record.gone_at is None else time.strftime(" · %d %b, %H:%M", time.localtime(record.gone_at))
    return View(Kind.CARE, undelivered_words(record), f"job {record.id}{at}", lines)


_ENDINGS = {
    State.SUCCEEDED: _succeeded,
    State.FAILED: _failed,
    State.CANCELLED: _cancelled,
    State.UNCONFIRMED: _unconfirmed,
    State.UNDELIVERED: _undelivered,
}


def _after(record: Record) -> str:
    return "" if record.took is None else f"after {words.clock_time(record.took)}"
