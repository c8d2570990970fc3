"""Ledgers with a past: finished jobs by the thousand, and unfinished ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import SORA_2, fingerprint
from runcomfy_jupyter._domain.record import File, Record
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.rows import to_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

NAME = "ledger.sqlite"
_LONG_AGO = 1_700_000_000.0
_LINE = 10.0


def write(home: Path, base: str, runs: Iterable[float], unfinished: Sequence[str] = ()) -> None:
    """Write a ledger into `home`: a finished job for each length of a run, then unfinished requests.

    `base`: the API's base, with its /v1; `unfinished`: the request ids of accepted jobs.
    """
    path = home / NAME
    Ledger(path).close()
    records = _records(str(home / "videos"), base, runs, unfinished)
    with closing(sqlite3.connect(path)) as db, db:
        for record in records:
            row = to_row(record)
            marks = ", ".join("?" * len(row))
            db.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608


def _records(save_dir: str, base: str, runs: Iterable[float], unfinished: Sequence[str]) -> Iterator[Record]:
    for n, run in enumerate(runs):
        began = _LONG_AGO + n
        file = File(f"{save_dir}/video-{n}.mp4", 4000, "0" * 64, "video/mp4")
        times = {"accepted_at": began, "started_at": began + _LINE, "finished_at": began + _LINE + run}
        yield _record(save_dir, base, n, State.SUCCEEDED, files=(file,), request_id=f"past-{n}", **times)
    for n, request_id in enumerate(unfinished):
        yield _record(
            save_dir, base, -1 - n, State.IN_QUEUE, request_id=request_id, accepted_at=_LONG_AGO + 10**7 + n
        )


def _record(save_dir: str, base: str, n: int, state: State, **facts: object) -> Record:
    inputs = {"prompt": f"Take {n}: a red panda surfs a long wave at dawn, the sea hissing under the board"}
    given: dict[str, object] = {
        "id": f"x{n}" if n >= 0 else f"y{-n}",
        "base_url": base,
        "model": SORA_2,
        "inputs": inputs,
        "fingerprint": fingerprint(base, SORA_2, inputs),
        "state": state,
        "save_dir": save_dir,
        "created_at": _LONG_AGO + abs(n),
        "sent_at": _LONG_AGO + abs(n),
    }
    return Record(**given | facts)  # type: ignore[arg-type] # a dict of facts
