"""The commands of the line magic `%sora`."""

from __future__ import annotations

import difflib
import shlex
from typing import TYPE_CHECKING, NamedTuple

from IPython.display import display

from runcomfy_jupyter._display.view import UNCLEAR, Kind, Line, View, cancel_words
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter._notebook.cards import publish
from runcomfy_jupyter._notebook.help import cell_help
from runcomfy_jupyter.errors import InputError, RunComfyError, ServiceError, WaitInterrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._notebook.stage import Stage
    from runcomfy_jupyter._session.job import Job


class _Command(NamedTuple):
    run: Callable[[Stage, list[str]], None]
    takes: str
    does: str


def run(stage: Stage, line: str) -> None:
    """Carry out a `%sora` line."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"The line after %sora cannot be read: {str(error).lower()}.") from None
    name, *rest = words or ["help"]
    if name in ("-h", "--help"):
        name = "help"
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"Did you mean %sora {near[0]}?" if near else "%sora lists what there is."
        raise InputError(f"%sora has no command {name!r}.", hint=f"{hint} A prompt stands under %%sora.")
    command.run(stage, rest)


def _help(stage: Stage, words: list[str]) -> None:
    _at_most(words, 0, "help")
    lines = [(f"%sora {name} {command.takes}".rstrip(), command.does) for name, command in COMMANDS.items()]
    width = max(len(usage) for usage, _ in lines)
    listed = "\n".join(f"  {usage.ljust(width)}  {does}" for usage, does in lines)
    tail = "An ID may be shortened, or be a request id. %config Sora lists the settings."
    print(f"{cell_help(stage.session.model())}\n\n{listed}\n\n{tail}")  # noqa: T201 - help is text


def _jobs(stage: Stage, words: list[str]) -> None:
    stage.table(stage.session.jobs(" ".join(words)))


def _show(stage: Stage, words: list[str]) -> None:
    job = stage.session.get(_one(words, "show ID"))
    stage.present(job, waiting=False)


def _wait(stage: Stage, words: list[str]) -> None:
    jobs = [stage.session.get(word) for word in words] or stage.session.unfinished()
    if not jobs:
        told = Line("No job of your ledger is under way.", dim=True)
        publish(View(Kind.OVER, "Nothing to wait for", lines=(told,)))
    _present_all(stage, jobs, waiting=True)


def _resume(stage: Stage, words: list[str]) -> None:
    jobs = [stage.session.get(word) for word in words] or stage.session.unfinished()
    if not jobs:
        told = Line("Every job of your ledger has come to its end.", dim=True)
        publish(View(Kind.OVER, "Nothing to take up", lines=(told,)))
    _present_all(stage, jobs, waiting=stage.waits(asked=None))


def _present_all(stage: Stage, jobs: list[Job], *, waiting: bool) -> None:
    """Show every job, whatever becomes of those before it; then raise the first failure."""
    failures: list[Exception] = []
    for job in jobs:
        try:
            stage.present(job, waiting=waiting)
        except WaitInterrupted:
            raise
        except (RunComfyError, TimeoutError) as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _cancel(stage: Stage, words: list[str]) -> None:
    job = stage.session.get(_one(words, "cancel ID"))
    job.follow()
    try:
        outcome = stage.session.cancel(job.record)
    except ServiceError as error:
        raise ServiceError(f"{UNCLEAR}: {error.message}", hint="It is still followed.") from None
    kind = Kind.OVER if outcome is Outcome.CANCELLED else Kind.CARE
    publish(View(kind, cancel_words(outcome), f"job {job.id}"))


def _panel(stage: Stage, words: list[str]) -> None:
    _at_most(words, 0, "panel")
    from runcomfy_jupyter._notebook.panel import Panel  # noqa: PLC0415 - ipywidgets come with the first panel

    display(Panel(session=stage.session))


def _sandbox(stage: Stage, words: list[str]) -> None:
    _at_most(words, 1, "sandbox [on|off]")
    session = stage.session
    if words and words[0] not in ("on", "off"):
        raise InputError(f"%sora sandbox takes on or off, not {words[0]!r}.")
    if words:
        if words[0] == "on":
            session.sandbox.endpoint()
        session.sandbox_on = words[0] == "on"
    if session.sandbox_on:
        base = session.endpoint().base_url
        told = f"It answers at {base}. Its clips say that they are the sandbox's."
        publish(View(Kind.GOOD, "The sandbox is on: no token, no bill", lines=(Line(told, dim=True),)))
    else:
        told = "Requests go to RunComfy, with your token, and are billed. `%sora sandbox on` turns it on."
        publish(View(Kind.OVER, "The sandbox is off", lines=(Line(told, dim=True),)))


def _one(words: list[str], usage: str) -> str:
    if len(words) != 1:
        raise InputError(f"Write %sora {usage}.", hint="%sora jobs lists the ids.")
    return words[0]


def _at_most(words: list[str], most: int, usage: str) -> None:
    if len(words) > most:
        raise InputError(f"Write %sora {usage}.")


COMMANDS: dict[str, _Command] = {
    "jobs": _Command(_jobs, "[WORD]", "lists your jobs, newest first"),
    "show": _Command(_show, "ID", "puts a job's video here"),
    "wait": _Command(_wait, "[ID …]", "waits for jobs; for all that are under way without an ID"),
    "resume": _Command(
        _resume, "[ID …]", "takes up what a kernel left unfinished, and files that are not here yet"
    ),
    "cancel": _Command(_cancel, "ID", "cancels a job that is still in the queue"),
    "panel": _Command(_panel, "", "shows a form to click in"),
    "sandbox": _Command(_sandbox, "[on|off]", "works without token and bill, on this machine"),
    "help": _Command(_help, "", "tells all of this"),
}
