"""The ledger: what was sent, under which id, and what became of it. A SQLite file.

It is written before the wire is touched, and it alone decides which of several kernels sends a
request. It holds no token.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from runcomfy_jupyter._domain.lifecycle import State, bought, move, rests
from runcomfy_jupyter._jobs.migrations import migrate
from runcomfy_jupyter._jobs.rows import COLUMNS, FACTS, from_row, to_row
from runcomfy_jupyter.errors import NotFound, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record

# No vowels or look-alikes, and a letter first: an id is read aloud and is never a number.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"
_SHORTEST_ID = 4
_BOUGHT = tuple(state for state in State if bought(state))
_MENDS = {"full": "Make room", "No space": "Make room", "locked": "End what keeps it locked"}
_RUNNING = tuple(state for state in State if not rests(state))


class Ledger:
    """All jobs of this user on this machine. Safe between threads and between kernels."""

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        """Open the ledger, or begin one. `patience`: seconds to wait for another kernel's lock."""
        self.path = path
        self.set_aside: Path | None = None
        self._lock = threading.RLock()
        with _storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # One kernel at a time: SQLite does not wait for its turn to turn on WAL, and of several
            # that find a ledger unreadable only the first may set it aside.
            with FileLock(path.with_name(f"{path.name}.lock"), timeout=patience, mode=0o600):
                if not path.exists():
                    _set_aside(path)  # what a deleted ledger's neighbours hold fits no other
                try:
                    self._db = _open(path, patience)
                except sqlite3.DatabaseError as error:
                    if isinstance(error, sqlite3.OperationalError):
                        raise
                    self.set_aside = _set_aside(path)
                    self._db = _open(path, patience)
            self._place = path.stat()

    def begin(self, draft: Record, *, owner: str, again: bool = False) -> tuple[Record, bool]:
        """Record an intent, unless the same request is bought already.

        Raises `StorageError` where the file was moved or deleted since it was opened: what is
        written to it then would be gone with this process.

        Returns the record and whether it is new. Atomic: of several kernels with the same
        request one gets a new record, the others get that one. `draft.id` is ignored.
        """
        with self._transaction() as db:
            self._check_place()
            if not again and (found := self._bought(db, draft.fingerprint)):
                return found, False
            record = replace(draft, id=_new_id(db))
            row = to_row(record)
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            db.execute(
                f"INSERT INTO jobs ({names}, owner) VALUES ({marks}, ?)",  # noqa: S608 - our own column names
                (*row.values(), owner),
            )
            return record, True

    def _check_place(self) -> None:
        if not self.path.exists() or not os.path.samestat(self.path.stat(), self._place):
            message = f"The ledger {self.path} was moved or deleted while it was in use."
            raise StorageError(message, hint="Put it back, or restart the kernel to begin another.")

    def get(self, word: str) -> Record:
        """Return the job whose id, request id or unique id prefix `word` is; raise `NotFound`."""
        found = self._read("WHERE id = ? OR request_id = ? ORDER BY seq DESC LIMIT 1", (word, word))
        if not found:
            found = self._read("WHERE substr(id, 1, ?) = ? LIMIT 2", (len(word), word)) if word else []
        if len(found) == 1:
            return found[0]
        what = "Several jobs begin" if found else "No job of your ledger begins"
        message = f"{what} with {word!r}."
        raise NotFound(message, hint="%sora jobs lists them.")

    def newest(self, word: str = "", limit: int = 50) -> list[Record]:
        """Return jobs, newest first; with a word, those that hold it in an input, model, state or id."""
        like = "%" + word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        where = (
            r"WHERE EXISTS (SELECT 1 FROM json_each(inputs) WHERE value LIKE ?1 ESCAPE '\') "
            r"OR model LIKE ?1 ESCAPE '\' OR state LIKE ?1 ESCAPE '\' OR id LIKE ?1 ESCAPE '\' "
            r"ORDER BY seq DESC LIMIT ?2"
        )
        return self._read(where, (like, limit))

    def unfinished(self, lives: Callable[[str | None], bool] = lambda _: False) -> list[Record]:
        """Return, oldest first, the jobs to which something should still happen.

        Jobs that another process follows are left to it: `lives` tells of an owner's name
        whether its process lives.
        """
        states = (*_RUNNING, State.UNDELIVERED)
        with self._lock, _storage_errors(self.path):
            found = self._db.execute(
                f"SELECT owner, {COLUMNS} FROM jobs WHERE state IN ({_marks(states)}) ORDER BY seq",  # noqa: S608 - our own names
                states,
            ).fetchall()
        return [from_row(row[1:]) for row in found if not lives(row[0])]

    def recent(self, notebook: str, limit: int) -> list[Record]:
        """Return the newest jobs that were made in a notebook, newest first."""
        return self._read("WHERE notebook = ? ORDER BY seq DESC LIMIT ?", (notebook, limit))

    def finished_like(self, model: str, limit: int = 50) -> list[Record]:
        """Return the newest succeeded jobs of a model, for learning how long they take."""
        return self._read(
            "WHERE model = ? AND state = ? ORDER BY seq DESC LIMIT ?", (model, State.SUCCEEDED, limit)
        )

    def move(self, job_id: str, to: State, **facts: Any) -> Record:
        """Move a job to a state that may follow its own, and note facts, in one transaction."""
        return self._change(job_id, facts, to)

    def note(self, job_id: str, **facts: Any) -> Record:
        """Note facts of a job that stays in its state."""
        return self._change(job_id, facts, None)

    def claim(self, job_id: str, owner: str, lives: Callable[[str | None], bool]) -> bool:
        """Take a job over unless another living process follows it."""
        with self._transaction() as db:
            row = db.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if row[0] != owner and lives(row[0]):
                return False
            db.execute("UPDATE jobs SET owner = ? WHERE id = ?", (owner, job_id))
            return True

    def release(self, job_id: str, owner: str) -> None:
        """Give a job back, so that another process may follow it."""
        with self._transaction() as db:
            db.execute("UPDATE jobs SET owner = NULL WHERE id = ? AND owner = ?", (job_id, owner))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _change(self, job_id: str, facts: dict[str, Any], to: State | None) -> Record:
        if unknown := facts.keys() - FACTS:
            message = f"the ledger has no such columns: {sorted(unknown)}"
            raise TypeError(message)
        with self._transaction() as db:
            record = _select(db, "WHERE id = ?", (job_id,))[0]
            state = record.state if to is None or to is record.state else move(record.state, to)
            record = replace(record, state=state, **facts)
            row = to_row(record)
            names = ["state", *facts]
            assignments = ", ".join(f"{name} = ?" for name in names)
            db.execute(
                f"UPDATE jobs SET {assignments} WHERE id = ?",  # noqa: S608 - our own column names
                (*(row[name] for name in names), job_id),
            )
            return record

    def _bought(self, db: sqlite3.Connection, fingerprint: str) -> Record | None:
        found = _select(
            db,
            f"WHERE fingerprint = ? AND state IN ({_marks(_BOUGHT)}) ORDER BY seq DESC LIMIT 1",
            (fingerprint, *_BOUGHT),
        )
        return found[0] if found else None

    def _read(self, where: str, values: tuple[Any, ...]) -> list[Record]:
        with self._lock, _storage_errors(self.path):
            return _select(self._db, where, values)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # The connection comes before BEGIN: an interrupt that arrives with the lock must let go of it.
        with self._lock, _storage_errors(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db


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
    while (aside := path.with_name(f"{path.stem}.unreadable-{number}{path.suffix}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"The ledger {path} cannot be used: {reason}."
        does = next((does for word, does in _MENDS.items() if word in reason), "Mend the folder")
        hint = f"{does}, or name another folder by RUNCOMFY_JUPYTER_HOME."
        raise StorageError(message, hint=hint) from error


def _select(db: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> list[Record]:
    return [from_row(row) for row in db.execute(f"SELECT {COLUMNS} FROM jobs {where}", values)]  # noqa: S608


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))


def _new_id(db: sqlite3.Connection) -> str:
    length = _SHORTEST_ID
    while True:
        new = secrets.choice(_LETTERS) + "".join(secrets.choice(_ALPHABET) for _ in range(length - 1))
        if not db.execute("SELECT 1 FROM jobs WHERE id = ?", (new,)).fetchone():
            return new
        length += 1
