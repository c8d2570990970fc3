from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from support.environment import homes

if TYPE_CHECKING:
    from pathlib import Path

# What a cell, a panel or a command is the first to need.
LATER = {
    "anyio",
    "av",
    "filelock",
    "http.client",
    "httpcore",
    "httpx",
    "ipywidgets",
    "jsonschema",
    "nest_asyncio",
    "numpy",
    "pandas",
    "sqlite3",
    "ssl",
    "statistics",
    "urllib.request",
}
# asyncio, which brings ssl, is in every kernel and every terminal of IPython before.
_LOADING = """
import asyncio, sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
before = set(sys.modules)
shell.run_line_magic("load_ext", "runcomfy_jupyter")
print(*sorted(set(sys.modules) - before))
"""


def brought(home: Path) -> set[str]:
    """Load the extension in a shell of its own, for which nothing was ever made; return what came with it."""
    environment = {**homes(home), "PATH": "", "PYTHONPATH": ""}
    command = [sys.executable, "-W", "error", "-c", _LOADING]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=home, env=environment
    )
    assert result.stderr == ""
    return set(result.stdout.split())


def test_loading_brings_nothing_that_is_used_later(tmp_path: Path) -> None:
    """Neither the network nor widgets, databases or schemas are imported before something needs them."""
    loaded = brought(tmp_path)
    assert "runcomfy_jupyter.extension" in loaded
    assert loaded & LATER == set()


def test_loading_brings_no_floor_that_waits_for_a_cell(tmp_path: Path) -> None:
    """The parts that speak to the service, follow jobs and draw panels come with their first use."""
    loaded = brought(tmp_path)
    assert not {name for name in loaded if name.startswith("runcomfy_jupyter._client.")}
    assert not loaded & {
        "runcomfy_jupyter._jobs.background",
        "runcomfy_jupyter._jobs.ledger",
        "runcomfy_jupyter._jobs.runner",
        "runcomfy_jupyter._notebook.film",
        "runcomfy_jupyter._notebook.panel",
        "runcomfy_jupyter._notebook.row",
    }


def test_loading_leaves_no_trace(tmp_path: Path) -> None:
    """Nothing is written where the ledger will be, as long as nothing is made."""
    brought(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "ipython" not in str(path)]
