"""Fault 6, continued: the ledger cannot be read, or is locked for long; the clock jumps."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from faults.checks import CELL, WHOLE, Expected, on, words
from faults.notebook import LOAD
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from faults.notebook import Notebook
    from support.sandbox import Sandbox

NOT_SENT = "Nothing was sent."
RUNS_ON = on("status", "word", word="in_progress")
DAY = 86_400


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"this is no ledger " * 500),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * (path.stat().st_size - 4096)),
    ],
    ids=["overwritten", "cut short", "its pages are noise"],
)
def test_a_ledger_that_cannot_be_read(
    notebook: Notebook, sandbox: Sandbox, harm: Callable[[Path], object]
) -> None:
    """It is set aside, never deleted, which is said; a new one is begun and the cell works."""
    notebook.run("%%sora\nEarlier")
    eventually(lambda: [row["state"] for row in notebook.rows()] == ["succeeded"], what="an earlier job")
    notebook.close()
    ledger = notebook.home / "ledger" / "ledger.sqlite"
    harm(ledger)
    broken = ledger.read_bytes()

    loaded = notebook.start(load=False).run(LOAD)
    cell = notebook.run(CELL)

    told = words(loaded) + words(cell)
    assert cell.status == "ok", told
    aside = ledger.with_name("ledger.unreadable-1.sqlite")
    assert aside.read_bytes() == broken
    assert str(aside) in told
    assert "a new one is begun" in told
    notebook.rests("succeeded")
    assert len(sandbox.submissions()) == 2


def test_a_ledger_locked_for_long(notebook: Notebook, sandbox: Sandbox) -> None:
    """A lock that stays keeps the request unsent; once it is gone the same cell works."""
    notebook.run("%%sora --no-wait\nEarlier")
    eventually(lambda: [row["state"] for row in notebook.rows()] == ["succeeded"], what="an earlier job")
    with closing(sqlite3.connect(notebook.home / "ledger" / "ledger.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        cell = notebook.run(CELL)
        db.execute("ROLLBACK")

    assert cell.status == "error"
    assert "database is locked" in words(cell)
    assert NOT_SENT in words(cell)
    assert len(sandbox.submissions()) == 1
    assert notebook.run(CELL).status == "ok"


def test_a_ledger_locked_when_the_answer_comes(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """The request id is shown while it cannot be written down, and written as soon as it can."""
    sandbox.misbehave(on("submit", "slow", seconds=1.5))
    cell = notebook.kernel.submit(CELL)
    eventually(sandbox.submissions, what="it is being sent")
    with closing(sqlite3.connect(notebook.home / "ledger" / "ledger.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        kernel = notebook.kernel
        eventually(lambda: kernel.has_said("Until it can: the request id is "), 30, what="the id is said")
        assert notebook.job()["request_id"] is None
        db.execute("ROLLBACK")

    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    assert cell.finish().status == "ok"


def test_a_clock_that_jumped_back(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """A job begun by a clock that was a day ahead goes on, and no card tells of negative times."""
    sandbox.misbehave(RUNS_ON)
    notebook.run(CELL)
    eventually(lambda: notebook.job()["state"] == "in_progress", what="it is in progress")
    notebook.kill()
    with closing(sqlite3.connect(notebook.home / "ledger" / "ledger.sqlite")) as db, db:
        moved = ", ".join(f"{name} = {name} + {DAY}" for name in ("created_at", "sent_at", "accepted_at"))
        db.execute(f"UPDATE jobs SET {moved}, started_at = started_at + {DAY}")  # noqa: S608 - our own names
    sandbox.misbehave()

    cell = notebook.run("%sora resume")

    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    assert "made in" not in words(cell)
    same = notebook.run(CELL)
    Expected("succeeded", posts=1, disk=WHOLE, says=("Shown from your ledger",)).check(
        same, notebook, sandbox, clips
    )
    assert "-" not in words(same).partition("videos/")[0].replace("--again", "")
    assert "just now" in words(notebook.run("%sora jobs"))
