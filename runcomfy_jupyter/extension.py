"""Where everything is put together for a shell, and taken down again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.view import Kind, Line, View
from runcomfy_jupyter._notebook.cards import publish
from runcomfy_jupyter._notebook.magic import Sora
from runcomfy_jupyter._session import process
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Add `%sora` and `%%sora` to the shell, and say what an earlier kernel left unfinished."""
    session = process.session()
    shell.register_magics(Sora(shell, session))
    try:
        number = session.engine.orphans()
    except StorageError as error:
        publish(View(Kind.BAD, "Your ledger cannot be used", lines=(Line(str(error)),)))
        return
    if number:
        jobs = "1 job is" if number == 1 else f"{number} jobs are"
        told = Line(
            "`%sora resume` takes up what was begun; `%sora jobs` lists it. Nothing is sent anew.", dim=True
        )
        publish(View(Kind.CARE, f"{jobs} unfinished", lines=(told,)))


def unload(shell: InteractiveShell) -> None:
    """Take the magics away and end the session; what is under way can be taken up again."""
    manager = shell.magics_manager
    for kind in ("line", "cell"):
        manager.magics[kind].pop("sora", None)
    sora = manager.registry.pop("Sora", None)
    if sora in shell.configurables:
        shell.configurables.remove(sora)
    process.end()
