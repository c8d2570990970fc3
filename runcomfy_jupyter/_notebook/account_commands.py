"""The `%sora` commands about the account and this machine: balance, login, sandbox, doctor."""

from __future__ import annotations

import getpass
import sys
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.reports import Check, balance_card, doctor_sheet
from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._domain.words import dollars
from runcomfy_jupyter._notebook.command_words import at_most, tell
from runcomfy_jupyter._notebook.surroundings import Surroundings, surroundings
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._notebook.stage import Stage
    from runcomfy_jupyter._session.login import Kept

_QUESTION = "RunComfy token (it is not shown): "
_WRONG = (Kind.BAD, Kind.CARE)
_NOT_KEPT = "Nothing was stored."
_FRONT_ENDS = {
    Surroundings.NOTEBOOK: "a notebook page with somebody before it: live rows, and %sora login can ask",
    Surroundings.COLAB: "Colab: cards instead of live rows, every video inside the notebook",
    Surroundings.HEADLESS: "nobody watches: a cell waits for its video, and a failure fails the run",
    Surroundings.TERMINAL: "a terminal: a line of progress, then the file's path",
}


def balance(stage: Stage, words: list[str]) -> None:
    """Say what is left in the account."""
    at_most(words, 0, "balance")
    session = stage.session
    left = session.balance()
    if session.sandbox_on:
        told = Line("The sandbox makes it up: it takes nothing, and bills nothing.", dim=True)
        tell(View(Kind.OVER, f"{dollars(left.usd)} of play money in the sandbox", lines=(told,)))
        return
    tell(balance_card(left, session.budget_words()))


def login(stage: Stage, words: list[str]) -> None:
    """Ask for a token without showing it, try it, and keep it."""
    if words:
        # Not repeated here: it may be the token.
        message = "%sora login takes nothing behind it: it asks for the token, so that no cell ever holds it."
        hint = "If that was a token, delete the cell and make a new token: it is in the history now."
        raise InputError(message, hint=hint)
    from runcomfy_jupyter._session.login import keep  # noqa: PLC0415 - seldom used

    tell(logged_in(stage, keep(stage.session, _asked_for(stage.shell))))


def _asked_for(shell: InteractiveShell) -> settings.Secret:
    """Ask for the token; raise `InputError` where nobody can be asked, or what is typed would show."""
    where = surroundings(shell)
    typed = getattr(sys.stdin, "isatty", bool)()
    if where is Surroundings.HEADLESS or (where is Surroundings.TERMINAL and not typed):
        hint = f"Set RUNCOMFY_TOKEN before the kernel starts, or log in where you can type. {_NOT_KEPT}"
        raise InputError("There is nobody here who could be asked for a token.", hint=hint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return settings.Secret(getpass.getpass(_QUESTION))
    except getpass.GetPassWarning:
        message = "This terminal would show the token while it is typed."
    except EOFError:
        message = "No token was typed."
    raise InputError(message, hint=f"Set RUNCOMFY_TOKEN before the kernel starts instead. {_NOT_KEPT}")


def logged_in(stage: Stage, kept: Kept) -> View:
    """Say that a token was accepted, where it is kept, and whether it is the one that is used."""
    lines = [Line(f"It is kept in {kept.path}, which you alone can read.", quoted=True)]
    kind = Kind.GOOD
    if kept.wins is not None:
        kind = Kind.CARE
        lines.append(Line(f"{kept.wins} holds another token, which is still used before this one."))
        lines.append(Line(_way_out(kept.wins), dim=True))
    elif stage.session.sandbox_on:
        lines.append(
            Line("The sandbox is on, and needs no token: `%sora sandbox off` uses this one.", dim=True)
        )
    else:
        lines.append(Line("It is used from now on.", dim=True))
    return View(kind, "RunComfy accepts the token", f"{dollars(kept.balance.usd)} left", tuple(lines))


def _way_out(source: str) -> str:
    if source in settings.TOKEN_VARIABLES:
        here = f'`import os; del os.environ["{source}"]` lets go of it here'
        return f"{here}; take it out of where it is set, too."
    return "Take it out there to use this one."


def sandbox(stage: Stage, words: list[str]) -> None:
    """Turn the sandbox on or off, or tell how it stands."""
    at_most(words, 1, "sandbox [on|off]")
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
        tell(View(Kind.GOOD, "The sandbox is on: no token, no bill", lines=(Line(told, dim=True),)))
    else:
        told = "Requests go to RunComfy, with your token, and are billed. `%sora sandbox on` turns it on."
        tell(View(Kind.OVER, "The sandbox is off", lines=(Line(told, dim=True),)))


def doctor(stage: Stage, words: list[str]) -> None:
    """Look at everything that a video needs, and say what to do about what is wrong."""
    at_most(words, 0, "doctor")
    from runcomfy_jupyter._session.doctor import examine  # noqa: PLC0415 - seldom used

    checks = [_front_end(stage.shell), *examine(stage.session)]
    wrong = sorted(
        (check for check in checks if check.kind in _WRONG), key=lambda check: _WRONG.index(check.kind)
    )
    # What is wrong stands at the top with what to do about it, the rest in the table below.
    verdict, *others = doctor_sheet(
        [check._replace(todo="") if check in wrong else check for check in checks]
    )
    if isinstance(verdict, View):
        verdict = replace(verdict, lines=tuple(line for check in wrong for line in _told(check)))
    tell(verdict, *others)


def _told(check: Check) -> list[Line]:
    return [Line(f"{check.what}: {check.found}", quoted=True), Line(check.todo, dim=True)]


def _front_end(shell: InteractiveShell) -> Check:
    where = surroundings(shell)
    if where is Surroundings.NOTEBOOK and settings.on_vscode():
        told = "VS Code plays a video without its AAC sound: open the file to hear it."
        return Check(Kind.GOOD, "Front end", "a notebook of VS Code", told)
    return Check(Kind.GOOD, "Front end", _FRONT_ENDS[where])
