"""The `%sora` commands about jobs: list, show, wait, resume, cancel, and make again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from IPython.display import display

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.endings import UNCLEAR, cancel_words
from runcomfy_jupyter._display.shapes import Code, Kind, Line, View
from runcomfy_jupyter._display.tables import jobs_sheet
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter._notebook.cell import as_cell
from runcomfy_jupyter._notebook.command_words import one, option, tell
from runcomfy_jupyter._notebook.surroundings import Surroundings, surroundings
from runcomfy_jupyter._session.job import Job
from runcomfy_jupyter.errors import (
    NotFound,
    RunComfyError,
    ServiceError,
    UserError,
    WaitInterrupted,
)

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._notebook.stage import Stage
    from runcomfy_jupyter._session.session import Session

_LISTED = 50
_ASKED_LATE = 20
_PAID = (State.SUCCEEDED, State.UNDELIVERED)


def jobs(stage: Stage, words: list[str]) -> None:
    """List jobs with what they cost, newest first."""
    session, word = stage.session, " ".join(words)
    records = session.ledger.newest(word, _LISTED)
    listed = [(record, session.model_of(record)) for record in records]
    totals = session.ledger.totals(_is_billed)
    notes = []
    if not all(_is_billed(record.base_url) for record in records):
        notes.append(Line("What a sandbox made is not counted: it was not billed.", dim=True))
    tell(*jobs_sheet(listed, now=time.time(), totals=totals if totals.jobs else None, word=word), *notes)
    _ask_costs(session, records)


def _is_billed(base_url: str) -> bool:
    """Tell a service from a sandbox: what answers on this machine bills nobody."""
    return urlsplit(base_url).hostname not in settings.LOOPBACK


def _ask_costs(session: Session, records: Sequence[Record]) -> None:
    """Have costs asked for that the service had not told yet; they are there at the next look."""
    late = [one for one in records if one.cost_usd is None and one.state in _PAID and one.gone_at is None]
    if session.sandbox_on or not late:
        return
    try:
        endpoint = settings.endpoint()
        runner = session.engine.runner
    except UserError:  # nothing was asked for that could fail
        return
    for record in late[:_ASKED_LATE]:
        if record.base_url == endpoint.base_url:
            runner.ask_cost(record, endpoint)


def show(stage: Stage, words: list[str]) -> None:
    """Put a job's outputs under this cell."""
    _present_all(stage, named(stage, one(words, "show ID")), waiting=False)


def wait(stage: Stage, words: list[str]) -> None:
    """Stay until jobs rest: those named, or all that are under way."""
    found = _all_named(stage, words)
    if not found:
        told = Line("No job of your ledger is under way.", dim=True)
        tell(View(Kind.OVER, "Nothing to wait for", lines=(told,)))
    _present_all(stage, found, waiting=True)


def resume(stage: Stage, words: list[str]) -> None:
    """Take jobs up again: those named, or all to which something should still happen."""
    found = _all_named(stage, words)
    if not found:
        told = Line("Every job of your ledger has come to its end.", dim=True)
        tell(View(Kind.OVER, "Nothing to take up", lines=(told,)))
    _present_all(stage, found, waiting=stage.waits(asked=None))


def cancel(stage: Stage, words: list[str]) -> None:
    """Ask the service to cancel what is named, all of it, whatever becomes of the first."""
    failures = []
    for job in named(stage, one(words, "cancel ID")):
        try:
            _cancel(job)
        except RunComfyError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _cancel(job: Job) -> None:
    # Not followed before: a job that waits to be sent would be.
    try:
        outcome = Outcome(job.cancel())
    except ServiceError as error:
        unclear = ServiceError(f"{UNCLEAR}: {error.message}", hint="It is still followed.")
    else:
        sent = job.record.sent_at is not None
        told = cancel_words(outcome) if sent else "Cancelled before it was sent."
        kind = Kind.OVER if outcome is Outcome.CANCELLED else Kind.CARE
        tell(View(kind, told, f"job {job.id}"))
        return
    job.follow()
    raise unclear


def again(stage: Stage, words: list[str]) -> None:
    """Write the cell that made a job into the next cell, or here where there is none."""
    [job, *_] = named(stage, one(words, "again ID"))
    record = job.record
    cell = _cell_of(stage.session, record)
    lines = [
        Line("Run as it is, it shows the job again; change it, or `--again` pays for a new take.", dim=True)
    ]
    if _is_billed(record.base_url) != _is_billed(stage.session.base_url()):
        here = "is billed by RunComfy" if _is_billed(stage.session.base_url()) else "goes to the sandbox"
        lines = [Line(f"The job was made elsewhere ({record.base_url}). Run here, the cell {here}.")]
    if surroundings(stage.shell) is Surroundings.HEADLESS:
        tell(Code(cell, f"The cell that made job {job.id}"), *lines)
        return
    stage.shell.set_next_input(cell)
    tell(View(Kind.OVER, "The next cell makes it", f"job {job.id}", lines=tuple(lines)))


def panel(stage: Stage, words: list[str]) -> None:
    """Show the form, for a model if one is named."""
    model = option(words, "model", "panel [--model ID]")
    from runcomfy_jupyter._notebook.panel import Panel  # noqa: PLC0415 - ipywidgets come with the first panel

    display(Panel(model, session=stage.session))


def _cell_of(session: Session, record: Record) -> str:
    """Return the cell that asks for what a job asked for."""
    model = None if record.model == session.options.model else record.model
    return as_cell(session.model_of(record).schema, record.inputs, model=model)


def named(stage: Stage, word: str) -> list[Job]:
    """Return the jobs that a word names: an id, a variable that holds a job or a batch, or an id's beginning.

    Raises `NotFound`.
    """
    try:
        found = stage.session.get(word)
    except NotFound as error:
        found, missing = None, error
    if found is not None and word in (found.id, found.request_id):
        return [found]
    if held := _held(stage.shell.user_ns.get(word)):
        return held
    if found is not None:
        return [found]
    raise missing


def _held(value: object) -> list[Job]:
    if isinstance(value, Job):
        return [value]
    if isinstance(value, Sequence) and value and all(isinstance(entry, Job) for entry in value):
        return list(value)
    return []


def _all_named(stage: Stage, words: list[str]) -> list[Job]:
    """Return the jobs that words name, each once; without a word those that are not at their end."""
    if not words:
        return stage.session.unfinished()
    return list(dict.fromkeys(job for word in words for job in named(stage, word)))


def _present_all(stage: Stage, found: Sequence[Job], *, waiting: bool) -> None:
    """Show every job, whatever becomes of those before it; then raise the first failure."""
    till = stage.session.till
    left = till.left([job.record for job in found])
    refusal = till.refusal(left)
    failures: list[Exception] = [] if refusal is None else [refusal]
    held = set() if refusal is None else {record.id for record in left}
    for job in found:
        if job.id in held:
            continue
        try:
            stage.present(job, waiting=waiting)
        except WaitInterrupted:
            raise
        except (RunComfyError, TimeoutError) as error:
            failures.append(error)
    if failures:
        raise failures[0]
