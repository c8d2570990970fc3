"""The folders that jobs need: the ledger's, and that of the videos."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.reports import Check
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._domain.words import megabytes

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session

_LEDGER = "ledger.sqlite"
_UNREADABLE = "ledger.unreadable-*.sqlite"
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
    checks = [_whole(folder / _LEDGER)]
    if aside := sorted(folder.glob(_UNREADABLE)):
        told = f"a ledger that could not be read was set aside as {aside[-1].name}"
        mend = "Jobs from before it are in that file alone: their cells would be sent and paid anew."
        checks.append(Check(Kind.CARE, "Ledger", told, mend))
    return checks


def _whole(path: Path) -> Check:
    from runcomfy_jupyter._jobs.checkup import checkup  # noqa: PLC0415 - sqlite3 comes with the first use

    if not path.exists():
        return with_room("Ledger", f"{path} begins with the first job", path.parent)
    number = checkup(path)
    jobs = "1 job" if number == 1 else f"{number:,} jobs"
    return with_room("Ledger", f"{path} is whole, with {jobs}", path.parent)


def videos(session: Session) -> list[Check]:
    """Look whether videos can be written where they shall be."""
    named = session.options.save_dir
    try:
        folder = Path(os.path.abspath(Path(named).expanduser()))  # noqa: PTH100 - as it is recorded
    except OSError as error:
        told = f"the folder that this kernel works in is gone ({error.strerror})"
        return [Check(Kind.BAD, "Video folder", told, "Go to another with `%cd`.")]
    if refusal := _refusal(folder):
        told = f"{folder} takes no files ({refusal}): nothing would be sent"
        mend = "Make room or mend its rights, or set another: `%config Sora.save_dir = …`."
        return [Check(Kind.BAD, "Video folder", told, mend)]
    return [with_room("Video folder", f"{folder}", folder)]


def with_room(what: str, found: str, folder: Path, *, least: int = _LITTLE) -> Check:
    """Say of a sound folder how much room is left on its disk, where that is less than `least` bytes."""
    free = shutil.disk_usage(_nearest(folder)).free
    if free >= least:
        return Check(Kind.GOOD, what, found)
    mend = "Make room: a video that does not fit has to be fetched again."
    return Check(Kind.CARE, what, f"{found}; only {megabytes(free)} free", mend)


def _refusal(folder: Path) -> str:
    """Say why a folder, or the nearest one above it that is there, takes no files; empty if it does."""
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)) as stream:
            stream.write(bytes(_TRIED))
            stream.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _nearest(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
