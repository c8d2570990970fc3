"""The ledger: what was sent, under which id, and what became of it. A SQLite file.

It is written before the wire is touched, and it alone decides which of several kernels sends a
request. It holds no token.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._jobs.database import open_database, storage_errors
from runcomfy_jupyter._jobs.purchases import BOUGHT, Turn, insert, let_out, recognised
from runcomfy_jupyter._jobs.rows import COLUMNS, change, from_row, marks, past, select
from runcomfy_jupyter.errors import NotFound, StorageError
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from runcomfy_jupyter._domain.past import Past
    from runcomfy_jupyter._domain.record import Record

_RUNNING = tuple(state for state in State if not rests(state))


class Totals(NamedTuple):
    """What all jobs come to: how many there are, US dollars spent as far as is known, and how
    many may have been billed without a cost that is known.
    """  # noqa: D205 - a list of three does not break into a summary

    jobs: int
    spent_usd: Decimal
    without_cost: int


class Ledger:
    """All jobs of this user on this machine. Safe between threads and between kernels."""

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        """Open the ledger, or begin one. `patience`: seconds to wait for another kernel's lock."""
        self.path = path
        self._lock = threading.RLock()
        with storage_errors(path):
            self._db, self.set_aside = open_database(path, patience)
            self._place = path.stat()

    def begin(self, draft: Record, *, owner: str, again: bool = False) -> tuple[Record, bool]:
        """Record an intent, unless the same request is bought already.

        The same is what asks for the same with its defaults filled in (`fingerprint`), or sends
        the same (`asked`): a live schema may have changed its defaults since. Raises
        `StorageError` where the file was moved or deleted since it was opened: what is written
        to it then would be gone with this process.

        Returns the record and whether it is new. Atomic: of several kernels with the same
        request one gets a new record, the others get that one. `draft.id` is ignored.
        """
        return self.begin_all([draft], owner=owner, again=again)[0]

    def begin_all(
        self, drafts: Sequence[Record], *, owner: str, again: bool = False
    ) -> list[tuple[Record, bool]]:
        """Do so for several, all of them or, where that fails, none.

        Several that ask for the same are takes of it: each job that is bought stands for one of them.
        """
        with self._transaction() as db:
            self._check_place()
            known = [None] * len(drafts) if again else recognised(db, drafts)
            return [
                (insert(db, draft, owner), True) if bought is None else (bought, False)
                for draft, bought in zip(drafts, known, strict=True)
            ]

    def bought(self, drafts: Sequence[Record]) -> list[Record | None]:
        """Return for each draft the job that would be shown instead of sending it."""
        with self._lock, storage_errors(self.path):
            return recognised(self._db, drafts)

    def many(self, job_ids: Sequence[str]) -> list[Record]:
        """Return the jobs of these ids, in the order in which they were recorded."""
        return self._read("WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq", (json.dumps(job_ids),))

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
        raise NotFound(message, hint=way_on("%sora jobs lists them.", "rc.jobs() lists them."))

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

        Not among them are those that the service has said it no longer has. Jobs that another
        process follows are left to it: `lives` tells of an owner's name whether its process lives.
        """
        states = (*_RUNNING, State.UNDELIVERED)
        where = f"state IN ({marks(states)}) AND gone_at IS NULL ORDER BY seq"
        with self._lock, storage_errors(self.path):
            found = self._db.execute(
                f"SELECT owner, {COLUMNS} FROM jobs WHERE {where}",  # noqa: S608 - our own names
                states,
            ).fetchall()
        return [from_row(row[1:]) for row in found if not lives(row[0])]

    def recent(self, notebook: str, limit: int) -> list[Record]:
        """Return the newest jobs that were made in a notebook, newest first."""
        return self._read("WHERE notebook = ? ORDER BY seq DESC LIMIT ?", (notebook, limit))

    def past(self, model: str, base_url: str, limit: int = 100) -> list[Past]:
        """Return how long the newest succeeded jobs of a model at a base URL took, newest first.

        `limit`: how many of the model's jobs are looked at.
        """
        with self._lock, storage_errors(self.path):
            return past(self._db, model, base_url, limit)

    def totals(self, counts: Callable[[str], bool] = lambda _: True) -> Totals:
        """Add all jobs up. `counts` tells of a base URL whether its jobs are to be counted."""
        with self._lock, storage_errors(self.path):
            groups = self._db.execute(
                "SELECT base_url, state, cost_usd, count(*) FROM jobs GROUP BY base_url, state, cost_usd"
            ).fetchall()
        jobs = without = 0
        spent = Decimal(0)
        for base_url, state, cost, number in groups:
            if counts(base_url):
                jobs += number
                spent += number * Decimal(cost or 0)
                without += number if cost is None and state in BOUGHT else 0
        return Totals(jobs, spent, without)

    def move(self, job_id: str, to: State, **facts: Any) -> Record:
        """Move a job to a state that may follow its own, and note facts, in one transaction."""
        with self._transaction() as db:
            return change(db, select(db, "WHERE id = ?", (job_id,))[0], to, facts)

    def note(self, job_id: str, **facts: Any) -> Record:
        """Note facts of a job that stays in its state."""
        with self._transaction() as db:
            record = select(db, "WHERE id = ?", (job_id,))[0]
            return change(db, record, record.state, facts)

    def let_out(self, job_id: str, limit: int, lives: Callable[[str | None], bool], now: float) -> Turn:
        """Let a recorded request go out: note that it is being sent.

        It has to wait while `limit` requests of living processes are out, on this machine and from all its
        kernels. `now`: seconds since the epoch.
        """
        with self._transaction() as db:
            return let_out(db, job_id, limit, lives, now)

    def claim(self, job_id: str, owner: str, lives: Callable[[str | None], bool]) -> bool:
        """Take a job over unless another living process follows it."""
        with self._transaction() as db:
            if _is_followed(db, job_id, owner, lives):
                return False
            db.execute("UPDATE jobs SET owner = ? WHERE id = ?", (owner, job_id))
            return True

    def withdraw(
        self, job_id: str, owner: str, lives: Callable[[str | None], bool], **end: Any
    ) -> Record | None:
        """Cancel a recorded request that nobody has sent; return the job as it is then.

        None where another living process has it. `end`: the facts to note.
        """
        with self._transaction() as db:
            if _is_followed(db, job_id, owner, lives):
                return None
            record = select(db, "WHERE id = ?", (job_id,))[0]
            waits = record.state is State.RECORDED and record.sent_at is None
            return change(db, record, State.CANCELLED, end) if waits else record

    def release(self, job_id: str, owner: str) -> None:
        """Give a job back, so that another process may follow it."""
        with self._transaction() as db:
            db.execute("UPDATE jobs SET owner = NULL WHERE id = ? AND owner = ?", (job_id, owner))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _read(self, where: str, values: tuple[Any, ...]) -> list[Record]:
        with self._lock, storage_errors(self.path):
            return select(self._db, where, values)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # The connection comes before BEGIN: an interrupt that arrives with the lock must let go of it.
        with self._lock, storage_errors(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db


def _is_followed(
    db: sqlite3.Connection, job_id: str, owner: str, lives: Callable[[str | None], bool]
) -> bool:
    """Tell whether another living process than this owner's follows a job."""
    [name] = db.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return name != owner and lives(name)
