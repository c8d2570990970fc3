"""Completion over the wire, in a kernel of each environment, as JupyterLab asks for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.environment import homes, without_accounts
from support.facts import OTHER
from support.kernels import ENVIRONMENTS, Kernel, running_kernel, write_kernelspecs

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from runcomfy_jupyter._notebook.completion import install
from support.facts import Facts
size = 1
remove = install(get_ipython(), Facts())
"""
CELL = f"%%sora clip --model {OTHER} --look t\nA panda"

pytestmark = pytest.mark.kernel


@pytest.fixture(params=ENVIRONMENTS)
def kernel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kernel]:
    """Start a kernel of each environment in turn, in which lines are completed."""
    variables = without_accounts(os.environ) | homes(tmp_path / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(write_kernelspecs(tmp_path / "jupyter")))
        with running_kernel(str(request.param), tmp_path, variables) as running:
            done = running.run(INSTALL)
            assert done.status == "ok", done.text
            yield running


def offered(kernel: Kernel, code: str, cursor: int | None = None) -> list[str]:
    """Return what the kernel answers: the code as it would be up to the cursor."""
    place = len(code) if cursor is None else cursor
    reply: dict[str, Any] = kernel._client.complete(code, place, reply=True, timeout=30)["content"]
    assert (reply["status"], reply["cursor_end"]) == ("ok", place)
    return [code[: reply["cursor_start"]] + match for match in reply["matches"]]


def test_a_front_end_is_told_the_legal_words(kernel: Kernel) -> None:
    """Options, values, ids and commands, in the middle of a cell, too; nothing after the remover ran."""
    assert offered(kernel, "%%sora --se") == ["%%sora --seconds"]
    assert offered(kernel, "%%sora --size ") == ["%%sora --size 1280x720", "%%sora --size 720x1280"]
    place = CELL.index("\n")
    assert offered(kernel, CELL, place) == [CELL[: place - 1] + "'two words'"]
    assert offered(kernel, "%sora sandbox ") == ["%sora sandbox on", "%sora sandbox off"]
    assert offered(kernel, "%%sora --model sora-2") == ["%%sora --model openai/sora-2/text-to-video"]
    assert kernel.run("remove()").status == "ok"
    assert "%%sora --seconds" not in offered(kernel, "%%sora --se")
    assert "Traceback" not in kernel.log
