"""The client's side of the fork server: processes started in a moment, with disks of their own if wanted."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from support.environment import without_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

TESTS = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Process:
    """A process that is no child of ours."""

    pid: int
    _handle: int = field(init=False)

    def __post_init__(self) -> None:
        """Take hold of it, so that its number cannot come to mean another process."""
        self._handle = os.pidfd_open(self.pid)

    def is_alive(self) -> bool:
        """Tell whether it has not ended yet."""
        return not select.select([self._handle], [], [], 0)[0]

    def ends(self, seconds: float) -> bool:
        """Wait until it ends, at most for so long."""
        return bool(select.select([self._handle], [], [], seconds)[0])

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)

    def signal(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.is_alive():
            signal.pidfd_send_signal(self._handle, number)


class ForkServer:
    """The client's side of `fork_server`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._read_line()

    def start(self, order: dict[str, Any]) -> Process:
        """Have a process started."""
        pipe = cast("IO[str]", self._process.stdin)
        with self._lock:
            pipe.write(json.dumps(order) + "\n")
            pipe.flush()
            return Process(int(self._read_line()))

    def _read_line(self) -> str:
        line = cast("IO[str]", self._process.stdout).readline()
        assert line, "the fork server has ended"
        return line


@contextmanager
def running_fork_server(*, measured: bool = True) -> Iterator[ForkServer]:
    """Run a fork server until the block ends; `measured`: coverage looks at what it starts."""
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = without_accounts(os.environ) | {"PYTHONPATH": os.pathsep.join(paths)}
    if not measured:
        environment = {name: value for name, value in environment.items() if "COVERAGE" not in name}
    command = [sys.executable, "-Xfrozen_modules=off", "-m", "faults.fork_server"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=TESTS
    ) as process:
        try:
            yield ForkServer(process)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Mount:
    """A place that is a disk of its own for one kernel: so many bytes small, or read-only (None)."""

    place: Path
    bytes: int | None = None

    @property
    def order(self) -> dict[str, Any]:
        """The same for the fork server."""
        self.place.mkdir(parents=True, exist_ok=True)
        return {"place": str(self.place), "bytes": self.bytes}


def can_mount() -> bool:
    """Tell whether a process of ours may mount a disk in a namespace of its own."""
    unshare = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-Urm"]
    try:
        tried = subprocess.run(
            [*unshare, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0
