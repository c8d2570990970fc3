from __future__ import annotations

import errno
import hashlib
import json
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import draft
from runcomfy_jupyter._domain.record import File
from runcomfy_jupyter._jobs.artifacts import Part, delivered, disk_errors, free_space
from runcomfy_jupyter._jobs.sidecar import describe
from runcomfy_jupyter.errors import DeliveryError, StorageError
from support.clips import CLIP

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def part_of(folder: Path, content: bytes, validator: str | None = '"v1"') -> Part:
    """Return a part that holds these bytes."""
    part = Part(folder / "videos" / "boat-abcd")
    with part.open(0, validator) as stream:
        stream.write(content)
    return part


def test_a_part_says_how_far_it_is(tmp_path: Path) -> None:
    """Its bytes count only together with the validator they came with."""
    part = Part(tmp_path / "videos" / "boat-abcd")
    assert part.so_far() == (0, None)
    part = part_of(tmp_path, b"12345")
    assert part.so_far() == (5, '"v1"')
    assert part_of(tmp_path, b"12345", None).so_far() == (0, None)
    assert part_of(tmp_path, b"").so_far() == (0, None)


@pytest.mark.parametrize("note", ["", "{", "[]", "null", '{"validator": 1}', '{"other": "x"}', "\udcff"])
def test_a_part_with_a_broken_note_is_begun_again(tmp_path: Path, note: str) -> None:
    """A note that a power cut left half written leads to a fresh start, not to a crash."""
    part = part_of(tmp_path, b"12345")
    (tmp_path / "videos" / "boat-abcd.part.json").write_bytes(note.encode("utf-8", "surrogateescape"))
    assert part.so_far() == (0, None)


def test_a_part_without_a_note_is_begun_again(tmp_path: Path) -> None:
    """Bytes of which nobody knows the version are not built upon."""
    part = part_of(tmp_path, b"12345")
    (tmp_path / "videos" / "boat-abcd.part.json").unlink()
    assert part.so_far() == (0, None)


def test_a_part_is_continued_where_it_was_left(tmp_path: Path) -> None:
    """What lies beyond the offset is dropped, and the validator stays."""
    part = part_of(tmp_path, b"1234567")
    with part.open(5, '"v1"') as stream:
        stream.write(b"89")
    assert part.path.read_bytes() == b"1234589"
    assert part.so_far() == (7, '"v1"')


def test_old_bytes_never_stand_beside_a_new_validator(tmp_path: Path) -> None:
    """Where a fresh start cannot write its note, the old bytes are gone already, so a kill mixes nothing."""
    part = part_of(tmp_path, b"12345")
    note = tmp_path / "videos" / "boat-abcd.part.json"
    note.unlink()
    note.mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        part.open(0, '"v2"')
    assert part.path.read_bytes() == b""


def test_a_dropped_part_leaves_nothing(tmp_path: Path) -> None:
    """Nor does it mind being dropped twice."""
    part = part_of(tmp_path, b"12345")
    part.drop()
    part.drop()
    assert list((tmp_path / "videos").iterdir()) == []


def test_a_whole_part_becomes_the_file(tmp_path: Path) -> None:
    """It gets its name and loses its note; what is returned is true of what is on disk."""
    file = part_of(tmp_path, CLIP).finish("application/octet-stream")
    path = tmp_path / "videos" / "boat-abcd.mp4"
    assert file == File(str(path), len(CLIP), hashlib.sha256(CLIP).hexdigest(), "video/mp4")
    assert path.read_bytes() == CLIP
    assert [found.name for found in path.parent.iterdir()] == ["boat-abcd.mp4"]


@pytest.mark.parametrize(
    ("content", "declared", "suffix"),
    [
        (PNG, "", ".png"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "video/mp4", ".jpg"),
        (b"GIF89a" + bytes(40), "", ".gif"),
        (b"RIFF\0\0\0\0WEBP" + bytes(40), "", ".webp"),
        (b"\x1aE\xdf\xa3" + bytes(40), "", ".webm"),
        (b"\0\0\0\x1cftypavif" + bytes(40), "", ".avif"),
        (b"fLaC" + bytes(40), "", ".flac"),
        (b"\0\0\0\x08wide" + bytes(40), "video/mp4", ".mp4"),
    ],
)
def test_the_bytes_decide_what_a_file_is(tmp_path: Path, content: bytes, declared: str, suffix: str) -> None:
    """The host's word counts only where the bytes are not known."""
    file = part_of(tmp_path, content).finish(declared)
    assert file.path.endswith(suffix)
    assert delivered(tmp_path / "videos" / "boat-abcd") == file


