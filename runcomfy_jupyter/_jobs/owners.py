"""Which process follows a job, and whether that process still lives.

A process holds a lock on a file of its own for as long as it lives. The operating system lets
go of the lock however the process ends, so a kill needs no clean-up and no clock is consulted.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def lives(folder: Path, name: str | None) -> bool:
    """Tell whether the process that owns under this name lives. `folder` holds the locks."""
    if name is None:
        return False
    path = folder / f"{name}.lock"
    if not path.exists():
        return False
    probe = FileLock(path)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    probe.release()
    with contextlib.suppress(OSError):
        path.unlink()
    return False


class Owner:
    """This process, as the owner of the jobs it follows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        # thread_local would let the thread that closes the session fail to release the lock.
        self._lock = FileLock(folder / f"{self.name}.lock", thread_local=False)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.acquire(timeout=0)
        except OSError as error:
            message = f"{folder} cannot be used: {error.strerror or error}."
            raise StorageError(message, hint="Name another folder by RUNCOMFY_JUPYTER_HOME.") from error

    def lives(self, name: str | None) -> bool:
        """Tell whether the process of that name lives: this one does."""
        return self._lock.is_locked if name == self.name else lives(self._folder, name)

    def leave(self) -> None:
        """Let go: others may take over what this process followed."""
        self._lock.release()
        with contextlib.suppress(OSError):
            (self._folder / f"{self.name}.lock").unlink()
