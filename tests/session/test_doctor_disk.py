from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.forks import can_mount
from runcomfy_jupyter import settings
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import disk
from session.findings import bad

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session

pytestmark = pytest.mark.usefixtures("account_told")
READ_ONLY = Path("/proc/self")
UNSHARE = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-Urm"]
FOLDERS = """
from runcomfy_jupyter._session.doctor import disk
from runcomfy_jupyter._session.session import Session
session = Session()
for check in (*disk.ledger(session), *disk.videos(session)):
    print(check.kind.value, check.found)
"""
only_linux = pytest.mark.skipif(
    not READ_ONLY.exists(), reason="only Linux has a folder that refuses even root"
)


@only_linux
def test_a_ledger_folder_that_takes_no_files_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set-up 8: the folder, the reason and the variable that names another."""
    monkeypatch.setenv("RUNCOMFY_JUPYTER_HOME", str(READ_ONLY / "ledger"))
    found = bad(session)["Ledger"]
    assert found.startswith(f"the ledger's folder {READ_ONLY / 'ledger'} takes no files (")
    assert "RUNCOMFY_JUPYTER_HOME" in found


@pytest.mark.skipif(not can_mount(), reason="this machine does not let a test mount a disk")
def test_a_full_disk_is_found(tmp_path: Path) -> None:
    """A full disk still takes an empty file: more than that is tried, for the ledger and the videos."""
    disk_of_its_own = tmp_path / "disk"
    disk_of_its_own.mkdir()
    steps = (
        'mount -t tmpfs -o size=128k none "$1" && cd "$1" && head -c 262144 /dev/zero > ballast 2> /dev/null',
        'touch empty && RUNCOMFY_JUPYTER_HOME="$1/ledger" exec "$2" -c "$3"',
    )
    words = [*UNSHARE, "sh", "-c", "; ".join(steps), "sh", str(disk_of_its_own), sys.executable, FOLDERS]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    ledger, videos = done.stdout.splitlines()
    assert ledger.startswith(
        f"bad the ledger's folder {disk_of_its_own / 'ledger'} takes no files (No space left"
    )
    assert videos.startswith(f"bad {disk_of_its_own / 'videos'} takes no files (No space left on device)")


def test_a_file_in_place_of_the_ledgers_folder_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where a file stands in its way."""
    Path("in-the-way").write_text("a file")
    monkeypatch.setenv("RUNCOMFY_JUPYTER_HOME", str(Path("in-the-way/ledger").absolute()))
    assert "takes no files (Not a directory)" in bad(session)["Ledger"]


def test_an_unreadable_ledger_is_found(session: Session) -> None:
    """Set-up 9: it is told while a copy can still be put in its place."""
    ledger = settings.home() / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database " * 1000)
    found = bad(session)["Ledger"]
    assert found.startswith(f"The ledger {ledger} cannot be read: file is not a database.")
    assert "put it back now" in found
    assert ledger.read_bytes().startswith(b"no database")


def test_a_ledger_that_was_set_aside_is_found(session: Session) -> None:
    """What was paid before is in the old file alone: the newest is told for as long as it lies there."""
    settings.home().mkdir(parents=True)
    for number in (1, 9, 10):
        (settings.home() / f"ledger.unreadable-{number}.sqlite").write_bytes(b"no database")
    _, check = disk.ledger(session)
    assert check.kind is Kind.CARE
    assert "ledger.unreadable-10.sqlite" in check.found
    assert "paid anew" in check.todo


def test_a_ledger_of_a_newer_version_is_found(session: Session) -> None:
    """It is not ours to write into."""
    session.submit("A boat").wait(20)
    with closing(sqlite3.connect(session.ledger.path)) as db:
        db.execute("PRAGMA user_version = 99")
    assert "pip install -U runcomfy_jupyter" in bad(session)["Ledger"]


def test_a_locked_ledger_is_found(session: Session) -> None:
    """What holds it is to be ended: nothing can be sent until then."""
    session.submit("A boat").wait(20)
    with closing(sqlite3.connect(session.ledger.path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        found = bad(session)["Ledger"]
    assert "cannot be used: database is locked." in found
    assert "End what keeps it locked" in found


def test_a_sound_ledger_is_told_with_its_jobs(session: Session) -> None:
    """Its path, and how many jobs it holds."""
    session.submit("A boat").wait(20)
    [check] = disk.ledger(session)
    assert check.kind is Kind.GOOD
    assert check.found.startswith(f"{session.ledger.path} is whole, with 1 job")


@only_linux
def test_a_video_folder_that_takes_no_files_is_found(session: Session) -> None:
    """Set-up 10: the folder, the reason and the setting that names another."""
    session.options.save_dir = str(READ_ONLY / "videos")
    found = bad(session)["Video folder"]
    assert found.startswith(f"{READ_ONLY / 'videos'} takes no files (")
    assert "%config Sora.save_dir" in found


def test_a_working_folder_that_is_gone_is_found(session: Session, home: Path) -> None:
    """The kernel has to go elsewhere."""
    gone = home / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    [check] = disk.videos(session)
    assert check.kind is Kind.BAD
    assert "os.chdir" in check.todo


def test_little_room_is_told(home: Path) -> None:
    """A disk that hardly holds a video is named before it is full."""
    room = os.statvfs(home)
    free = room.f_bavail * room.f_frsize
    sound = disk.with_room("Video folder", "here", home, least=free // 2)
    assert (sound.kind, sound.found) == (Kind.GOOD, "here")
    tight = disk.with_room("Video folder", "here", home, least=free * 2)
    assert tight.kind is Kind.CARE
    assert tight.found.endswith(" MB free")
    assert "Make room" in tight.todo
