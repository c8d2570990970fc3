from __future__ import annotations

import shutil
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobs.stage import OPEN_AT_ONCE, OWNER, draft, put
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter.errors import StorageError
from support.children import child
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path


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


def test_a_ledger_that_is_locked_is_not_taken_for_a_broken_one(tmp_path: Path) -> None:
    """One that cannot even be opened in time is left where it is."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="database is locked"):
            Ledger(path, patience=0.05)
    assert [found.name for found in tmp_path.iterdir() if "unreadable" in found.name] == []
    Ledger(path).close()


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
