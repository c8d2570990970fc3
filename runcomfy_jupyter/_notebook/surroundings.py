"""Where a cell runs: who watches, and what can be shown there."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from runcomfy_jupyter.settings import on_colab

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class Surroundings(StrEnum):
    """The kinds of places that differ for a card."""

    NOTEBOOK = "notebook"
    COLAB = "colab"
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
    if not asks:
        return Surroundings.HEADLESS
    # Colab shows no changes of widgets that come from the background.
    return Surroundings.COLAB if on_colab() else Surroundings.NOTEBOOK
