"""Jobs in every state, as the ledger would hold them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import SORA_2
from runcomfy_jupyter._domain.record import File, Record

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_750_000_000.0
PROMPT = "A red panda surfs a long wave"


def job(state: State, **facts: Any) -> Record:
    """Return a job that was recorded a minute ago and accepted ten seconds later."""
    record = Record(
        id="k3f9",
        base_url="https://model-api.runcomfy.net/v1",
        model=SORA_2,
        inputs={"prompt": PROMPT, "size": "1280x720", "seconds": 8},
        fingerprint="0" * 64,
        state=state,
        save_dir="videos",
        created_at=NOW - 60,
        sent_at=NOW - 60,
        request_id="request-1",
        accepted_at=NOW - 50,
    )
    return replace(record, **facts)


def finished(path: Path, content: bytes = b"video", media_type: str = "video/mp4", **facts: Any) -> Record:
    """Return a job whose file has just been written to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    file = File(str(path), len(content), "0" * 64, media_type)
    return job(State.SUCCEEDED, **{"files": (file,), "finished_at": NOW - 5} | facts)
