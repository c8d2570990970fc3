"""A notebook whose kernel can be killed and started again: one home, one folder, one ledger."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_client.blocking.client import BlockingKernelClient

from support.environment import homes, without_accounts
from support.kernels import Cell, Kernel
from support.polling import eventually

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager

    from faults.forks import ForkServer, Mount, Process

START_SECONDS = 60
LOAD = "%load_ext runcomfy_jupyter"


class Witness(Kernel):
    """A kernel of which everything is remembered that it ever let out, not only what stands there now."""

    def __init__(self, process: Process, client: BlockingKernelClient, log: Path) -> None:
        super().__init__(cast("KernelManager", _Manager(process)), client, log)
        self.heard: list[str] = []
        self.contents: list[dict[str, Any]] = []

    def _take_output(self, message: dict[str, Any]) -> None:
        self.heard.append(json.dumps(message, ensure_ascii=False, default=str))
        self.contents.append(message["content"])
        super()._take_output(message)

    def has_said(self, words: str) -> bool:
        """Tell whether these words were ever let out, on a card or in a widget."""
        self.pump()
        return any(words in heard for heard in self.heard)


class Notebook:
    """A folder with its ledger, and at most one kernel at a time that works in it."""

    def __init__(
        self, forks: ForkServer, folder: Path, variables: dict[str, str], home: Path | None = None
    ) -> None:
        self._forks = forks
        self.folder = folder / "work"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home = home or folder / "home"
        self.variables = without_accounts(os.environ) | homes(self.home) | variables
        self._started = 0
        self._process: Process | None = None
        self._client: BlockingKernelClient | None = None
        self._kernel: Witness | None = None

    @property
    def kernel(self) -> Witness:
        """The running kernel; one is started where none runs."""
        return self._kernel or self.start()

    @property
    def process(self) -> Process:
        """The kernel's process."""
        assert self._process is not None
        return self._process

    def start(self, *mounts: Mount, load: bool = True) -> Witness:
        """Start a kernel, and load the extension; its output is that of the first cell."""
        self._started += 1
        log = self.folder.parent / f"kernel-{self._started}.log"
        connection = log.with_suffix(".json")
        order = {
            "kind": "kernel",
            "variables": self.variables,
            "folder": str(self.folder),
            "log": str(log),
            "connection": str(connection),
            "mounts": [mount.order for mount in mounts],
        }
        self._process = self._forks.start(order)
        eventually(lambda: self._told(connection, log), START_SECONDS, what="the kernel tells its ports")
        self._client = BlockingKernelClient(connection_file=str(connection))
        self._client.load_connection_file()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=START_SECONDS)
        self._kernel = Witness(self._process, self._client, log)
        if load:
            loaded = self._kernel.run(LOAD)
            assert loaded.status == "ok", loaded.text
        return self._kernel

    def run(self, code: str, seconds: float = 60.0, *, watched: bool = True) -> Cell:
        """Run a cell; without `watched` as nbclient does, where nobody can be asked."""
        return self.kernel.submit(code, watched=watched).finish(seconds)

    def kill(self) -> None:
        """End the kernel as a power cut would."""
        self.process.signal(signal.SIGKILL)
        assert self.process.ends(START_SECONDS)
        self._let_go()

    def close(self) -> None:
        """End the kernel as a front end does."""
        if self._client is not None:
            self.process.signal(signal.SIGCONT)
            self._client.shutdown()
            if not self.process.ends(15):
                self.process.signal(signal.SIGKILL)
        self._let_go()

    def rows(self) -> list[dict[str, Any]]:
        """Return the jobs in the ledger, oldest first, read without this package."""
        path = self.home / "ledger" / "ledger.sqlite"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            begun = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone()
            return [dict(row) for row in db.execute("SELECT * FROM jobs ORDER BY seq")] if begun else []

    def job(self) -> dict[str, Any]:
        """Return the one job in the ledger."""
        [row] = self.rows()
        return row

    def rests(self, state: str, seconds: float = 30.0) -> dict[str, Any]:
        """Wait until the one job is in that state, and nobody follows it; return it."""

        def there() -> dict[str, Any] | None:
            job = self.job()
            assert job["state"] == state, job
            return job if job["owner"] is None else None

        found = eventually(there, seconds, what=f"the job rests as {state}")
        assert found is not None
        return found

    def comes_to(self, state: str, seconds: float = 60.0) -> dict[str, Any]:
        """Wait until the one job, which is under way, has come to rest in a state; return it."""

        def there() -> dict[str, Any] | None:
            job = self.job()
            return job if job["state"] == state and job["owner"] is None else None

        found = eventually(there, seconds, what=f"the job comes to be {state}")
        assert found is not None
        return found

    def files(self) -> list[str]:
        """Return the names of all files beside the notebook."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def inside(self, path: Path) -> Path:
        """Return the way to a place that only the kernel's mounts show."""
        return Path(f"/proc/{self.process.pid}/root{path}")

    def _told(self, connection: Path, log: Path) -> bool:
        assert self.process.is_alive(), log.read_text() if log.exists() else "no word"
        try:
            return bool(json.loads(connection.read_text())["shell_port"])
        except (OSError, ValueError, KeyError):
            return False

    def _let_go(self) -> None:
        if self._client is not None:
            self._client.stop_channels()
            self._client.context.term()
        self._client = self._kernel = None


@dataclass(frozen=True, slots=True)
class _Manager:
    """What `Kernel` asks of a kernel's manager."""

    process: Process

    def interrupt_kernel(self) -> None:
        self.process.signal(signal.SIGINT)

    def signal_kernel(self, number: int) -> None:
        self.process.signal(number)

    def is_alive(self) -> bool:
        return self.process.is_alive()
