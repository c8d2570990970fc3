"""The lesson of the unattended notebook, run as it says: by papermill, from a command line."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from support.environment import homes, without_accounts
from support.media import embedded_videos, probe
from support.sandbox import TOKEN

if TYPE_CHECKING:
    from support.sandbox import Sandbox

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "automation.ipynb"
MADE = [
    {"prompt": prompt, "size": "720x1280", "seconds": 4}
    for prompt in ("A tram in the fog", "A tram at night")
]
RUN_SECONDS = 120

pytestmark = pytest.mark.kernel


def command_of_the_lesson() -> list[str]:
    """Return what is typed in a terminal, as the lesson tells it."""
    notebook = nbformat.read(LESSON, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    [command] = re.findall(r"^```\nRUNCOMFY_SANDBOX=1 (papermill .*?)^```$", text, re.DOTALL | re.MULTILINE)
    return shlex.split(command.replace("\\\n", " "))


def run(folder: Path, sandbox: Sandbox, *more: str) -> tuple[int, str, Any]:
    """Run that in a copy of the project; return its status, what it said, and the executed notebook."""
    (folder / "notebooks").mkdir(exist_ok=True)
    shutil.copy(LESSON, folder / "notebooks")
    variables = without_accounts(os.environ) | homes(folder / "home") | sandbox.variables
    command = [sys.executable, "-m", *command_of_the_lesson(), *more]
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    made = folder / "tonight.ipynb"
    assert TOKEN not in done.stdout + done.stderr + made.read_text()
    return done.returncode, done.stderr, nbformat.read(made, as_version=4)


def outputs(notebook: Any, source: str) -> list[Any]:
    """Return the outputs of the one cell whose source begins so."""
    [cell] = [cell for cell in notebook.cells if cell.source.startswith(source)]
    found: list[Any] = cell.outputs
    return found


def test_parameters_make_other_videos_and_a_second_run_buys_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    """The copy holds the videos of the parameters and a table of them; run again, it sends nothing."""
    status, said, copy = run(tmp_path, sandbox)

    assert status == 0, said
    assert sorted(sandbox.submissions(), key=str) == sorted(MADE, key=str)
    videos = embedded_videos(outputs(copy, "%%sora clips"))
    assert [(probe(video).width, probe(video).audio_codec) for video in videos] == [(720, "aac")] * 2
    [table] = outputs(copy, "clips.wait()")
    assert table.data["text/plain"].count("succeeded") == 2
    assert "A tram at night" in table.data["text/html"]

    status, said, copy = run(tmp_path, sandbox)

    assert status == 0, said
    assert len(sandbox.submissions()) == 2
    assert embedded_videos(outputs(copy, "%%sora clips")) == videos


def test_a_bound_fails_the_run_before_anything_is_sent(tmp_path: Path, sandbox: Sandbox) -> None:
    """Above `max_cost_usd` the run ends with status 1, in one line that says so, and nothing is paid."""
    status, said, copy = run(tmp_path, sandbox, "-p", "max_cost_usd", "0.5")

    assert status == 1
    assert sandbox.submissions() == []
    [error] = [one for one in outputs(copy, "%%sora clips") if one.output_type == "error"]
    assert error.ename == "CostError"
    assert "$0.80" in error.evalue
    [line] = "\n".join(error.traceback).splitlines()
    assert line in said
