"""The folders that jobs need: the ledger's, and that of the videos."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.reports import Check
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._domain.words import megabytes
from runcomfy_jupyter._jobs.artifacts import free_space, nearest
from runcomfy_jupyter._session.engine import LEDGER
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session

_LITTLE = 200_000_000
# As much as an intent needs: a full disk takes an empty file.
_TRIED = 65_536


def ledger(_: Session) -> list[Check]:
    """Look whether the ledger can be read and written, and whether one was set aside."""
    folder = settings.home()
    if refusal := _refusal(folder):
        told = f"the ledger's folder {folder} takes no files ({refusal}): nothing can be sent"
        mend = "Make room or mend its rights, or name another folder by RUNCOMFY_JUPYTER_HOME; restart."
        return [Check(Kind.BAD, "Ledger", told, mend)]
    from runcomfy_jupyter._jobs.database import set_aside  # noqa: PLC0415 - sqlite3 comes with the first use

    checks = [_whole(folder / LEDGER)]
    if aside := set_aside(folder / LEDGER):
        told = f"a ledger that could not be read was set aside as {aside[-1].name}"
        mend = "Jobs from before it are in that file alone: their cells would be sent and paid anew."
        checks.append(Check(Kind.CARE, "Ledger", told, mend))
    return checks


def _whole(path: Path) -> Check:
    from runcomfy_jupyter._jobs.checkup import checkup  # noqa: PLC0415 - as above

    if not path.exists():
        return with_room("Ledger", f"{path} begins with the first job", path.parent)
    number = checkup(path)
    jobs = "1 job" if number == 1 else f"{number:,} jobs"
    return with_room("Ledger", f"{path} is whole, with {jobs}", path.parent)


def videos(session: Session) -> list[Check]:
    """Look whether videos can be written where they shall be."""
    try:
        folder = Path(session.save_dir())
    except StorageError as error:
        return [Check(Kind.BAD, "Video folder", error.message, error.hint)]
    if refusal := _refusal(folder):
        told = f"{folder} takes no files ({refusal}): nothing would be sent"
        mend = "Make room or mend its rights, or set another: `%config Sora.save_dir = …`."
        return [Check(Kind.BAD, "Video folder", told, mend)]
    return [with_room("Video folder", f"{folder}", folder)]


def with_room(what: str, found: str, folder: Path, *, least: int = _LITTLE) -> Check:
    """Say of a sound folder how much room is left on its disk, where that is less than `least` bytes."""
    free = free_space(folder)
    if free >= least:
        return Check(Kind.GOOD, what, found)
    mend = "Make room: a video that does not fit has to be fetched again."
    return Check(Kind.CARE, what, f"{found}; only {megabytes(free)} free", mend)


def _refusal(folder: Path) -> str:
    """Say why a folder, or the nearest one above it that is there, takes no files; empty if it does."""
    try:
        with tempfile.TemporaryFile(dir=nearest(folder)) as stream:
            stream.write(bytes(_TRIED))
            stream.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
