from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.environment import homes, without_accounts
from support.headless import execute, notebook_of
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from support.kernels import Kernel
    from support.sandbox import Sandbox

LOAD = "%load_ext runcomfy_jupyter"
MAKE = "%%sora clip --seconds 4 --size 1280x720\nA paper {{boat}}"
CELL = "%%sora --size 1280x720\nA paper {{boat}}"

pytestmark = pytest.mark.kernel


def test_commands_in_a_page(kernel: Kernel, sandbox: Sandbox) -> None:
    """A variable names its job, the next cell is filled, and the doctor finds the kernel sound."""
    kernel.run(LOAD)
    assert kernel.run(MAKE).status == "ok"
    assert kernel.run("%sora wait clip").status == "ok"

    again = kernel.run("%sora again clip")
    assert again.reply is not None
    [payload] = again.reply["payload"]
    assert (payload["source"], payload["text"], payload["replace"]) == ("set_next_input", CELL, False)
    assert "The next cell makes it" in again.text
    assert kernel.run(CELL).status == "ok"
    assert len(sandbox.submissions()) == 1

    shown = kernel.run("%sora show clip")
    eventually(lambda: "<video" in shown.html, what="the video is here")
    doctor = kernel.run("%sora doctor")
    assert doctor.status == "ok"
    assert "a notebook page with somebody before it" in doctor.text
    assert "the token is accepted" in doctor.text
    assert "wrong" not in doctor.text
    assert "Seedance" in kernel.run("%sora models seedance").text
    assert "--seconds" in kernel.run("%sora model").text
    assert "left on your RunComfy account" in kernel.run("%sora balance").text


def test_commands_where_nobody_watches(tmp_path: Path, kernelspecs: Path, sandbox: Sandbox) -> None:  # noqa: ARG001 - the kernels' names
    """An executed notebook holds the cell itself, and a report that fails no run."""
    notebook = notebook_of(LOAD, MAKE, "%sora again clip", "%sora doctor", "%sora help")
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables

    failure = execute(notebook, tmp_path, kernel="newest", variables=variables)

    assert failure is None
    texts = [str(cell.outputs) for cell in notebook.cells]
    assert "A paper {{boat}}" in texts[2]
    assert "nobody watches" in texts[3]
    assert "%sora login" in texts[4]
