"""From an output's address to a whole file, across cuts and restarts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from runcomfy_jupyter._client.body import LEAST_SPEED
from runcomfy_jupyter._domain.pacing import gap_in_trouble
from runcomfy_jupyter._jobs.artifacts import Part, disk_errors
from runcomfy_jupyter.errors import BadReply, DeliveryError, ServiceError
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_jupyter._client.body import Body
    from runcomfy_jupyter._client.download import Downloads
    from runcomfy_jupyter._domain.record import File
    from runcomfy_jupyter._jobs.clock import Clock

# Tries in a row that brought next to nothing; one that brought bytes starts the count again.
_TRIES = 6
_TELL_EVERY = 0.25
# Bytes that go to the disk in one step, and the seconds after which fewer do, so that a kill loses little.
_AT_ONCE, _AT_LEAST_EVERY = 2 * 1024 * 1024, 0.25
_MB = 1_000_000

Progress: TypeAlias = "Callable[[int, int | None], None]"


@dataclass(slots=True)
class Delivery:
    """Fetch outputs. `limit`: bytes that a file may have at most."""

    downloads: Downloads
    clock: Clock
    limit: int

    async def fetch(self, url: str, stem: Path, tell: Progress, wake: asyncio.Event) -> File:
        """Bring `url` to disk under `stem`; what is there from an earlier try is built upon.

        Raises `DeliveryError` when the host cannot deliver, `StorageError` when the disk refuses.
        """
        part = Part(stem)
        if (file := await self._finished(part)) is not None:
            return file
        failures = 0
        while True:
            had, began = part.so_far()[0], self.clock.ticks()
            try:
                return await self._once(url, part, tell)
            except ServiceError as error:
                if not error.transient:
                    raise
                came = part.so_far()[0] - had
                steady = came > 0 and came >= LEAST_SPEED * (self.clock.ticks() - began)
                failures = 1 if steady else failures + 1
                if failures >= _TRIES:
                    message = f"The file's host does not deliver: {error.message}"
                    raise DeliveryError(message) from error
                pause = gap_in_trouble(failures, self.clock.chance(), error.retry_after)
            await self.clock.sleep(pause, wake)

    async def _finished(self, part: Part) -> File | None:
        """Finish what a kill left complete; nothing is asked for."""
        with disk_errors(part.stem.parent, None):
            media_type = await asyncio.to_thread(part.whole)
            if media_type is None:
                return None
            try:
                return await asyncio.to_thread(part.finish, media_type)
            except DeliveryError:
                part.drop()
                return None

    async def _once(self, url: str, part: Part, tell: Progress) -> File:
        offset, validator = part.so_far()
        async with self.downloads.open(url, offset=offset, validator=validator) as body:
            self._bound(body.total or 0)
            received = await self._write(body, part, tell)
            if body.total is not None and received != body.total:
                message = f"{received} of {body.total} bytes came."
                raise BadReply(message)
        media_type = body.media_type or part.media_type()
        try:
            with disk_errors(part.stem.parent, body.total):
                return await asyncio.to_thread(part.finish, media_type)
        except DeliveryError:
            part.drop()
            raise

    async def _write(self, body: Body, part: Part, tell: Progress) -> int:
        received, told = body.offset, float("-inf")
        folder = part.stem.parent
        with disk_errors(folder, body.total):
            stream = part.open(body.offset, body.validator, total=body.total, media_type=body.media_type)
        intake = _Intake(part, stream, self.clock)
        try:
            async for chunk in body.chunks():
                received += len(chunk)
                self._bound(received)
                with disk_errors(folder, body.total):
                    await intake.add(chunk)
                if self.clock.ticks() - told >= _TELL_EVERY:
                    told = self.clock.ticks()
                    tell(received, body.total)
        finally:
            with disk_errors(folder, body.total):
                await intake.close()
        return received

    def _bound(self, size: int) -> None:
        if size > self.limit:
            message = f"The file is larger than the {self.limit / _MB:.0f} MB allowed."
            raise DeliveryError(message, hint=way_on("%config Sora.max_download_mb raises the limit.", ""))


class _Intake:
    """Writes to a part in a thread, while the next bytes come: a slow disk holds up nobody else."""

    def __init__(self, part: Part, stream: BinaryIO, clock: Clock) -> None:
        self._part = part
        self._stream = stream
        self._waiting: list[bytes] = []
        self._size = 0
        self._clock = clock
        self._since = clock.ticks()
        self._writing: asyncio.Future[None] | None = None

    async def add(self, chunk: bytes) -> None:
        """Take bytes; wait while the disk is behind. What it refuses is raised here or by `close`."""
        self._waiting.append(chunk)
        self._size += len(chunk)
        if self._size >= _AT_ONCE or self._clock.ticks() - self._since >= _AT_LEAST_EVERY:
            await self._written()
            self._begin()

    async def close(self) -> None:
        """Write what is left, and close the stream."""
        try:
            await self._written()
            self._begin()
            await self._written()
        finally:
            self._shut()

    def _shut(self) -> None:
        """Close the stream, but never under the hands of the thread."""
        if self._writing is None or self._writing.done():
            self._stream.close()
        else:  # whoever waited for it was stopped a second time
            self._writing.add_done_callback(lambda writing: (writing.exception(), self._stream.close()))

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, self._part.write, self._stream, self._waiting)
        self._waiting, self._size = [], 0
        self._since = self._clock.ticks()

    async def _written(self) -> None:
        if self._writing:
            # Whoever is cancelled here closes the stream next, and not under the hands of the thread.
            await asyncio.shield(self._writing)
            self._writing = None
