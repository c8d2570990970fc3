"""Kernels that meet faults which take a minute, while other tests run."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faults.checks import CELL, on
from faults.notebook import Notebook
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults.forks import ForkServer
    from support.kernels import Cell
    from support.sandbox import Sandbox


def _address(url: str) -> dict[str, Any]:
    return on("result", "json", json={"status": "succeeded", "output": {"video": url}})


SLOW_FAULTS: dict[str, dict[str, Any]] = {
    "submit: hangs": on("submit", "hang"),
    "submit: accepted, then hangs": on("submit", "hang", taken=True),
    "status: hangs": on("status", "hang", times=1),
    "result: hangs": on("result", "hang", times=1),
    "media: hangs": on("media", "hang", times=1),
    "media: 503 for ever": on("media", "status_code", code=503),
    "result: no output, ever": on("result", "no_output"),
    "result: a file: address": _address("file:///etc/passwd"),
    "result: a javascript: address": _address("javascript:alert(1)"),
    "result: a data: address": _address("data:text/html,<script>alert(1)</script>"),
    "result: an address with a password": _address("http://me:secret@127.0.0.1/x.mp4"),
}


@dataclass(frozen=True, slots=True)
class Patient:
    """One fault's own sandbox, notebook, and the cell that has met it."""

    notebook: Notebook
    sandbox: Sandbox
    cell: Cell
    _stack: ExitStack

    def close(self) -> None:
        """End its kernel and its sandbox."""
        self._stack.close()


@contextmanager
def waiting_patients(forks: ForkServer, folder: Path, clips: Path) -> Iterator[dict[str, Patient]]:
    """Begin all of them; none is waited for."""
    with ExitStack() as every:
        patients = {}
        for number, (fault, rule) in enumerate(SLOW_FAULTS.items()):
            own = ExitStack()
            every.callback(own.close)
            place = folder / str(number)
            place.mkdir()
            options = ("--queue-seconds", "0.1", "--run-seconds", "0.1", "--media-dir", str(clips))
            sandbox = own.enter_context(running_sandbox(place, *options))
            sandbox.misbehave(rule)
            notebook = Notebook(forks, place, sandbox.variables)
            own.callback(notebook.close)
            patients[fault] = Patient(notebook, sandbox, notebook.kernel.submit(CELL), own)
        yield patients
