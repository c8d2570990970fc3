"""Bytes on their way to the disk: written and summed up beside the download, never in its way."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from jobs.one_file import Download, content
from runcomfy_jupyter._jobs.artifacts import Part
from runcomfy_jupyter._jobs.delivery import _Intake
from support.clips import FTYP, MOOV, box
from support.scripted_service import Held, Media, drop
from support.turns import until
from support.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio
MB = 1_000_000
LARGE = FTYP + box(b"mdat", os.urandom(6 * MB)) + MOOV


def at_once(download: Download) -> None:
    """Let it come in one piece."""


def cut_twice(download: Download) -> None:
    """Have it break off within and between what goes to the disk in one step."""
    download.stage.service.media.cuts = [2 * MB + 17, 1 << 20]


def left_by_a_kill(download: Download) -> None:
    """Let a beginning be there of which this process has seen nothing."""
    download.begun(LARGE[: 3 * MB], '"v1"')


def another_version_first(download: Download) -> None:
    """Have the file change between two tries."""
    download.stage.service.on("media", Media(bytes(5 * MB), '"v0"', cuts=[3 * MB]), Media(LARGE, '"v1"'))


@pytest.mark.parametrize("way", [at_once, cut_twice, left_by_a_kill, another_version_first])
async def test_the_checksum_is_that_of_the_file(download: Download, way: Any) -> None:
    """However it came, in one go or in parts, over cuts, kills and changes."""
    download.stage.service.media = Media(LARGE)
    way(download)
    file = await download.fetch(limit=9 * MB)
    assert content(file) == LARGE
    assert (file.sha256, file.size) == (hashlib.sha256(LARGE).hexdigest(), len(LARGE))


async def test_a_part_that_others_wrote_to_is_summed_up_from_the_disk(tmp_path: Path) -> None:
    """What is told of a file is true of the file, not of what was meant to be in it."""
    part = Part(tmp_path / "boat")
    with part.open(0, None) as stream:
        part.write(stream, [LARGE[:MB]])
    with part.path.open("ab") as stream:
        stream.write(LARGE[MB:])
    assert part.finish("").sha256 == hashlib.sha256(LARGE).hexdigest()


async def test_a_cancelled_download_keeps_what_came(download: Download) -> None:
    """It stops at once, with the file closed, and goes on from there when it is wanted again."""
    stalled = Held(drop)
    first = Media(LARGE, cuts=[3 * MB])
    download.stage.service.on("media", first, stalled, Media(LARGE))
    fetching = asyncio.create_task(download.fetch(limit=9 * MB))
    await until(lambda: len(download.stage.service.asked("media")) == 2)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    stalled.free.set()
    assert Part(download.stem).path.read_bytes() == LARGE[: 3 * MB]
    assert content(await download.fetch(limit=9 * MB)) == LARGE


class SlowDisk(io.BytesIO):
    """A disk that takes nothing before `free` is set. `steps`: how many writes it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.steps = 0
        self.kept = b""

    def write(self, chunk: Any) -> int:
        """Wait, then keep the bytes."""
        self.steps += 1
        assert self.free.wait(20)
        return super().write(chunk)

    def close(self) -> None:
        """Show what was kept."""
        self.kept = self.getvalue()
        super().close()


async def test_a_slow_disk_holds_up_the_download_and_nothing_else(tmp_path: Path) -> None:
    """Other tasks go on; what comes is bounded by what is written, and all of it is, in order."""
    disk, taken = SlowDisk(), 0
    chunks = [bytes([number]) * 300_000 for number in range(20)]

    async def receive() -> None:
        nonlocal taken
        intake = _Intake(Part(tmp_path / "boat"), disk, VirtualClock())
        for chunk in chunks:
            await intake.add(chunk)
            taken += len(chunk)
        await intake.close()

    receiving = asyncio.create_task(receive())
    await until(lambda: disk.steps)
    for _ in range(20):
        await asyncio.sleep(0)
    assert taken < 5 * MB
    disk.free.set()
    await receiving
    assert disk.kept == b"".join(chunks)


async def test_what_is_cancelled_waits_for_the_write_that_is_under_way(tmp_path: Path) -> None:
    """The file is not closed under the hands of the thread that writes it, and gets what had come."""
    disk = SlowDisk()
    intake = _Intake(Part(tmp_path / "boat"), disk, VirtualClock())

    async def receive() -> None:
        try:
            for number in range(20):
                await intake.add(bytes([number]) * 300_000)
        finally:
            await intake.close()

    receiving = asyncio.create_task(receive())
    await until(lambda: disk.steps)
    receiving.cancel()
    await asyncio.sleep(0)
    assert not receiving.done()
    disk.free.set()
    await asyncio.wait({receiving})
    assert receiving.cancelled()
    assert disk.closed
    assert len(disk.kept) % 300_000 == 0
    assert len(disk.kept) > 2 * MB


async def test_what_the_disk_refuses_is_raised(tmp_path: Path) -> None:
    """At the latest when the file is closed, which it is all the same."""
    for amount in (1, 20):
        stream = Path("/dev/full").open("wb", buffering=0)  # noqa: ASYNC230, SIM115 - it waits for nothing
        intake = _Intake(Part(tmp_path / "boat"), stream, VirtualClock())
        with pytest.raises(OSError, match="No space left"):
            await _all(intake, amount)
        assert stream.closed


async def _all(intake: _Intake, amount: int) -> None:
    try:
        for _ in range(amount):
            await intake.add(bytes(300_000))
    finally:
        await intake.close()


async def test_what_only_trickles_is_on_the_disk_soon(tmp_path: Path) -> None:
    """After a quarter of a second the next chunk takes to the disk what waits: a kill loses little."""
    clock, part = VirtualClock(), Part(tmp_path / "boat")
    intake = _Intake(part, part.open(0, None), clock)
    for _ in range(2):
        await intake.add(bytes(300_000))
    assert part.path.read_bytes() == b""
    clock.seconds += 0.25
    await intake.add(bytes(300_000))
    await until(lambda: part.path.stat().st_size == 900_000)
    await intake.close()


async def test_a_second_cancel_closes_nothing_under_the_thread(tmp_path: Path) -> None:
    """Whoever is stopped again while waiting for the disk leaves the closing to the thread's end."""
    disk = SlowDisk()
    intake = _Intake(Part(tmp_path / "boat"), disk, VirtualClock())
    for _ in range(7):
        await intake.add(bytes(300_000))
    closing = asyncio.create_task(intake.close())
    await asyncio.sleep(0)  # it waits for the disk
    await until(lambda: disk.steps)
    closing.cancel()
    await asyncio.wait({closing})
    assert not disk.closed
    disk.free.set()
    await until(lambda: disk.closed)


async def test_two_steps_are_never_under_way_together(tmp_path: Path) -> None:
    """Not at the end either: what is left waits for what is being written."""

    class Narrow(SlowDisk):
        busy, clash = False, False

        def write(self, data: Any) -> int:
            self.clash, self.busy = self.clash or self.busy, True
            try:
                return super().write(data)
            finally:
                self.busy = False

    disk = Narrow()
    intake = _Intake(Part(tmp_path / "boat"), disk, VirtualClock())
    for _ in range(8):
        await intake.add(bytes(300_000))
    closing = asyncio.create_task(intake.close())
    for _ in range(20):
        await asyncio.sleep(0)
    disk.free.set()
    await closing
    assert not disk.clash
    assert len(disk.kept) == 8 * 300_000
