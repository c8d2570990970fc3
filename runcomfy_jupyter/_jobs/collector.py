"""Brings the outputs of a paid job to disk, whatever became of it in the meantime."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import __version__
from runcomfy_jupyter._domain.endings import finished
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.media import stem
from runcomfy_jupyter._domain.pacing import gap_for_output, gap_in_trouble
from runcomfy_jupyter._domain.record import Live, is_elsewhere
from runcomfy_jupyter._domain.replies import Phase
from runcomfy_jupyter._jobs.artifacts import delivered, disk_errors, try_folder
from runcomfy_jupyter._jobs.sidecar import describe
from runcomfy_jupyter.errors import DeliveryError, LinkExpired, RequestGone, StorageError

if TYPE_CHECKING:
    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._domain.record import File
    from runcomfy_jupyter._domain.replies import Result
    from runcomfy_jupyter._jobs.delivery import Delivery
    from runcomfy_jupyter._jobs.desk import Desk

# Seconds to wait for the output of a request that has finished without naming one.
OUTPUT_PATIENCE = 60.0
NO_OUTPUT = "RunComfy names no output for it that can be fetched."
# How often a fresh result is asked for when a file's address no longer leads to it.
_FRESH_RESULTS = 2


@dataclass(slots=True)
class Collector:
    """Fetches one job's files. `elsewhere`: a folder for them where the job's own cannot be used."""

    desk: Desk
    client: Client
    delivery: Delivery
    elsewhere: str = ""

    async def deliver(self, urls: tuple[str, ...] = ()) -> None:
        """Bring every output to disk; move to `succeeded`, or to `undelivered` with the reason.

        `urls`: the addresses of the outputs; none: the service is asked for them.
        """
        wanted = len(urls)
        try:
            await self._choose_folder()
            urls = urls or await self._addresses()
            wanted = len(urls)
            files = await self._fetch_all(urls)
        except RequestGone as error:
            # A kill between a file's last step and the ledger's leaves it here, whole.
            files = await self._found_here()
            if len(files) < max(1, wanted):
                facts = {"error": error.message, "gone_at": self.desk.clock.now()}
                await self.desk.move(State.UNDELIVERED, facts)
                return
        except (DeliveryError, StorageError) as error:
            await self.desk.move(State.UNDELIVERED, {"error": str(error)})
            return
        await self.desk.move(State.SUCCEEDED, {"files": tuple(files), "error": ""})

    def all_here(self) -> bool:
        """Tell whether every file of the job lies where the ledger says."""
        files = self.desk.record.files
        return bool(files) and all(is_elsewhere(file.path) or os.path.isfile(file.path) for file in files)  # noqa: PTH113 - it never raises

    async def _choose_folder(self) -> None:
        """Turn to the other folder where only that can be used."""
        record = self.desk.record
        if self.elsewhere in ("", record.save_dir) or await _usable(record.save_dir):
            return
        if await _usable(self.elsewhere):
            await self.desk.move(record.state, {"save_dir": self.elsewhere})

    async def _addresses(self) -> tuple[str, ...]:
        """Ask for the outputs' addresses; raise `RequestGone` if the service has the request no more."""
        while True:
            result = await self.desk.ask(lambda: self.client.result(self.desk.request_id))
            if result.urls:
                await self._note_end(result)
                return result.urls
            if result.state not in {Phase.IN_QUEUE, Phase.IN_PROGRESS}:
                raise DeliveryError(result.error or NO_OUTPUT)
            # It was out of the service's sight for a while, and is not finished at all.
            await self.desk.pause(gap_for_output(self.desk.clock.chance()))

    async def _note_end(self, result: Result) -> None:
        """Write down what a job that was out of sight, or cost nothing so far, lacks."""
        record, facts = self.desk.record, dict[str, Any]()
        if record.finished_at is None:
            now = self.desk.clock.now()
            facts["finished_at"], facts["seen_late"] = finished(record, result, now=now, seen=0.0)
        if record.cost_usd is None and result.cost_usd is not None:
            facts["cost_usd"] = result.cost_usd
        if facts:
            await self.desk.move(record.state, facts)

    async def _fetch_all(self, urls: tuple[str, ...]) -> list[File]:
        files: list[File] = []
        fresh = 0
        while len(files) < len(urls):
            try:
                files.append(await self._fetch(urls[len(files)], len(files) + 1))
            except LinkExpired:
                fresh += 1
                if fresh > _FRESH_RESULTS:
                    raise
            else:
                continue
            await self.desk.pause(gap_in_trouble(fresh, self.desk.clock.chance()))
            urls = await self._addresses()
        return files

    async def _fetch(self, url: str, number: int) -> File:
        target = self._target(number)
        with disk_errors(target.parent, None):
            file = await asyncio.to_thread(delivered, target)
        if file is None:
            file = await self.delivery.fetch(url, target, self._show, self.desk.wake)
        with disk_errors(target.parent, None):
            await asyncio.to_thread(describe, self.desk.record, file, __version__)
        return file

    async def _found_here(self) -> list[File]:
        """Return the outputs that have their final names already: what has one is whole."""
        found: list[File] = []
        with contextlib.suppress(OSError):
            while file := await asyncio.to_thread(delivered, self._target(len(found) + 1)):
                found.append(file)
        return found

    def _target(self, number: int) -> Path:
        record = self.desk.record
        return Path(record.save_dir) / stem(record.prompt, record.id, number)

    def _show(self, received: int, expected: int | None) -> None:
        self.desk.show(Live(received=received, expected=expected))


async def _usable(folder: str) -> bool:
    if is_elsewhere(folder):  # only a cluster's workers write there
        return False
    try:
        await asyncio.to_thread(try_folder, Path(folder))
    except StorageError:
        return False
    return True
