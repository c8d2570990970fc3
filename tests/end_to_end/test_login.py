from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.environment import homes, without_accounts
from support.headless import execute, notebook_of
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from support.kernels import Cell, Kernel
    from support.sandbox import Sandbox

pytestmark = pytest.mark.kernel

TYPED = "sentinel-that-was-typed-into-a-box"
LOAD = "import os; os.environ.pop('RUNCOMFY_TOKEN')\n%load_ext runcomfy_jupyter"
REFUSES = {"on": "balance", "fault": "error", "code": 401, "error_code": 400004, "message": f"not {TYPED}"}
LOOKS = """
%tb
%history
print(In, Out, vars(get_ipython().history_manager).get("input_hist_raw"))
print(repr(dir()), {name: repr(value) for name, value in list(globals().items())})
"""


def asked(kernel: Kernel) -> dict[str, Any]:
    """Wait for the question that a running cell asks; return it."""
    message: dict[str, Any] = kernel._client.stdin_channel.get_msg(timeout=30)
    assert message["msg_type"] == "input_request"
    content: dict[str, Any] = message["content"]
    return content


def logged_in(kernel: Kernel, typed: str) -> Cell:
    """Type a token where `%sora login` asks for it."""
    cell = kernel.submit("%sora login")
    assert asked(kernel)["password"] is True
    kernel._client.input(typed)
    return cell.finish()


def test_a_token_is_asked_for_tried_and_kept(kernel: Kernel, sandbox: Sandbox, tmp_path: Path) -> None:
    """Without echo; it is in the CLI's file and on the next request, and in no output, history or log."""
    assert kernel.run(LOAD).status == "ok"

    cell = logged_in(kernel, TYPED)

    assert cell.status == "ok", cell.text
    assert "RunComfy accepts the token" in cell.text
    kept = json.loads((tmp_path / "home/.config/runcomfy/token.json").read_text())
    assert kept["access_token"] == TYPED
    assert kernel.run("%%sora boat --seconds 4\nA paper boat").status == "ok"
    assert len(sandbox.submissions()) == 1
    looks = kernel.run(LOOKS)
    told = [output.content for one in (cell, looks) for output in one.outputs]
    assert TYPED not in json.dumps([told, kernel.comms, kernel.stray], default=repr) + kernel.log
    assert "sora login" in looks.text


def test_a_refused_token_shows_in_no_traceback(kernel: Kernel, sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing is stored, and the error is one line, whatever mode tracebacks are shown in."""
    kernel.run(f"{LOAD}\n%xmode Verbose")
    sandbox.misbehave(REFUSES)

    cell = logged_in(kernel, TYPED)

    assert cell.status == "error"
    assert "does not accept the token" in cell.text
    assert "Nothing was stored." in cell.text
    assert TYPED not in cell.text + kernel.run(LOOKS).text + kernel.log
    assert not (tmp_path / "home/.config/runcomfy/token.json").exists()


def test_nothing_typed_is_nothing_stored(kernel: Kernel) -> None:
    """An empty box is told as such."""
    kernel.run(LOAD)
    cell = logged_in(kernel, "")
    assert "This is no token: it is empty. Nothing was stored." in cell.text


def test_where_nobody_watches_nobody_is_asked(tmp_path: Path, kernelspecs: Path, sandbox: Sandbox) -> None:  # noqa: ARG001 - the kernels' names
    """An executed notebook fails at once, in one line that says what to do instead."""
    notebook = notebook_of(LOAD, "%sora login")
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables

    failure = execute(notebook, tmp_path, kernel="newest", variables=variables)

    assert failure is not None
    assert "nobody here who could be asked for a token" in failure.evalue
    assert "Set RUNCOMFY_TOKEN before the kernel starts" in failure.evalue
    [error] = [output for output in notebook.cells[1].outputs if output.output_type == "error"]
    assert len("\n".join(error.traceback).splitlines()) == 1


def test_a_terminal_does_not_show_what_is_typed(tmp_path: Path, sandbox: Sandbox) -> None:
    """In IPython itself, too: the token is asked for without echo, and kept."""
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables
    screen, line = pty.openpty()
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit"]
    process = subprocess.Popen(
        command, stdin=line, stdout=line, stderr=line, env=variables, cwd=tmp_path, start_new_session=True
    )
    os.close(line)
    seen = ""

    def shows(pattern: str) -> bool:
        nonlocal seen
        while select.select([screen], [], [], 0)[0]:
            seen += os.read(screen, 65536).decode(errors="replace")
        return re.search(pattern, seen) is not None

    def type_in(text: str, until: str) -> None:
        os.write(screen, f"{text}\n".encode())
        eventually(lambda: shows(until), 30, what=f"{until} in {seen!r}")

    try:
        eventually(lambda: shows(r"In \[1\]"), 30, what="a prompt")
        type_in("import os; del os.environ['RUNCOMFY_TOKEN']", r"In \[2\]")
        type_in("%load_ext runcomfy_jupyter", r"In \[3\]")
        type_in("%sora login", "it is not shown")
        type_in("\x04", r"No token was typed.*Nothing was stored[^$]*In \[4\]")
        seen = ""
        type_in("%sora login", "it is not shown")
        type_in(TYPED, r"In \[5\]")
        type_in("exit", "exit")
        process.wait(20)
    finally:
        process.kill()
        process.wait()
        os.close(screen)
    assert "RunComfy accepts the token" in seen
    assert TYPED not in seen
    kept = json.loads((tmp_path / "home/.config/runcomfy/token.json").read_text())
    assert kept["access_token"] == TYPED
    texts = [
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "token.json"
    ]
    assert not [text for text in texts if TYPED.encode() in text]
