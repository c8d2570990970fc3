"""One job, from its record to rest: sent once, followed, its files fetched.

Every step is in the ledger before the next one begins, so that a kill at any instant leaves a
job from which another process can go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import __version__
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._domain.media import stem
from runcomfy_jupyter._domain.pacing import gap, gap_in_trouble
from runcomfy_jupyter._domain.record import Live
from runcomfy_jupyter._domain.replies import Phase
from runcomfy_jupyter._jobs.artifacts import delivered, describe, disk_errors
from runcomfy_jupyter.errors import (
    DeliveryError,
    RequestGone,
    RunComfyError,
    ServiceError,
    StorageError,
    SubmissionUnconfirmed,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._domain.record import File, Record
    from runcomfy_jupyter._domain.replies import Result, Status
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.delivery import Delivery
    from runcomfy_jupyter._jobs.ledger import Ledger

# Seconds of nothing but unanswered questions, or of words that nobody knows, after which the
# following stops. The job keeps its state and its request id, and can be taken up again.
PATIENCE = 30 * 60.0
# Seconds to wait for the output of a request that has finished without naming one.
OUTPUT_PATIENCE = 60.0
_NO_OUTPUT = "RunComfy names no output for it that can be fetched."


@dataclass(slots=True)
class Follower:
    """Carries one job. `tell` is called after every change, in the runner's thread."""

    record: Record
    ledger: Ledger
    client: Client
    delivery: Delivery
    clock: Clock
    tell: Callable[[Record], None]
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self) -> None:
        """Send the request, once; raise what kept it from being accepted."""
        # Written down first: whoever finds the record without it knows that nothing was sent.
        try:
            sent = await asyncio.to_thread(self.ledger.note, self.record.id, sent_at=self.clock.now())
        except StorageError as error:
            raise StorageError(error.message, hint=f"{error.hint} Nothing was sent.") from error
        self.record = sent
        try:
            receipt = await self.client.submit(self.record.model, self.record.inputs)
        except SubmissionUnconfirmed as error:
            await self._move(State.UNCONFIRMED, {"error": error.message})
            raise
        except RunComfyError as error:
            await self._move(State.FAILED, {"error": str(error), "finished_at": self.clock.now()})
            raise
        except BaseException:
            # Stopped in mid-air, or a bug of ours: what left this machine is not known.
            facts = {"error": "It was stopped while being sent."}
            await asyncio.shield(self._move(State.UNCONFIRMED, facts))
            raise
        now = self.clock.now()
        accepted = {"request_id": receipt.request_id, "accepted_at": now}
        await asyncio.shield(self._move(State.IN_QUEUE, accepted))

    async def follow(self) -> None:
        """Carry the job on from wherever it stands until it rests."""
        if self.record.state is State.RECORDED:
            await self._give_up_on_recorded()
        urls: tuple[str, ...] = ()
        if self.record.state in {State.IN_QUEUE, State.IN_PROGRESS}:
            try:
                urls = await self._wait_for_output()
            except RequestGone as error:
                # It was accepted once, so it may have been paid for: not a failure to be resent.
                await self._move(State.UNDELIVERED, {"error": error.message})
        if self.record.state is State.DOWNLOADING:
            await self._deliver(urls)

    async def refetch(self) -> None:
        """Fetch the files of a paid job that lie no longer, or not yet, where they should."""
        if self.record.state is State.SUCCEEDED and await asyncio.to_thread(self._all_here):
            return
        await self._move(State.DOWNLOADING)
        await self._deliver(())

    def _all_here(self) -> bool:
        return bool(self.record.files) and all(os.path.isfile(file.path) for file in self.record.files)  # noqa: PTH113 - it never raises

    async def _give_up_on_recorded(self) -> None:
        """Settle what a process that has died since left behind between record and answer."""
        if self.record.sent_at is None:
            facts: dict[str, Any] = {"error": "It was never sent.", "finished_at": self.clock.now()}
            await self._move(State.FAILED, facts)
        else:
            facts = {"error": "The kernel ended before RunComfy's answer was kept."}
            await self._move(State.UNCONFIRMED, facts)

    async def _wait_for_output(self) -> tuple[str, ...]:
        """Ask until the request has finished; return the addresses of its output."""
        since, state = self.clock.ticks(), self.record.state
        unknown_since: float | None = None
        while not rests(self.record.state):
            status: Status = await self._ask(self._status)
            if status.state in {Phase.COMPLETED, Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED}:
                return await self._settle(status)
            await self._note_status(status)
            if self.record.state is not state:
                since, state = self.clock.ticks(), self.record.state
            unknown_since = self._bound_unknown(status.word, unknown_since, status.state)
            await self.clock.sleep(gap(self.clock.ticks() - since, self.clock.chance()), self.wake)
        return ()

    def _bound_unknown(self, word: str, since: float | None, phase: Phase) -> float | None:
        """Return since when the service has been saying words that nobody knows."""
        if phase is not Phase.UNKNOWN:
            return None
        now = self.clock.ticks()
        if since is not None and now - since > PATIENCE:
            message = f"RunComfy calls this request {word!r}, which this version does not know."
            raise ServiceError(message, hint=self._way_on())
        return now if since is None else since

    async def _status(self) -> Status:
        return await self.client.status(self._request_id())

    async def _result(self) -> Result:
        return await self.client.result(self._request_id())

    async def _note_status(self, status: Status) -> None:
        moved = {Phase.IN_QUEUE: State.IN_QUEUE, Phase.IN_PROGRESS: State.IN_PROGRESS}.get(status.state)
        live = Live(queue_position=status.queue_position)
        if moved is not None and moved is not self.record.state:
            started = {"started_at": self.clock.now()} if moved is State.IN_PROGRESS else None
            await self._move(moved, started, live)
        elif live != self.record.live:
            self._show(live)

    async def _settle(self, status: Status) -> tuple[str, ...]:
        """Ask for the verdict on a request that has finished, and move the job accordingly."""
        facts: dict[str, Any] = {"finished_at": self.clock.now()}
        if status.state is Phase.CANCELLED:
            await self._move(State.CANCELLED, facts)
            return ()
        until: float | None = None
        while True:
            result: Result = await self._ask(self._result)
            if result.cost_usd is not None:
                facts["cost_usd"] = result.cost_usd
            if result.state is Phase.FAILED:
                await self._move(State.FAILED, facts | {"error": result.error or "no reason given"})
                return ()
            if result.state is Phase.CANCELLED:
                await self._move(State.CANCELLED, facts | {"error": result.error})
                return ()
            if result.urls:
                await self._move(State.DOWNLOADING, facts)
                return result.urls
            if self.clock.ticks() > (until := until or self.clock.ticks() + OUTPUT_PATIENCE):
                await self._move(State.UNDELIVERED, facts | {"error": _NO_OUTPUT})
                return ()
            await self.clock.sleep(gap(OUTPUT_PATIENCE, self.clock.chance()), self.wake)

    async def _deliver(self, urls: tuple[str, ...]) -> None:
        """Bring every output to disk; move to `succeeded`, or to `undelivered` with the reason."""
        try:
            urls = urls or await self._output_anew()
            files = [await self._fetch(url, number) for number, url in enumerate(urls, 1)]
        except RequestGone as error:
            # A kill between a file's last step and the ledger's leaves it here, whole.
            files = await self._found_here()
            if not files:
                await self._move(State.UNDELIVERED, {"error": error.message})
                return
        except (DeliveryError, StorageError) as error:
            await self._move(State.UNDELIVERED, {"error": str(error)})
            return
        await self._move(State.SUCCEEDED, {"files": tuple(files), "error": ""})

    async def _found_here(self) -> list[File]:
        """Return the outputs that have their final names already: what has one is whole."""
        found: list[File] = []
        with contextlib.suppress(OSError):
            while file := await asyncio.to_thread(delivered, self._target(len(found) + 1)):
                found.append(file)
        return found

    async def _output_anew(self) -> tuple[str, ...]:
        """Ask for the output's addresses again; raise `RequestGone` if the service has it no more."""
        while True:
            result: Result = await self._ask(self._result)
            if result.urls:
                return result.urls
            if result.state not in {Phase.IN_QUEUE, Phase.IN_PROGRESS}:
                raise DeliveryError(result.error or _NO_OUTPUT)
            # It was out of the service's sight for a while, and is not finished at all.
            await self.clock.sleep(gap(OUTPUT_PATIENCE, self.clock.chance()), self.wake)

    def _target(self, number: int) -> Path:
        return Path(self.record.save_dir) / stem(self.record.prompt, self.record.id, number)

    async def _fetch(self, url: str, number: int) -> File:
        target = self._target(number)
        with disk_errors(target.parent, None):
            file = await asyncio.to_thread(delivered, target)
        if file is None:
            file = await self.delivery.fetch(url, target, self._show_download, self.wake)
        with disk_errors(target.parent, None):
            await asyncio.to_thread(describe, self.record, file, __version__)
        return file

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """Ask until there is an answer."""
        failures, began = 0, self.clock.ticks()
        while True:
            try:
                return await question()
            except ServiceError as error:
                if not error.transient:
                    raise
                failures += 1
                if self.clock.ticks() - began > PATIENCE:
                    message = f"No answer for {PATIENCE / 60:.0f} minutes: {error.message}"
                    raise type(error)(message, hint=self._way_on()) from error
                self._show(replace(self.record.live, trouble=error.message))
                pause = gap_in_trouble(failures, self.clock.chance(), error.retry_after)
            await self.clock.sleep(pause, self.wake)

    async def _move(
        self, to: State, facts: Mapping[str, Any] | None = None, live: Live | None = None
    ) -> None:
        """Write a move down, however long the disk refuses; then tell."""
        failures, facts = 0, facts or {}
        while True:
            try:
                moved = await asyncio.to_thread(self.ledger.move, self.record.id, to, **facts)
                break
            except StorageError as error:
                failures += 1
                kept = facts.get("request_id") or self.record.request_id or "none yet"
                # Shown as it is, though not yet written: the request id must not be lost.
                self.record = replace(self.record, state=to, **facts)
                self._show(
                    Live(unwritten=True, trouble=f"{error.message} Until it can: the request id is {kept}.")
                )
            await self.clock.sleep(gap_in_trouble(failures, self.clock.chance()), self.wake)
        self.record = replace(moved, live=live or Live())
        self.tell(self.record)

    def _show(self, live: Live) -> None:
        self.record = replace(self.record, live=live)
        self.tell(self.record)

    def _show_download(self, received: int, expected: int | None) -> None:
        self._show(Live(received=received, expected=expected))

    def _request_id(self) -> str:
        if self.record.request_id is None:
            message = f"job {self.record.id} is {self.record.state} without a request id"
            raise RuntimeError(message)
        return self.record.request_id

    def _way_on(self) -> str:
        return f"Its request id is kept; %sora wait {self.record.id} takes it up again."
