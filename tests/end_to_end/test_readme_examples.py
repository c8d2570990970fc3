"""What the README shows, run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.environment import homes, without_accounts
from support.headless import execute, notebook_of

if TYPE_CHECKING:
    from support.sandbox import Sandbox

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
SCRIPTS = [block for language, block in FENCED if language == "python"]
CELLS = [block for language, block in FENCED if not language and not block.startswith("make ")]

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("kernelspecs")]


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_script_runs_to_its_end(script: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """Each block of Python is a program that ends well, whatever runs beside it."""
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables
    ended = subprocess.run(
        [sys.executable, str(path)], check=False, capture_output=True, text=True, env=variables, cwd=tmp_path
    )
    assert ended.returncode == 0, ended.stderr


def test_the_cells_run_in_their_order(tmp_path: Path, sandbox: Sandbox) -> None:
    """A reader who copies one block after the other into a notebook pays for one clip and sees no error."""
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables
    notebook = notebook_of(*CELLS)
    failure = execute(notebook, tmp_path, kernel="newest", variables=variables)
    assert failure is None
    assert [body["seconds"] for body in sandbox.submissions()] == [8]
    [place] = [at for at, cell in enumerate(CELLS) if "--dry-run" in cell]
    rehearsal = notebook.cells[place].outputs[0].data["text/plain"]
    assert "8 requests would be sent" in rehearsal
