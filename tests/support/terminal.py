"""An IPython in a real terminal, and what a person types and reads there."""

from __future__ import annotations

import os
import select
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60
_CHUNK = 65536


class Terminal:
    """A pseudo-terminal at which IPython runs."""

    def __init__(self, process: subprocess.Popen[bytes], here: int) -> None:
        self._process = process
        self._here = here
        self._read = b""

    @property
    def screen(self) -> str:
        """Everything that has been written to the terminal so far, control characters included."""
        while select.select([self._here], [], [], 0)[0]:
            try:
                chunk = os.read(self._here, _CHUNK)
            except OSError:  # the other side is closed
                chunk = b""
            if not chunk:
                break
            self._read += chunk
        return self._read.decode(errors="replace")

    def type(self, text: str) -> None:
        """Type something, and press Enter."""
        os.write(self._here, text.encode() + b"\n")

    def shows(self, text: str) -> None:
        """Wait until a text stands in what has been written."""

        def shown() -> bool:
            assert text in self.screen, self._read.decode(errors="replace")
            return True

        eventually(shown, SECONDS)

    def leave(self) -> int:
        """Type exit, and return the exit status."""
        self.type("exit")
        eventually(lambda: self.screen and self._process.poll() is not None, SECONDS, what="IPython ends")
        return self._process.wait()


@contextmanager
def running_terminal(python: Path, folder: Path, variables: dict[str, str]) -> Iterator[Terminal]:
    """Run IPython in a terminal of its own, in `folder`, until the block ends."""
    here, there = os.openpty()
    command = [str(python), "-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit"]
    process = subprocess.Popen(
        command, stdin=there, stdout=there, stderr=there, cwd=folder, env=variables, start_new_session=True
    )
    os.close(there)
    try:
        yield Terminal(process, here)
    finally:
        process.kill()
        process.wait()
        os.close(here)
