from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._jobs.checkup import checkup
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a ledger's file, as one is begun."""
    Ledger(tmp_path / "ledger.sqlite").close()
    return tmp_path / "ledger.sqlite"


def fill(path: Path, number: int) -> None:
    """Put jobs into a ledger."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(
            "INSERT INTO jobs (id, base_url, model, inputs, fingerprint, state, save_dir, created_at, error) "
            "VALUES (?, 'u', 'm', '{}', 'f', 'failed', 's', 0, hex(randomblob(500)))",
            [(f"b{place}",) for place in range(number)],
        )


def test_a_sound_ledger_is_counted(path: Path) -> None:
    """It is told how many jobs it holds, while a kernel has it open, too."""
    assert checkup(path) == 0
    fill(path, 3)
    ledger = Ledger(path)
    assert checkup(path) == 3
    ledger.close()


def test_the_look_changes_nothing(path: Path) -> None:
    """Not a byte of the file."""
    fill(path, 3)
    before = path.read_bytes()
    checkup(path)
    assert path.read_bytes() == before


def test_a_file_that_was_only_just_made_is_sound(tmp_path: Path) -> None:
    """As another kernel leaves it for a moment."""
    (tmp_path / "ledger.sqlite").touch()
    assert checkup(tmp_path / "ledger.sqlite") == 0


def test_a_file_that_is_none_is_unreadable(tmp_path: Path) -> None:
    """It is told before it is set aside."""
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"something else " * 100)
    with pytest.raises(StorageError, match=r"cannot be read: file is not a database\. If you have a copy"):
        checkup(path)


def test_damage_inside_is_found(path: Path) -> None:
    """A page that was overwritten, although the ledger still opens."""
    fill(path, 400)
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(bytes(8192))
    with pytest.raises(StorageError, match="cannot be read"):
        checkup(path)


def test_a_ledger_without_jobs_table_is_no_ledger(path: Path) -> None:
    """Some other program's database is said to be unusable."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE jobs")
    with pytest.raises(StorageError, match="no such table"):
        checkup(path)


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    """The way out is an upgrade."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="pip install -U"):
        checkup(path)


def test_a_locked_ledger_is_said_so(path: Path) -> None:
    """It is waited for only so long."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"cannot be used: .*locked\. End what keeps it locked"):
            checkup(path, seconds=0.1)


def test_a_ledger_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """No file is made for the look."""
    with pytest.raises(StorageError, match="unable to open"):
        checkup(tmp_path / "ledger.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_large_ledger_is_looked_at_only_so_long(path: Path) -> None:
    """What was read until then is whole, and that is good enough."""
    fill(path, 3000)
    assert checkup(path, seconds=0) == 3000


def test_what_is_wrong_far_into_a_large_ledger_is_found_in_time(path: Path) -> None:
    """With time enough the look goes through all of it; without, it is not said to be unreadable."""
    fill(path, 3000)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA writable_schema = ON")
        loose = "UPDATE sqlite_schema SET sql = replace(sql, 'model TEXT NOT NULL', 'model TEXT         ')"
        db.execute(loose)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE jobs SET model = NULL WHERE id = 'b2999'")
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'model TEXT         ', 'model TEXT NOT NULL')"
        )
    assert checkup(path, seconds=0) == 3000
    with pytest.raises(StorageError, match=r"cannot be read: NULL value in jobs\.model"):
        checkup(path, seconds=60)
