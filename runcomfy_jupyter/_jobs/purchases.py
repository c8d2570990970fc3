"""What the ledger decides about money, inside one transaction: what is bought already, what may go out."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.lifecycle import State, bought, can_fail
from runcomfy_jupyter._jobs.rows import marks, select, to_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from runcomfy_jupyter._domain.record import Record

BOUGHT = tuple(state for state in State if bought(state))
_OUT = tuple(state for state in State if can_fail(state))
# No vowels or look-alikes, and a letter first: an id is read aloud and is never a number.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"
_SHORTEST_ID = 4


class Turn(Enum):
    """What became of a request that wants to go out."""

    OUT = "it is noted as being sent, and is to be sent now"
    WAITS = "as many as may be are out"
    GONE = "somebody else has moved it, or is sending it"


def insert(db: sqlite3.Connection, draft: Record, owner: str) -> Record:
    record = replace(draft, id=_new_id(db))
    row = to_row(record)
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(
        f"INSERT INTO jobs ({names}, owner) VALUES ({marks}, ?)",  # noqa: S608 - our own column names
        (*row.values(), owner),
    )
    return record


def recognised(db: sqlite3.Connection, drafts: Sequence[Record]) -> list[Record | None]:
    """Tell for each draft which bought job stands for it; of more jobs than drafts the newest do."""
    wanted = Counter(draft.fingerprint for draft in drafts)
    left: dict[str, list[Record]] = {}
    taken: set[str] = set()
    known: list[Record | None] = []
    for draft in drafts:
        name = draft.fingerprint
        if name not in left:
            # Found twice where the schema's defaults have changed in between: it stands for one.
            left[name] = [job for job in _bought(db, draft, wanted[name]) if job.id not in taken]
        known.append(left[name].pop(0) if left[name] else None)
        taken.update(job.id for job in known[-1:] if job is not None)
    return known


def _bought(db: sqlite3.Connection, draft: Record, number: int) -> list[Record]:
    """Return the newest bought jobs of a request, at most `number`, oldest first."""
    same = "(fingerprint = ? OR (asked <> '' AND asked = ?))"
    found = select(
        db,
        f"WHERE {same} AND state IN ({marks(BOUGHT)}) ORDER BY seq DESC LIMIT ?",
        (draft.fingerprint, draft.asked, *BOUGHT, number),
    )
    return found[::-1]


def let_out(
    db: sqlite3.Connection, job_id: str, limit: int, lives: Callable[[str | None], bool], now: float
) -> Turn:
    """Note that a request is being sent, while fewer than `limit` others are out."""
    counted = db.execute(
        f"SELECT owner, count(*) FROM jobs WHERE state IN ({marks(_OUT)}) AND sent_at IS NOT NULL "  # noqa: S608 - our own names
        "AND id <> ? GROUP BY owner",
        (*_OUT, job_id),
    ).fetchall()
    # What nobody follows any more would keep everybody waiting for ever.
    if sum(number for name, number in counted if lives(name)) >= limit:
        return Turn.WAITS
    # With a reason in it, it was sent and certainly not accepted.
    sent = db.execute(
        "UPDATE jobs SET sent_at = ? WHERE id = ? AND state = ? AND (sent_at IS NULL OR error <> '')",
        (now, job_id, State.RECORDED),
    )
    return Turn.OUT if sent.rowcount else Turn.GONE


def _new_id(db: sqlite3.Connection) -> str:
    length = _SHORTEST_ID
    while True:
        new = secrets.choice(_LETTERS) + "".join(secrets.choice(_ALPHABET) for _ in range(length - 1))
        if not db.execute("SELECT 1 FROM jobs WHERE id = ?", (new,)).fetchone():
            return new
        length += 1
