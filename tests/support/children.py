"""Other processes of this Python that a test starts, talks to line by line, and may kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Child:
    """A running process."""

    process: subprocess.Popen[str]

    def hear(self) -> str:
        """Return the next line it prints."""
        return _pipe(self.process.stdout).readline().strip()

    def tell(self, line: str = "") -> None:
        """Write a line to its standard input."""
        pipe = _pipe(self.process.stdin)
        pipe.write(f"{line}\n")
        pipe.flush()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def end(self) -> tuple[int, str]:
        """Close its standard input; return its exit status and what else it printed."""
        out, _ = self.process.communicate(timeout=STOP_SECONDS)
        return self.process.returncode, out


@contextmanager
def child(code: str, *arguments: str) -> Iterator[Child]:
    """Run Python code in a process of its own until the block ends."""
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        try:
            yield Child(process)
        finally:
            process.kill()


def run(code: str, *arguments: str) -> str:
    """Run Python code in a process of its own; return what it printed."""
    with child(code, *arguments) as running:
        status, out = running.end()
    assert status == 0, out
    return out


@contextmanager
def started(
    command: Sequence[str], log: Path, ready: Callable[[int], Path], *, cwd: Path, env: dict[str, str]
) -> Iterator[Any]:
    """Run a server until the block ends; give what it says, as JSON, once it is ready.

    `ready`: the file in which the process of that id says it. `log`: the file for what it prints.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=cwd, env=env)
        told = ready(process.pid)
        try:
            eventually(
                lambda: told.exists() or process.poll() is not None, START_SECONDS, what=f"{told} is there"
            )
            assert process.poll() is None, log.read_text()
            yield json.loads(told.read_text())
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
