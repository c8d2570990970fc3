"""Where this process runs, and where its ledger lives."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runcomfy_jupyter.errors import InputError


def on_colab() -> bool:
    """Tell whether this is a kernel of Google Colab, whose pages cannot read the kernel's files."""
    return "google.colab" in sys.modules


def on_vscode() -> bool:
    """Tell whether VS Code started this kernel; its notebooks play a video without its AAC sound."""
    return "VSCODE_PID" in os.environ


def way_on(cell: str, script: str) -> str:
    """Return the words that name what works here: magics where there is a shell of IPython, else Python."""
    shell_here = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return script if shell_here is None or shell_here() is None else cell


def notebook() -> str:
    """Name the notebook of this kernel: its path as Jupyter's server tells it, else the folder."""
    if path := os.environ.get("JPY_SESSION_NAME"):
        return path
    try:
        return str(Path.cwd())
    except OSError:  # the folder is gone
        return ""


def home() -> Path:
    """Return the folder of the ledger: `RUNCOMFY_JUPYTER_HOME`, or the platform's data folder."""
    if named := os.environ.get("RUNCOMFY_JUPYTER_HOME"):
        return Path(named).expanduser().absolute()
    import platformdirs  # noqa: PLC0415 - importing the package costs next to nothing

    return Path(platformdirs.user_data_dir("runcomfy_jupyter", appauthor=False))


_YES = {"1", "true", "yes", "on"}
_NO = {"", "0", "false", "no", "off"}


def sandbox_asked_for() -> bool:
    """Tell whether `RUNCOMFY_SANDBOX` turns the sandbox on; raise `InputError` for what is no answer.

    A slip of the pen must not mean that requests are billed.
    """
    word = os.environ.get("RUNCOMFY_SANDBOX", "").strip().lower()
    if word not in _YES | _NO:
        message = f"RUNCOMFY_SANDBOX takes 1 or 0, not {word!r}."
        raise InputError(message, hint="Set it before the kernel starts, or take it away.")
    return word in _YES
