"""A kernel killed at a random instant, hundreds of times: nothing accepted is lost, nothing is sent twice."""

from __future__ import annotations

import collections
import hashlib
import json
import os
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from faults.checks import on
from faults.notebook import LOAD
from support.environment import homes, without_accounts
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.forks import ForkServer
    from support.sandbox import Sandbox

RUNS = int(os.environ.get("CRASH_RUNS", "220"))
AT_ONCE = 8
PATIENCE = 60.0
# A part of the requests meets a slow way to the service, and a part of the videos a slow way back, so that
# kills meet the sending and the download as often as the waiting.
SLOW = (
    on("submit", "slow", seconds=0.25, rate=0.3, seed=1),
    on("media", "trickle", bytes_per_second=1_500_000, rate=0.5, seed=2),
    on("media", "drop_mid_body", rate=0.1, seed=3),
)
LONGEST = 2.2


@dataclass(frozen=True, slots=True)
class Run:
    """One kernel's life: what it asks for, when it is killed, how it is taken up again."""

    number: int
    folder: Path
    kill_after: float
    again: str

    @property
    def cell(self) -> str:
        """The cell: each run has a prompt of its own."""
        return f"%%sora --seconds 4\nCrash {self.number}"

    @property
    def home(self) -> Path:
        """Its home: each run has a ledger of its own."""
        return self.folder / "home"

    def rows(self) -> list[dict[str, Any]]:
        """Return the jobs in its ledger."""
        path = self.home / "ledger" / "ledger.sqlite"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as db:
            db.row_factory = sqlite3.Row
            tables = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchall()
            return [dict(row) for row in db.execute("SELECT * FROM jobs")] if tables else []


@pytest.fixture(scope="module")
def busy_sandbox(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run a sandbox for many at once."""
    options = ("--workers", "16", "--queue-seconds", "0.2", "--run-seconds", "0.5", "--plain-clips")
    folder = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(folder, *options, "--media-dir", str(clips)) as running:
        running.misbehave(*SLOW)
        yield running


def live(forks: ForkServer, run: Run, sandbox: Sandbox, *cells: str, kill_after: float | None) -> str:
    """Run cells in a process until its end; return its output."""
    log = run.folder / f"{'killed' if kill_after is not None else 'resumed'}.log"
    order = {
        "kind": "shell",
        "variables": without_accounts(os.environ) | homes(run.home) | sandbox.variables,
        "folder": str(run.folder),
        "log": str(log),
        "cells": cells,
        "kill_after": kill_after,
    }
    process = forks.start(order)
    ended = process.ends(PATIENCE)
    process.close()
    assert ended, f"run {run.number} does not end: {log.read_text()}"
    return log.read_text()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found after one run was killed, and after it was taken up again."""

    run: Run
    before: str
    after: str
    request_id: str | None
    part: bool


def crash_and_resume(forks: ForkServer, run: Run, sandbox: Sandbox) -> Outcome:
    """Kill a kernel, look at its ledger, have a fresh one take the job up."""
    run.folder.mkdir()
    live(forks, run, sandbox, LOAD, run.cell, kill_after=run.kill_after)
    before = [row["state"] for row in run.rows()]
    part = any(run.folder.rglob("*.part"))
    shown = live(forks, run, sandbox, LOAD, run.again or run.cell, kill_after=None)
    rows = run.rows()
    assert len(rows) <= 1, shown
    after = rows[0]["state"] if rows else "nothing"
    if after == "succeeded":
        assert_delivered(run, rows[0])
    assert not list(run.folder.rglob("*.part*")), shown
    request = rows[0]["request_id"] if rows else None
    return Outcome(run, before[0] if before else "nothing", after, request, part)


def assert_delivered(run: Run, job: dict[str, Any]) -> None:
    """Look whether the file of a job is whole."""
    [file] = json.loads(job["files"])
    content = Path(file["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file["sha256"]
    assert len(content) == file["size"]
    assert json.loads(Path(file["path"]).with_suffix(".json").read_text())["request_id"] == job["request_id"]
    assert Path(file["path"]).is_relative_to(run.folder)


@pytest.mark.timeout(400)
def test_a_kill_at_any_instant_loses_nothing_and_sends_nothing_twice(
    fast_forks: ForkServer, busy_sandbox: Sandbox, tmp_path: Path, record_property: Any
) -> None:
    """Each accepted request is delivered, or unconfirmed where its id never came here; none is sent twice."""
    seed = int(os.environ.get("CRASH_SEED", random.SystemRandom().randrange(10**6)))
    chance = random.Random(seed)  # noqa: S311 - no secret hangs on it
    runs = [
        Run(number, tmp_path / str(number), chance.uniform(0, LONGEST), chance.choice(["%sora resume", ""]))
        for number in range(RUNS)
    ]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda run: crash_and_resume(fast_forks, run, busy_sandbox), runs))

    counts = collections.Counter((outcome.before, outcome.after) for outcome in outcomes)
    parts = sum(outcome.part for outcome in outcomes)
    told = ", ".join(f"{number} {before} → {after}" for (before, after), number in counts.most_common())
    record_property("crashes", told)
    print(f"{RUNS} kills, seed {seed}: {told}; a .part was met {parts} times")  # noqa: T201 - for the log
    sent = collections.defaultdict(list)
    for entry in busy_sandbox.journal():
        # One that was killed while it spoke has no body, and was not accepted.
        if entry["on"] == "submit" and (entry["body"] or entry["request_id"]):
            sent[entry["body"]["prompt"]].append(entry["request_id"])
    for outcome in outcomes:
        posts = sent.get(f"Crash {outcome.run.number}", [])
        assert len(posts) <= 1, (seed, outcome, posts)
        check(outcome, posts[0] if posts else None, seed)
    assert parts, "no kill met a download: the pace is wrong"
    assert {"recorded", "in_queue", "in_progress", "downloading"} <= {outcome.before for outcome in outcomes}


def check(outcome: Outcome, accepted: str | None, seed: int) -> None:
    """Compare what the server accepted with where the job ended."""
    context = (seed, outcome, accepted)
    if outcome.after == "succeeded":
        assert outcome.request_id == accepted, context
    elif outcome.after == "unconfirmed":
        assert outcome.request_id is None, context
    else:
        # Killed before a byte could leave: no job was recorded, or it is told as one that was never sent.
        assert outcome.after in {"nothing", "failed"}, context
        assert accepted is None, context
