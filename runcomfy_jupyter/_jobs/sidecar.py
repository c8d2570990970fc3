"""What stands beside a delivered file: where it comes from, as JSON."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import File, Record


def describe(record: Record, file: File, version: str) -> None:
    """Write the sidecar of a file. Whole or not at all, like the file."""
    facts: dict[str, Any] = {
        "file": Path(file.path).name,
        "sha256": file.sha256,
        "size": file.size,
        "media_type": file.media_type,
        "prompt": record.prompt,
        "model": record.model,
        "inputs": dict(record.inputs),
        "base_url": record.base_url,
        "request_id": record.request_id,
        "job": record.id,
        "created_at": _iso(record.created_at),
        "accepted_at": _iso(record.accepted_at),
        "finished_at": _iso(record.finished_at),
        "cost_usd": None if record.cost_usd is None else float(record.cost_usd),
        "written_by": f"runcomfy_jupyter {version}",
    }
    sidecar = sidecar_of(file)
    draft = sidecar.with_name(sidecar.name + ".part")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(facts, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(sidecar)


def sidecar_of(file: File) -> Path:
    """Return where the description of a file is."""
    return Path(file.path).with_suffix(".json")


def _iso(seconds: float | None) -> str | None:
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    )
