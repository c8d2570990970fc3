"""Which files stand in a page themselves, and how the others are reached from there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runcomfy_jupyter._display.parcel import mark
from runcomfy_jupyter._domain.record import is_elsewhere

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import File

_TOO_LARGE = "Too large to be put into the notebook: it plays from the file, which has to stay where it is."
_TOO_LARGE_TOGETHER = (
    "{} of {} files are too large to be put into the notebook: "
    "they are shown from where they are, and have to stay there."
)


class Room:
    """How many bytes of files still fit into a page, and which stand in it.

    `files`: their paths, by the marks that stand in their places.
    """

    def __init__(self, limit: int) -> None:
        self.files: dict[str, str] = {}
        self._left = limit
        self._files = 0
        self._outside = 0

    def source(self, file: File) -> str:
        """Return an address with a mark for the file itself while there is room for it, else its path."""
        self._files += 1
        if file.size > self._left or is_elsewhere(file.path):
            self._outside += 1
            return link(file)
        self._left -= file.size
        place = mark()
        self.files[place] = file.path
        return f"data:{file.media_type};base64,{place}"

    @property
    def note(self) -> str:
        """What to know of the files that did not fit."""
        if not self._outside:
            return ""
        return _TOO_LARGE if self._files == 1 else _TOO_LARGE_TOGETHER.format(self._outside, self._files)


def link(file: File) -> str:
    """Return the file's address relative to the notebook, which lies in the working folder."""
    if is_elsewhere(file.path):
        return quote(file.path, safe=":/")
    try:
        relative = os.path.relpath(file.path)
    except (ValueError, OSError):  # another drive; the working folder is gone
        relative = file.path
    # As bytes: a name on disk need not be text.
    return quote(os.fsencode(Path(relative).as_posix()))
