from __future__ import annotations

import stat
from pathlib import Path

import pytest

from runcomfy_jupyter._jobs.owners import Owner, lives
from runcomfy_jupyter.errors import StorageError
from support.children import child

READ_ONLY = Path("/proc/self")
OWN = """
import os, sys, threading
from pathlib import Path
from runcomfy_jupyter._jobs.owners import Owner
owner = Owner(Path(sys.argv[1]))
print(owner.name, flush=True)
word = sys.stdin.readline().strip()
if word == "leave":
    leaving = threading.Thread(target=owner.leave)
    leaving.start()
    leaving.join()
    print("left", flush=True)
    sys.stdin.readline()
if word == "die":
    os._exit(1)
"""


def test_a_process_lives_until_it_is_killed(tmp_path: Path) -> None:
    """`kill -9` is enough: no clean-up, no clock; and nothing of the dead stays behind."""
    with child(OWN, str(tmp_path)) as other:
        name = other.hear()
        assert lives(tmp_path, name)
        assert lives(tmp_path, name)
        other.kill()
        assert not lives(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["end", "die"])
def test_a_process_that_ends_lives_no_longer(tmp_path: Path, word: str) -> None:
    """However it ends: by itself, or on the spot."""
    with child(OWN, str(tmp_path)) as other:
        name = other.hear()
        other.tell(word)
        other.process.wait(20)
        assert not lives(tmp_path, name)


def test_an_owner_can_leave_before_its_process_ends(tmp_path: Path) -> None:
    """Another thread than the one that began may let go, too."""
    with child(OWN, str(tmp_path)) as other:
        name = other.hear()
        other.tell("leave")
        assert other.hear() == "left"
        assert not lives(tmp_path, name)


def test_two_owners_of_one_process_are_told_apart(tmp_path: Path) -> None:
    """Each has a name of its own, lives for itself and for others, and is dead once it has left."""
    mine, other = Owner(tmp_path / "kernels"), Owner(tmp_path / "kernels")
    assert mine.name != other.name
    assert mine.lives(mine.name)
    assert mine.lives(other.name)
    other.leave()
    assert not mine.lives(other.name)
    assert mine.lives(mine.name)
    mine.leave()
    assert not mine.lives(mine.name)
    assert list((tmp_path / "kernels").iterdir()) == []


def test_nobody_and_strangers_are_dead(tmp_path: Path) -> None:
    """A job without an owner, or with one that nothing is known of, may be taken over."""
    assert not lives(tmp_path, None)
    assert not lives(tmp_path, "1-stranger")
    assert not lives(tmp_path / "no such folder", "1-stranger")


def test_the_folder_is_the_users_alone(tmp_path: Path) -> None:
    """It is made when it is missing, and nobody else may look into it."""
    owner = Owner(tmp_path / "kernels")
    assert stat.S_IMODE((tmp_path / "kernels").stat().st_mode) == 0o700
    owner.leave()


def test_a_folder_that_cannot_be_is_said_so(tmp_path: Path) -> None:
    """A file in its place is an error of the disk, in words."""
    (tmp_path / "kernels").write_text("a file")
    with pytest.raises(StorageError, match=r"cannot be used.*RUNCOMFY_JUPYTER_HOME"):
        Owner(tmp_path / "kernels")


@pytest.mark.skipif(not READ_ONLY.exists(), reason="only Linux has a folder that refuses even root")
def test_a_lock_that_cannot_be_made_is_said_so() -> None:
    """The same where the folder is there, but takes no files."""
    with pytest.raises(StorageError, match="cannot be used"):
        Owner(READ_ONLY)
