"""A file on disk that is whole or not there: `.part`, checked, synced, renamed, described.

Beside `name.part` stands `name.part.json` while a download is under way: the validator
(`ETag` or `Last-Modified`) under which its bytes were sent, without which a rest must not be
joined to them, and how many there are in all.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from runcomfy_jupyter._domain.media import HEAD_SIZE, KNOWN, M4A, MP4, MediaType, sniff
from runcomfy_jupyter._domain.record import File
from runcomfy_jupyter.errors import DeliveryError, StorageError
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedRandom, BufferedReader

_BOX_HEADER = 8
_LARGE_BOX_HEADER = 16
_MB = 1_000_000
# With less, not even a short clip fits.
_LEAST_FREE = 5 * _MB


@dataclass(slots=True)
class Part:
    """The bytes of one download so far. `stem` is the final path without its ending."""

    stem: Path
    # Of the bytes that this process has written, from the first one on.
    _digest: _Digest | None = field(default=None, init=False)

    @property
    def path(self) -> Path:
        """Where the bytes are until the file is whole."""
        return self.stem.with_name(self.stem.name + ".part")

    @property
    def _note(self) -> Path:
        return self.stem.with_name(self.stem.name + ".part.json")

    def so_far(self) -> tuple[int, str | None]:
        """Return how many bytes are here and under which validator; (0, None) to start over."""
        validator = self._noted().get("validator")
        size = self._size()
        return (size, validator) if isinstance(validator, str) and size else (0, None)

    def whole(self) -> str | None:
        """Return the media type that the host named if all bytes are here already, else None."""
        total = self._noted().get("total")
        return self.media_type() if total and total == self._size() else None

    def media_type(self) -> str:
        """Return the media type that the host named when the download began."""
        return str(self._noted().get("media_type", ""))

    def open(
        self, offset: int, validator: str | None, *, total: int | None = None, media_type: str = ""
    ) -> BinaryIO:
        """Open for `write` from `offset` on; what lay beyond it is dropped."""
        self.stem.parent.mkdir(parents=True, exist_ok=True)
        if offset == 0:
            self.path.write_bytes(b"")  # first: old bytes must never stand beside the new validator
            note = {"validator": validator, "total": total, "media_type": media_type}
            self._note.write_text(json.dumps(note), encoding="utf-8")
            self._digest = _Digest()
        os.truncate(self.path, offset)
        return self.path.open("ab")

    def write(self, stream: BinaryIO, chunks: Iterable[bytes]) -> None:
        """Append to what `open` returned."""
        block = b"".join(chunks)
        stream.write(block)
        if self._digest:
            self._digest.add(block)

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
            path = self.stem.with_name(self.stem.name + kind.suffix)
            file = _measure(stream, path, kind, self._digest)
            os.fsync(stream.fileno())
        self.path.replace(file.path)
        self._note.unlink(missing_ok=True)
        _sync_folder(self.stem.parent)
        return file

    def _noted(self) -> dict[str, Any]:
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


def delivered(stem: Path) -> File | None:
    """Return the file that has this stem already: what has its final name is whole."""
    for kind in KNOWN:
        path = stem.with_name(stem.name + kind.suffix)
        with contextlib.suppress(FileNotFoundError), path.open("rb") as stream:
            return _measure(stream, path, kind)
    return None


def try_folder(folder: Path, *, least: int = _LEAST_FREE) -> None:
    """Make sure that a folder takes files, with room for `least` bytes; raise `StorageError` otherwise."""
    with disk_errors(folder, None):
        folder.mkdir(parents=True, exist_ok=True)
        # What may be written is known only by writing; a file without a name outlives no kill.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0")
            probe.flush()
        free = free_space(folder)
    if free < least:
        message = f"The disk is full: {folder} has {free / _MB:.1f} MB free."
        raise StorageError(message, hint="Make room.")


def free_space(folder: Path) -> int:
    """Return the bytes free where `folder` is, or will be."""
    return shutil.disk_usage(nearest(folder)).free


def absolute(folder: str) -> str:
    """Return a folder as every process of this machine finds it; raise `OSError` where nobody can say."""
    return os.path.abspath(Path(folder).expanduser())  # noqa: PTH100 - no links resolved


def nearest(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


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
        other = way_on("or name another by %config Sora.save_dir.", "or work in another.")
        raise StorageError(message, hint=f"Mend the folder, {other}") from error


class _Digest:
    """The checksum of so many bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()

    def add(self, chunk: bytes) -> None:
        self._sha256.update(chunk)
        self.size += len(chunk)

    def told(self) -> str:
        return self._sha256.hexdigest()


def _measure(
    stream: BufferedReader | BufferedRandom, path: Path, kind: MediaType, known: _Digest | None = None
) -> File:
    """Return what is true of a file; it is read unless the checksum of all of it, by its size, is known."""
    size = stream.seek(0, os.SEEK_END)
    if known and known.size == size:
        return File(str(path), size, known.told(), kind.name)
    stream.seek(0)
    return File(str(path), size, hashlib.file_digest(stream, "sha256").hexdigest(), kind.name)


def _check(stream: BinaryIO, declared: str) -> MediaType:
    """Return the type of a whole file; raise `DeliveryError` for anything else."""
    head = stream.read(HEAD_SIZE)
    # No medium is so short; of its first bytes alone the host's word would be all there is.
    kind = sniff(head, declared) if len(head) == HEAD_SIZE else None
    if kind is None:
        what = "a web page or text" if head.lstrip()[:1] in (b"<", b"{") else "something else"
        message = f"The host sent {what} in place of the file."
        raise DeliveryError(message)
    if kind in (MP4, M4A) and head[4:8] == b"ftyp" and _breaks_off(stream):
        message = "The host sent a file that breaks off."
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
