"""A file on disk that is whole or not there: `.part`, checked, synced, renamed, described.

Beside `name.part` stands `name.part.json` while a download is under way: the validator
(`ETag` or `Last-Modified`) under which its bytes were sent, without which a rest must not be
joined to them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from runcomfy_jupyter._domain.media import HEAD_SIZE, KNOWN, MP4, MediaType, sniff
from runcomfy_jupyter._domain.record import File
from runcomfy_jupyter.errors import DeliveryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedRandom, BufferedReader

    from runcomfy_jupyter._domain.record import Record

_BOX_HEADER = 8
_LARGE_BOX_HEADER = 16
_MB = 1_000_000


@dataclass(slots=True)
class Part:
    """The bytes of one download so far. `stem` is the final path without its ending."""

    stem: Path

    @property
    def path(self) -> Path:
        """Where the bytes are until the file is whole."""
        return self.stem.with_name(self.stem.name + ".part")

    @property
    def _note(self) -> Path:
        return self.stem.with_name(self.stem.name + ".part.json")

    def so_far(self) -> tuple[int, str | None]:
        """Return how many bytes are here and under which validator; (0, None) to start over."""
        try:
            validator = json.loads(self._note.read_text(encoding="utf-8"))["validator"]
            size = self.path.stat().st_size
        except (OSError, ValueError, KeyError, TypeError):
            return 0, None
        return (size, validator) if isinstance(validator, str) and size else (0, None)

    def open(self, offset: int, validator: str | None) -> BinaryIO:
        """Open for writing from `offset`; what lay beyond it is dropped."""
        self.stem.parent.mkdir(parents=True, exist_ok=True)
        if offset == 0:
            self.path.write_bytes(b"")  # first: old bytes must never stand beside the new validator
            self._note.write_text(json.dumps({"validator": validator}), encoding="utf-8")
        stream = self.path.open("r+b")
        stream.truncate(offset)
        stream.seek(offset)
        return stream

    def drop(self) -> None:
        """Forget the bytes: they are not the beginning of what was wanted."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, declared: str) -> File:
        """Check the bytes, put them on the disk for good, give them their name.

        `declared`: the media type that the host named.
        """
        with self.path.open("r+b") as stream:  # Windows syncs only what may be written
            kind = _check(stream, declared)
            file = _measure(stream, self.stem.with_name(self.stem.name + kind.suffix), kind)
            os.fsync(stream.fileno())
        self.path.replace(file.path)
        self._note.unlink(missing_ok=True)
        _sync_folder(self.stem.parent)
        return file


def delivered(stem: Path) -> File | None:
    """Return the file that has this stem already: what has its final name is whole."""
    for kind in KNOWN:
        path = stem.with_name(stem.name + kind.suffix)
        with contextlib.suppress(FileNotFoundError), path.open("rb") as stream:
            return _measure(stream, path, kind)
    return None


def describe(record: Record, file: File, version: str) -> None:
    """Write the sidecar: where the file beside it comes from. Whole or not at all, too."""
    sidecar = Path(file.path).with_suffix(".json")
    facts: dict[str, Any] = {
        "file": Path(file.path).name,
        "sha256": file.sha256,
        "size": file.size,
        "media_type": file.media_type,
        "prompt": record.prompt,
        "model": record.model,
        "inputs": dict(record.inputs),
        "base_url": record.base_url,
        "request_id": record.request_id,
        "job": record.id,
        "created_at": _iso(record.created_at),
        "accepted_at": _iso(record.accepted_at),
        "finished_at": _iso(record.finished_at),
        "cost_usd": None if record.cost_usd is None else float(record.cost_usd),
        "written_by": f"runcomfy_jupyter {version}",
    }
    draft = sidecar.with_name(sidecar.name + ".part")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(facts, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(sidecar)


def free_space(folder: Path) -> int:
    """Return the bytes free where `folder` is, or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextlib.contextmanager
def disk_errors(folder: Path, needed: int | None) -> Iterator[None]:
    """Turn what the disk refuses into a `StorageError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            wants = f"needs {needed / _MB:.1f} MB, " if needed else ""
            message = f"The disk is full: {folder} {wants}{free_space(folder) / _MB:.1f} MB are free."
            raise StorageError(message, hint="Make room.") from error
        message = f"{folder} cannot be written: {error.strerror or error}."
        # A job keeps the folder that it was begun with: another one is for others.
        hint = "Mend the folder; %config Sora.save_dir names another for the jobs to come."
        raise StorageError(message, hint=hint) from error


def _measure(stream: BufferedReader | BufferedRandom, path: Path, kind: MediaType) -> File:
    stream.seek(0)
    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(str(path), stream.seek(0, os.SEEK_END), sha256, kind.name)


def _check(stream: BinaryIO, declared: str) -> MediaType:
    """Return the type of a whole file; raise `DeliveryError` for anything else."""
    head = stream.read(HEAD_SIZE)
    # No medium is so short; of its first bytes alone the host's word would be all there is.
    kind = sniff(head, declared) if len(head) == HEAD_SIZE else None
    if kind is None:
        what = "a web page or text" if head.lstrip()[:1] in (b"<", b"{") else "something else"
        message = f"The host sent {what} in place of a video."
        raise DeliveryError(message)
    if kind == MP4 and head[4:8] == b"ftyp" and _breaks_off(stream):
        message = "The host sent a video that breaks off."
        raise DeliveryError(message)
    return kind


def _breaks_off(stream: BinaryIO) -> bool:
    """Walk the top-level boxes (ISO/IEC 14496-12 §4.2): is the last one cut, `moov` or `mdat` missing?

    What follows the last readable box is let be: some encoders leave rubbish there.
    """
    size = stream.seek(0, os.SEEK_END)
    at, names = 0, set()
    while at + _BOX_HEADER <= size:
        stream.seek(at)
        header = stream.read(_LARGE_BOX_HEADER)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:  # "to the end of the file"
            length = size - at
        if length < _BOX_HEADER:
            break
        names.add(header[4:8])
        at += length
    return at > size or not {b"moov", b"mdat"} <= names


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where folders can be synced at all (not on Windows)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _iso(seconds: float | None) -> str | None:
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    )
