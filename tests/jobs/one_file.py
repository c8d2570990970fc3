"""One file to be fetched, of several chunks, and what a kill may leave of it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._jobs.artifacts import Part
from runcomfy_jupyter._jobs.delivery import Delivery
from support.clips import FTYP, MOOV, box

if TYPE_CHECKING:
    from jobs.stage import Stage
    from runcomfy_jupyter._domain.record import File

LONG = FTYP + box(b"mdat", os.urandom(900_000)) + MOOV
LIMIT = 2_000_000


@dataclass(slots=True)
class Download:
    """One file to be fetched on a stage."""

    stage: Stage

    @property
    def stem(self) -> Path:
        """Where it goes, without its ending."""
        return self.stage.folder / "videos" / "boat-abcd"

    async def fetch(self, *, limit: int = LIMIT, told: list[Any] | None = None) -> File:
        """Fetch it."""
        delivery = Delivery(self.stage.downloads, self.stage.clock, limit)
        progress = [] if told is None else told
        note = lambda *sizes: progress.append(sizes)  # noqa: E731 - one line says it
        return await delivery.fetch(self.stage.service.url(), self.stem, note, asyncio.Event())

    def begun(self, content: bytes, validator: str) -> None:
        """Leave behind what a kill would."""
        with Part(self.stem).open(0, validator) as stream:
            stream.write(content)


def content(file: File) -> bytes:
    """Return what is on disk."""
    return Path(file.path).read_bytes()
