"""Where everything is put together for a shell, and taken down again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._notebook.command_words import tell
from runcomfy_jupyter._notebook.completion import install
from runcomfy_jupyter._notebook.known import Known
from runcomfy_jupyter._notebook.magic import Sora
from runcomfy_jupyter._session import process
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._domain.record import Record


def load(shell: InteractiveShell) -> None:
    """Add `%sora` and `%%sora` to the shell, and say what an earlier kernel left unfinished."""
    session = process.session()
    sora = Sora(shell, session)
    shell.register_magics(sora)
    sora.take_away = install(shell, Known(shell, session))
    try:
        left = session.engine.orphans()
    except StorageError as error:
        tell(View(Kind.BAD, "Your ledger cannot be used", lines=(Line(str(error)),)))
        return
    if left:
        tell(_left_behind(left))


def _left_behind(left: Sequence[Record]) -> View:
    """Say what an earlier kernel left unfinished, and what taking it up would do."""
    unsent = sum(record.state is State.RECORDED and record.sent_at is None for record in left)
    jobs = "1 job is" if len(left) == 1 else f"{len(left)} jobs are"
    lines = [Line("`%sora resume` takes up what was begun; `%sora jobs` lists it.", dim=True)]
    if unsent:
        wait = "One waits" if unsent == 1 else f"{unsent} wait"
        sends = f"{wait} to be sent: `%sora resume` sends and pays, `%sora cancel ID` does not."
        lines.insert(0, Line(sends))
    else:
        lines.append(Line("Nothing is sent anew.", dim=True))
    return View(Kind.CARE, f"{jobs} unfinished", lines=tuple(lines))


def unload(shell: InteractiveShell) -> None:
    """Take the magics away and end the session; what is under way can be taken up again."""
    manager = shell.magics_manager
    for kind in ("line", "cell"):
        manager.magics[kind].pop("sora", None)
    sora = manager.registry.pop("Sora", None)
    if sora in shell.configurables:
        shell.configurables.remove(sora)
    if isinstance(sora, Sora):
        sora.take_away()
    process.end()
