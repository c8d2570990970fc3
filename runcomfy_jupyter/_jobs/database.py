"""The ledger's file: opened for this user alone, brought up to date, set aside if it cannot be read."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock

from runcomfy_jupyter._jobs.migrations import migrate
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MENDS = {"full": "Make room", "No space": "Make room", "locked": "End what keeps it locked"}


def open_database(path: Path, patience: float) -> tuple[sqlite3.Connection, Path | None]:
    """Open a ledger, or begin one; return it, and where an unreadable one was set aside.

    `patience`: seconds to wait for another kernel's lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One kernel at a time: SQLite does not wait for its turn to turn on WAL, and of several
    # that find a ledger unreadable only the first may set it aside.
    with FileLock(path.with_name(f"{path.name}.lock"), timeout=patience, mode=0o600):
        if not path.exists():
            _set_aside(path)  # what a deleted ledger's neighbours hold fits no other
        try:
            return _open(path, patience), None
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            aside = _set_aside(path)
            return _open(path, patience), aside


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk refuse into a `StorageError` that says what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"The ledger {path} cannot be used: {reason}."
        does = next((does for word, does in _MENDS.items() if word in reason), "Mend the folder")
        hint = f"{does}, or name another folder by RUNCOMFY_JUPYTER_HOME."
        raise StorageError(message, hint=hint) from error


def set_aside(path: Path) -> list[Path]:
    """Return the ledgers that were set aside in favour of this one, the newest last."""
    return sorted(path.parent.glob(_aside(path, "*").name), key=lambda one: (len(one.name), one.name))


def _open(path: Path, patience: float) -> sqlite3.Connection:
    # The file is made before SQLite opens it, so that it is never readable by others.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # An accepted request must outlive a power cut, not only a kill.
        db.execute("PRAGMA synchronous = FULL")
        migrate(db)
        db.execute("SELECT count(*) FROM (SELECT 1 FROM jobs LIMIT 1)").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _set_aside(path: Path) -> Path:
    """Move a ledger that cannot be read out of the way; it is never deleted."""
    number = 1
    while (aside := _aside(path, number)).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _aside(path: Path, number: int | str) -> Path:
    return path.with_name(f"{path.stem}.unreadable-{number}{path.suffix}")
