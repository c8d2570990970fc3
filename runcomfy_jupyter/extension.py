"""Where everything is put together for a shell, and taken down again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._notebook.magic import Sora
from runcomfy_jupyter._session import process

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Add `%sora` and `%%sora` to the shell."""
    shell.register_magics(Sora(shell, process.session()))


def unload(shell: InteractiveShell) -> None:
    """Take the magics away and end the session; what is under way can be taken up again."""
    manager = shell.magics_manager
    for kind in ("line", "cell"):
        manager.magics[kind].pop("sora", None)
    sora = manager.registry.pop("Sora", None)
    if sora in shell.configurables:
        shell.configurables.remove(sora)
    process.end()
