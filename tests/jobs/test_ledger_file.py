from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import OPEN_AT_ONCE, draft, put
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.migrations import STEPS
from runcomfy_jupyter.errors import StorageError
from support.children import child, run

if TYPE_CHECKING:
    from pathlib import Path

WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from jobs.stage import OPEN_AT_ONCE, draft, OWNER
from runcomfy_jupyter._jobs.ledger import Ledger
record, _ = Ledger(Path(sys.argv[1])).begin(draft(), owner=OWNER)
print(record.id, flush=True)
os._exit(0)
"""


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """The file, what SQLite puts beside it, and the folder are the user's alone, whatever the umask says."""
    old = os.umask(0)
    try:
        ledger = Ledger(tmp_path / "home" / "ledger.sqlite")
        put(ledger, State.IN_QUEUE)
        found = {path.name: mode(path) for path in (tmp_path / "home").iterdir()}
    finally:
        os.umask(old)
    ledger.close()
    assert set(found) >= {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}
    assert set(found.values()) == {0o600}
    assert mode(tmp_path / "home") == 0o700


def test_another_kernel_sees_a_write_at_once(ledger: Ledger) -> None:
    """A second connection reads what the first has written, and the other way round."""
    record = put(ledger, State.IN_QUEUE)
    with closing(Ledger(ledger.path)) as other:
        assert other.get(record.id) == record
        moved = other.move(record.id, State.IN_PROGRESS)
        assert ledger.get(record.id) == moved


def test_a_process_that_dies_leaves_what_it_wrote(tmp_path: Path) -> None:
    """An intent outlives a process that ends on the next instruction, with nothing closed."""
    path = tmp_path / "ledger.sqlite"
    job_id = run(WRITE_AND_DIE, str(path)).strip()
    with closing(Ledger(path)) as ledger:
        assert ledger.set_aside is None
        assert ledger.get(job_id).prompt == draft().prompt


def test_a_power_cut_is_thought_of(ledger: Ledger) -> None:
    """Every write reaches the disk before anything else happens: WAL, and a sync for each transaction."""
    assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_empty_file_becomes_a_ledger_once(tmp_path: Path) -> None:
    """Opening twice brings it up to date once, and keeps what is in it."""
    path = tmp_path / "ledger.sqlite"
    path.touch()
    with closing(Ledger(path)) as first:
        record = put(first, State.IN_QUEUE)
    with closing(Ledger(path)) as second:
        assert second._db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert second.newest() == [record]


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_an_older_ledger_is_brought_up_to_date(tmp_path: Path, done: int) -> None:
    """What is in it stays, whichever version wrote it; kernels that come at once do it once."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        for step in STEPS[:done]:
            step(db)
        db.execute(f"PRAGMA user_version = {done}")
        if done:
            columns = [row[1] for row in db.execute("PRAGMA table_info(jobs)")][1:]
            values: dict[str, Any] = dict.fromkeys(columns, 1) | {
                "id": "abcd",
                "state": "in_queue",
                "inputs": "{}",
            }
            values |= {"request_id": "r-1", "error": "", "files": "[]", "cost_usd": None}
            marks = ", ".join("?" * len(columns))
            db.execute(f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({marks})", [*values.values()])  # noqa: S608
            db.commit()
    with child(OPEN_AT_ONCE, str(path)) as a, child(OPEN_AT_ONCE, str(path)) as b:
        assert (a.hear(), b.hear()) == ("ready", "ready")
        a.tell()
        b.tell()
        assert {a.hear(), b.hear()} == {"None"}
    with closing(Ledger(path)) as ledger:
        assert len(ledger.newest()) == (3 if done else 2)
        assert not done or ledger.get("r-1").id == "abcd"


def test_many_kernels_may_begin_it_at_once(tmp_path: Path) -> None:
    """Four processes that open a ledger that is not there yet all write to the same one."""
    path = tmp_path / "home" / "ledger.sqlite"
    with (
        child(OPEN_AT_ONCE, str(path)) as a,
        child(OPEN_AT_ONCE, str(path)) as b,
        child(OPEN_AT_ONCE, str(path)) as c,
        child(OPEN_AT_ONCE, str(path)) as d,
    ):
        everyone = (a, b, c, d)
        assert {one.hear() for one in everyone} == {"ready"}
        for one in everyone:
            one.tell()
        assert {one.hear() for one in everyone} == {"None"}
    with closing(Ledger(path)) as ledger:
        assert len(ledger.newest()) == 4


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    """A version that this one does not know is refused in words, and neither changed nor set aside."""
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer runcomfy_jupyter than this one\. Upgrade with pip"):
        Ledger(path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir() if "unreadable" in found.name] == []


def test_a_ledger_that_is_gone_takes_no_intent(tmp_path: Path) -> None:
    """What is written to a deleted file would be gone with the process: so nothing may be sent."""
    ledger = Ledger(tmp_path / "home" / "ledger.sqlite")
    ledger.path.unlink()
    with pytest.raises(StorageError, match=r"moved or deleted while it was in use\. Put it back, or restart"):
        ledger.begin(draft(), owner="me")
    ledger.close()


def test_what_a_deleted_ledger_leaves_behind_is_set_aside(tmp_path: Path) -> None:
    """Its neighbours alone fit no new ledger; they are kept, and a new one is begun."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "ledger.sqlite-wal").write_bytes(b"rest")
    ledger = Ledger(home / "ledger.sqlite")
    assert ledger.newest() == []
    assert [path.read_bytes() for path in home.glob("*unreadable*-wal")] == [b"rest"]
    ledger.close()
