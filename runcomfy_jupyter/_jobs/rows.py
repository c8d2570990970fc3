"""A record as a row of the ledger, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import File, Record

COLUMNS = (
    "id, base_url, model, inputs, fingerprint, state, save_dir, created_at, sent_at, request_id, "
    "accepted_at, started_at, finished_at, cost_usd, error, files, notebook"
)
# What may be noted of a job after it was recorded; the rest never changes.
FACTS = {"sent_at", "request_id", "accepted_at", "started_at", "finished_at", "cost_usd", "error", "files"}


def to_row(record: Record) -> dict[str, Any]:
    """Return the columns of a record."""
    return {
        "id": record.id,
        "base_url": record.base_url,
        "model": record.model,
        "inputs": json.dumps(dict(record.inputs)),
        "fingerprint": record.fingerprint,
        "state": record.state.value,
        "save_dir": record.save_dir,
        "created_at": record.created_at,
        "sent_at": record.sent_at,
        "request_id": record.request_id,
        "accepted_at": record.accepted_at,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "cost_usd": None if record.cost_usd is None else str(record.cost_usd),
        "error": record.error,
        "notebook": record.notebook,
        "files": json.dumps([asdict(file) for file in record.files]),
    }


def from_row(row: tuple[Any, ...]) -> Record:
    """Return the record of a row of `COLUMNS`."""
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values["inputs"] = json.loads(values["inputs"])
    values["state"] = State(values["state"])
    values["cost_usd"] = None if values["cost_usd"] is None else Decimal(values["cost_usd"])
    values["files"] = tuple(File(**file) for file in json.loads(values["files"]))
    return Record(**values)
