from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import OWNER, draft, put
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.migrations import STEPS
from runcomfy_jupyter.errors import StorageError
from support.children import child, run
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from jobs.stage import draft, OWNER
from runcomfy_jupyter._jobs.ledger import Ledger
record, _ = Ledger(Path(sys.argv[1])).begin(draft(), owner=OWNER)
print(record.id, flush=True)
os._exit(0)
"""
OPEN_AT_ONCE = """
import sys
from pathlib import Path
from jobs.stage import draft, OWNER
from runcomfy_jupyter._jobs.ledger import Ledger
print("ready", flush=True)
sys.stdin.readline()
ledger = Ledger(Path(sys.argv[1]))
ledger.begin(draft(), owner=OWNER, again=True)
print(ledger.set_aside, flush=True)
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


@pytest.mark.parametrize("rubbish", [b"no database, but long enough for one" * 100, b"\0" * 5000])
def test_a_ledger_that_cannot_be_read_is_kept_and_begun_anew(tmp_path: Path, rubbish: bytes) -> None:
    """It is set aside under a name that is said, byte for byte; a second one gets a name of its own."""
    path = tmp_path / "ledger.sqlite"
    for number in (1, 2):
        path.write_bytes(rubbish)
        with closing(Ledger(path)) as ledger:
            aside = tmp_path / f"ledger.unreadable-{number}.sqlite"
            assert ledger.set_aside == aside
            assert aside.read_bytes() == rubbish
            assert ledger.begin(draft(), owner=OWNER)[1]
        path.unlink()


def test_a_ledger_with_broken_pages_is_kept(tmp_path: Path) -> None:
    """A file that begins like a ledger but is damaged inside is set aside as well."""
    path = tmp_path / "ledger.sqlite"
    with closing(Ledger(path)) as ledger:
        put(ledger, State.IN_QUEUE)
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with closing(Ledger(path)) as ledger:
        assert ledger.set_aside is not None
        assert ledger.newest() == []


def test_kernels_that_find_it_broken_at_once_agree_on_the_new_one(tmp_path: Path) -> None:
    """One of them sets it aside; the others must not set the new one aside in turn."""
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database" * 1000)
    with child(OPEN_AT_ONCE, str(path)) as a, child(OPEN_AT_ONCE, str(path)) as b:
        assert (a.hear(), b.hear()) == ("ready", "ready")
        a.tell()
        b.tell()
        assert {a.hear(), b.hear()} == {"None", str(tmp_path / "ledger.unreadable-1.sqlite")}
    with closing(Ledger(path)) as ledger:
        assert len(ledger.newest()) == 2


def test_a_ledger_that_stays_locked_is_said_so(ledger: Ledger) -> None:
    """Patience has an end, with the file's name, the reason and a way out; then it works again."""
    record = put(ledger, State.IN_QUEUE)
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError) as caught:
            ledger.move(record.id, State.IN_PROGRESS)
        assert str(ledger.path) in str(caught.value)
        assert "database is locked. End what keeps it locked, or name another folder by" in str(caught.value)
        assert ledger.get(record.id) == record
        other.execute("ROLLBACK")
    assert ledger.move(record.id, State.IN_PROGRESS).state is State.IN_PROGRESS


def test_an_interrupt_that_comes_with_the_lock_lets_go_of_it(tmp_path: Path) -> None:
    """A user who interrupts a cell that waits for the ledger's lock keeps nobody out afterwards."""
    path, waits = tmp_path / "ledger.sqlite", threading.Event()
    me = threading.get_ident()

    def interrupt(holder: sqlite3.Connection) -> None:
        assert waits.wait(10)
        eventually(lambda: sys._current_frames()[me].f_code.co_name == "_transaction")
        signal.pthread_kill(me, signal.SIGINT)
        holder.execute("ROLLBACK")

    with (
        closing(Ledger(path, patience=20)) as ledger,
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder,
    ):
        holder.execute("BEGIN IMMEDIATE")
        ledger._db.set_trace_callback(lambda _: waits.set())
        other = threading.Thread(target=interrupt, args=(holder,))
        other.start()
        with pytest.raises(KeyboardInterrupt):
            ledger.begin(draft(), owner=OWNER)
        other.join()
        holder.execute("BEGIN IMMEDIATE")
        holder.execute("ROLLBACK")
        assert ledger.newest() == []
        assert ledger.begin(draft(), owner=OWNER)[1]


def test_a_home_that_cannot_be_is_said_so(tmp_path: Path) -> None:
    """A file where the folder should be is an error of the disk, in words."""
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageError, match=r"home.*cannot be used.*RUNCOMFY_JUPYTER_HOME"):
        Ledger(tmp_path / "home" / "ledger.sqlite")


def test_a_folder_moved_away_is_said_so(ledger: Ledger) -> None:
    """Writing to a ledger whose folder is gone does not go on as if nothing were."""
    put(ledger, State.IN_QUEUE)
    ledger.close()
    shutil.rmtree(ledger.path.parent)
    with pytest.raises(StorageError):
        ledger.newest()
