"""Where a cell runs: who watches, and what can be shown there."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class Surroundings(StrEnum):
    """The kinds of places that differ for a card."""

    NOTEBOOK = "notebook"
    HEADLESS = "headless"
    TERMINAL = "terminal"


def surroundings(shell: InteractiveShell) -> Surroundings:
    """Tell where a cell runs.

    Only a front end with a person before it allows questions on standard input: nbclient,
    papermill and nbconvert do not.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return Surroundings.TERMINAL
    parent = kernel.get_parent("shell")
    asks = (parent or {}).get("content", {}).get("allow_stdin", False)
    return Surroundings.NOTEBOOK if asks else Surroundings.HEADLESS
