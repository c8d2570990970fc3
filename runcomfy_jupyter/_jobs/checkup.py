"""A look at the ledger's file that changes nothing: can it be read and written, and is it whole?"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from runcomfy_jupyter._jobs.database import storage_errors
from runcomfy_jupyter._jobs.migrations import steps_done
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_LOOK_AT_THE_TIME = 10_000  # steps of SQLite's machine


def checkup(path: Path, *, seconds: float = 2.0) -> int:
    """Return how many jobs a ledger holds; raise `StorageError` for what is wrong with it.

    `seconds`: how long the look at the whole file, and the wait for another kernel's lock, may take.
    """
    with storage_errors(path):
        try:
            with closing(
                sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=seconds)
            ) as db:
                return _look(db, seconds)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            reason = str(error)
    raise _unreadable(path, reason)


def _look(db: sqlite3.Connection, seconds: float) -> int:
    db.isolation_level = None
    has_tables = steps_done(db) > 0
    # It takes what writing takes, and writes nothing.
    db.execute("BEGIN IMMEDIATE")
    db.execute("ROLLBACK")
    if not has_tables:  # a file that was only just made
        return 0
    number = db.execute("SELECT count(*) FROM jobs").fetchone()[0]
    until = time.monotonic() + seconds
    db.set_progress_handler(lambda: time.monotonic() > until, _LOOK_AT_THE_TIME)
    try:
        said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:  # so large that the time was up: as far as it was read it is whole
        said = "ok"
    if said != "ok":
        raise sqlite3.DatabaseError(said)
    return int(number)


def _unreadable(path: Path, reason: str) -> StorageError:
    message = f"The ledger {path} cannot be read: {reason}."
    hint = "If you have a copy, put it back now: else the next request sets this one aside and begins anew."
    return StorageError(message, hint=hint)
