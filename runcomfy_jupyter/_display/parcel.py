"""Pages with large files in them, put in piece by piece when the page is handed over.

A file of 20 MB is a text of 27 MB. Whatever takes that as a whole (to encode, to escape, to write it as
JSON) is one step for Python, and keeps all other threads of the kernel waiting for as long: 30 to
50 ms each. So a mark stands in the file's place until the end, and a piece takes half a millisecond.
"""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Bytes of a file: a multiple of three, so that the pieces' base64 joins without padding.
PIECE = 3 * 2**18


@dataclass(frozen=True, slots=True)
class Parcel:
    """A MIME bundle and what belongs into it. `files`: paths, by the marks that stand in their places."""

    bundle: dict[str, str]
    files: Mapping[str, str] = field(default_factory=dict)

    def whole(self) -> dict[str, str]:
        """Return the bundle with its files in it; raise `OSError` where one cannot be read."""
        return {kind: filled(text, self.files) for kind, text in self.bundle.items()}

    def packed(self, content: Mapping[str, Any]) -> bytes:
        """Return a message's content, in which the bundle stands with its marks, as JSON with the files.

        Raises `OSError` as above.
        """
        # Neither a mark nor base64 has a character that JSON writes otherwise. Joining bytes lets the
        # other threads run.
        return b"".join(piece.encode() for piece in _pieces(json.dumps(content), self.files))


def mark() -> str:
    """Return a word that no other text holds, and that HTML and JSON leave as it is."""
    return f"file-{os.urandom(16).hex()}"


def filled(text: str, files: Mapping[str, str]) -> str:
    """Return a text with the files, in base64, in place of their marks."""
    return "".join(_pieces(text, files)) if files else text


def _pieces(text: str, files: Mapping[str, str]) -> Iterator[str]:
    marks = "|".join(files)
    for part in re.split(f"({marks})", text) if marks else (text,):
        if part in files:
            yield from _base64(files[part])
        else:
            yield part


def _base64(path: str) -> Iterator[str]:
    with Path(path).open("rb") as stream:
        while piece := stream.read(PIECE):
            yield base64.b64encode(piece).decode("ascii")
