"""The line magic `%sora`: its commands, and how one is found."""

from __future__ import annotations

import difflib
import shlex
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter._notebook import account_commands, job_commands, model_commands
from runcomfy_jupyter._notebook.command_words import at_most
from runcomfy_jupyter._notebook.help import cell_help
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._notebook.stage import Stage

_WORD = 40


class _Command(NamedTuple):
    run: Callable[[Stage, list[str]], None]
    section: str
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
    if command is None and name.startswith("-"):
        raise _cell_option(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"Did you mean %sora {near[0]}?" if near else "%sora lists what there is."
        message = f"%sora has no command {shorten(name, _WORD)!r}."
        raise InputError(message, hint=f"{hint} A prompt stands under %%sora.")
    command.run(stage, rest)


def _cell_option(name: str) -> InputError:
    """Return the error for an option behind `%sora`, to which IPython leads from a cell without a body."""
    message = f"{shorten(name, _WORD)} is an option of %%sora, with two percent signs and lines below it."
    hint = "Leave two of them empty where no prompt is wanted, as with --each. Nothing was sent."
    return InputError(message, hint=hint)


def _help(stage: Stage, words: list[str]) -> None:
    at_most(words, 0, "help")
    print(f"{cell_help(stage.session.model())}\n\n{commands_help()}")  # noqa: T201 - help is text


def commands_help() -> str:
    """Return what the commands do, by sections."""
    usages = {name: f"%sora {name} {command.takes}".rstrip() for name, command in COMMANDS.items()}
    width = max(map(len, usages.values()))
    parts = []
    for section, commands in groupby(COMMANDS.items(), lambda item: item[1].section):
        listed = [f"  {usages[name].ljust(width)}  {command.does}" for name, command in commands]
        parts.append("\n".join([section, *listed]))
    tail = (
        "An ID may be shortened, be a request id, or a variable that holds the job.\n"
        "%config Sora lists the settings; %%sora --help, with two empty lines below it, tells of a cell."
    )
    return "\n\n".join([*parts, tail])


_MAKE, _JOBS, _MODELS, _SET_UP = "Make", "Jobs", "Models and money", "Set-up"

# By sections, in the order of the help.
COMMANDS: dict[str, _Command] = {
    "panel": _Command(job_commands.panel, _MAKE, "[--model ID]", "shows a form to click in"),
    "again": _Command(job_commands.again, _MAKE, "ID", "fills the next cell with the one that made a job"),
    "jobs": _Command(job_commands.jobs, _JOBS, "[WORD]", "lists your jobs and what they cost, newest first"),
    "show": _Command(job_commands.show, _JOBS, "ID", "puts a job's video here"),
    "wait": _Command(
        job_commands.wait, _JOBS, "[ID …]", "waits for jobs; for all that are under way without an ID"
    ),
    "resume": _Command(
        job_commands.resume, _JOBS, "[ID …]", "takes up what is unfinished, and files that are not here yet"
    ),
    "cancel": _Command(job_commands.cancel, _JOBS, "ID", "cancels a job that is still in the queue"),
    "models": _Command(
        model_commands.models, _MODELS, "[WORD]", "lists the models there are, with their prices"
    ),
    "model": _Command(model_commands.model, _MODELS, "[ID]", "tells what a model takes and costs"),
    "balance": _Command(account_commands.balance, _MODELS, "", "tells what is left in your account"),
    "login": _Command(account_commands.login, _SET_UP, "", "asks for your token, tries it and keeps it"),
    "sandbox": _Command(
        account_commands.sandbox, _SET_UP, "[on|off]", "works without token and bill, on this machine"
    ),
    "doctor": _Command(account_commands.doctor, _SET_UP, "", "looks at your set-up and says what to mend"),
    "help": _Command(_help, _SET_UP, "", "tells all of this"),
}