@pytest.mark.parametrize(
    ("content", "declared", "words"),
    [
        (b"<!DOCTYPE html><html>Sign in</html>", "video/mp4", "a web page or text"),
        (b"\n  <?xml version='1.0'?><Error/>", "video/mp4", "a web page or text"),
        (b'{"error": "expired"}', "video/mp4", "a web page or text"),
        (b"", "video/mp4", "something else"),
        (CLIP[:3], "video/mp4", "something else"),
        (CLIP[:15], "video/mp4", "something else"),
        (bytes(100), "", "something else"),
        (bytes(100), "text/html", "something else"),
    ],
)
def test_what_is_no_medium_never_gets_a_name(
    tmp_path: Path, content: bytes, declared: str, words: str
) -> None:
    """An error page under a video's type is refused in words, and stays a part."""
    with pytest.raises(DeliveryError, match=f"The host sent {words} in place of the file"):
        part_of(tmp_path, content).finish(declared)
    assert delivered(tmp_path / "videos" / "boat-abcd") is None


def test_what_has_its_name_is_delivered(tmp_path: Path) -> None:
    """A file that is there is measured again; without one, or without a folder, there is none."""
    stem = tmp_path / "videos" / "boat-abcd"
    assert delivered(stem) is None
    file = part_of(tmp_path, CLIP).finish("")
    assert delivered(stem) == file
    assert delivered(stem.with_name("boat-abcd-2")) is None


def test_the_sidecar_says_where_a_file_comes_from(tmp_path: Path) -> None:
    """Prompt, inputs, model, ids, times, cost and checksum; nothing half written stays beside it."""
    file = part_of(tmp_path, CLIP).finish("")
    known: dict[str, Any] = {"request_id": "r-1", "cost_usd": Decimal("0.4"), "accepted_at": 1_800_000_000.5}
    record = draft("Ein „Fuchs“ 🦊", id="abcd", **known)
    describe(record, file, "9.9")
    sidecar = tmp_path / "videos" / "boat-abcd.json"
    assert json.loads(sidecar.read_text(encoding="utf-8")) == {
        "file": "boat-abcd.mp4",
        "sha256": hashlib.sha256(CLIP).hexdigest(),
        "size": len(CLIP),
        "media_type": "video/mp4",
        "prompt": "Ein „Fuchs“ 🦊",
        "model": "openai/sora-2/text-to-video",
        "inputs": {"prompt": "Ein „Fuchs“ 🦊", "size": "1280x720", "seconds": 4},
        "base_url": "http://h/v1",
        "request_id": "r-1",
        "job": "abcd",
        "created_at": "2027-01-15T08:00:00.000+00:00",
        "accepted_at": "2027-01-15T08:00:00.500+00:00",
        "finished_at": None,
        "cost_usd": 0.4,
        "written_by": "runcomfy_jupyter 9.9",
    }
    assert "🦊" in sidecar.read_text(encoding="utf-8")
    assert sorted(found.name for found in sidecar.parent.iterdir()) == ["boat-abcd.json", "boat-abcd.mp4"]


def test_a_sidecar_is_replaced_whole(tmp_path: Path) -> None:
    """Where it cannot be written, the one that is there stays as it is."""
    file = part_of(tmp_path, CLIP).finish("")
    describe(draft("first"), file, "1")
    (tmp_path / "videos" / "boat-abcd.json.part").mkdir()
    with pytest.raises(IsADirectoryError):
        describe(draft("second"), file, "1")
    assert json.loads((tmp_path / "videos" / "boat-abcd.json").read_text())["prompt"] == "first"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_what_is_needed_and_what_is_there(tmp_path: Path, code: int) -> None:
    """The folder need not be there yet."""
    with pytest.raises(StorageError) as caught, disk_errors(tmp_path / "not" / "yet", 12_340_000):
        raise OSError(code, os.strerror(code))
    assert str(caught.value).startswith(f"The disk is full: {tmp_path}/not/yet needs 12.3 MB, ")
    assert str(caught.value).endswith(" MB are free. Make room.")
    assert free_space(tmp_path / "not" / "yet") > 0


def test_a_full_disk_is_said_without_a_size_too(tmp_path: Path) -> None:
    """Where nobody knows how much was to come, nothing is said of it."""
    said = pytest.raises(StorageError, match=r"The disk is full: \S+ \d+\.\d MB are free")
    with said, disk_errors(tmp_path, None):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_any_other_refusal_says_its_reason(tmp_path: Path) -> None:
    """It names the folder, the reason, and what to do."""
    with pytest.raises(StorageError) as caught, disk_errors(tmp_path, None):
        raise OSError(errno.EROFS, "Read-only file system")
    assert str(caught.value) == (
        f"{tmp_path} cannot be written: Read-only file system. Mend the folder, or work in another."
    )
