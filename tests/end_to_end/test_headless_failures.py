from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.environment import homes, without_accounts
from support.headless import execute, notebook_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

LOAD = "%load_ext runcomfy_jupyter"
MAKE = "%%sora --seconds 4\nA paper boat"
NO_BALANCE = {"on": "submit", "fault": "error", "code": 402, "error_code": 400002, "message": "no balance"}
FAILED = {"on": "result", "fault": "failed"}

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("kernelspecs")]


@pytest.mark.parametrize(
    ("cell", "rules", "says", "submissions"),
    [
        ("%%sora --seconds 5\nA paper boat", [], "4, 8", 0),
        ("%%sora --seconds 4\nA {colour} boat", [], "colour", 0),
        ("%%sora --seconds 4\n  \n", [], "prompt", 0),
        (MAKE, [NO_BALANCE], "balance", 1),
        (MAKE, [FAILED], "told to fail", 1),
    ],
    ids=["length", "name", "empty", "balance", "failed"],
)
def test_a_failure_fails_the_run_in_a_few_lines(
    tmp_path: Path,
    sandbox: Sandbox,
    cell: str,
    rules: list[dict[str, object]],
    says: str,
    submissions: int,
) -> None:
    """Where nobody watches, what the user or the service did wrong fails the run, in at most six lines."""
    sandbox.misbehave(*rules)
    notebook = notebook_of(LOAD, cell, "print('never reached')")
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables

    failure = execute(notebook, tmp_path, kernel="newest", variables=variables)

    assert failure is not None
    [error] = [output for output in notebook.cells[1].outputs if output.output_type == "error"]
    lines = "\n".join(error.traceback).splitlines()
    assert len(lines) <= 6, lines
    assert says in " ".join(lines)
    assert not notebook.cells[2].outputs
    assert len(sandbox.submissions()) == submissions


def test_no_token_is_said_with_the_ways_out(tmp_path: Path) -> None:
    """Without a token the cell fails, names the places looked at and the sandbox, and sends nothing."""
    notebook = notebook_of(LOAD, MAKE)
    variables = without_accounts(os.environ) | homes(tmp_path / "home")

    failure = execute(notebook, tmp_path, kernel="newest", variables=variables)

    assert failure is not None
    assert "RUNCOMFY_TOKEN" in failure.evalue
    assert "%sora sandbox on" in failure.evalue
