"""A record as a row of the ledger, and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.lifecycle import State, move
from runcomfy_jupyter._domain.past import Past
from runcomfy_jupyter._domain.record import File, Record, Times

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

_NAMES = tuple(field.name for field in fields(Record) if field.name != "live")
COLUMNS = ", ".join(_NAMES)
# What may be noted of a job after it was recorded; the rest never changes.
_FACTS = {
    "sent_at",
    "request_id",
    "accepted_at",
    "started_at",
    "finished_at",
    "seen_late",
    "gone_at",
    "cost_usd",
    "error",
    "files",
    "save_dir",
}


def to_row(record: Record) -> dict[str, Any]:
    """Return the columns of a record."""
    told = {name: getattr(record, name) for name in _NAMES}
    return told | {
        "inputs": json.dumps(dict(record.inputs)),
        "state": record.state.value,
        "seen_late": int(record.seen_late),
        "estimate_usd": _digits(record.estimate_usd),
        "cost_usd": _digits(record.cost_usd),
        "files": json.dumps([asdict(file) for file in record.files]),
    }


def from_row(row: tuple[Any, ...]) -> Record:
    """Return the record of a row of `COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    values["inputs"] = json.loads(values["inputs"])
    values["state"] = State(values["state"])
    for money in ("cost_usd", "estimate_usd"):
        values[money] = None if values[money] is None else Decimal(values[money])
    values["seen_late"] = bool(values["seen_late"])
    values["files"] = tuple(File(**file) for file in json.loads(values["files"]))
    return Record(**values)


def _digits(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def select(db: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> list[Record]:
    """Return the jobs that a clause finds."""
    return [from_row(row) for row in db.execute(f"SELECT {COLUMNS} FROM jobs {where}", values)]  # noqa: S608


def change(db: sqlite3.Connection, record: Record, to: State, facts: Mapping[str, Any]) -> Record:
    """Move a job to a state that may follow its own, or leave it in its own, and note facts."""
    if unknown := facts.keys() - _FACTS:
        message = f"the ledger has no such columns: {sorted(unknown)}"
        raise TypeError(message)
    state = to if to is record.state else move(record.state, to)
    record = replace(record, state=state, **facts)
    row = to_row(record)
    names = ["state", *facts]
    assignments = ", ".join(f"{name} = ?" for name in names)
    db.execute(
        f"UPDATE jobs SET {assignments} WHERE id = ?",  # noqa: S608 - our own column names
        (*(row[name] for name in names), record.id),
    )
    return record


def past(db: sqlite3.Connection, model: str, base_url: str, limit: int) -> list[Past]:
    """Return how long the newest succeeded jobs took; of each no more is read than that takes."""
    # A window over the index first: however many jobs there are elsewhere, so many are looked at.
    rows = db.execute(
        "SELECT base_url, inputs, accepted_at, started_at, finished_at, seen_late FROM jobs "
        "WHERE model = ? AND state = ? ORDER BY seq DESC LIMIT ?",
        (model, State.SUCCEEDED, limit),
    )
    known = ((inputs, Times(*times)) for base, inputs, *times in rows if base == base_url)
    return [Past(json.loads(inputs), one.took, one.ran) for inputs, one in known if one.took and one.ran]


def marks(values: tuple[Any, ...]) -> str:
    """Return as many question marks as there are values."""
    return ", ".join("?" * len(values))
