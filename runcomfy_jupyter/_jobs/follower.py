"""One job, from its record to rest: sent once, followed, its files fetched.

Every step is in the ledger before the next one begins, so that a kill at any instant leaves a
job from which another process can go on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.endings import finished
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._domain.pacing import Rhythm, gap_for_output, gap_in_trouble
from runcomfy_jupyter._domain.record import Live
from runcomfy_jupyter._domain.replies import Phase
from runcomfy_jupyter._jobs.collector import NO_OUTPUT, OUTPUT_PATIENCE
from runcomfy_jupyter._jobs.desk import PATIENCE
from runcomfy_jupyter.errors import (
    Busy,
    RequestGone,
    RunComfyError,
    ServiceError,
    StorageError,
    SubmissionUnconfirmed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Receipt, Result, Status
    from runcomfy_jupyter._jobs.collector import Collector
    from runcomfy_jupyter._jobs.desk import Desk

# Seconds in all that a submission comes back later where the service asks for that (HTTP 429).
BUSY_PATIENCE = 5 * 60.0
WITHDRAWN = "It was withdrawn before it was sent."
_ENDED = {Phase.COMPLETED, Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED}


def _alone(_: float) -> None:
    """Hold nobody else."""


@dataclass(slots=True)
class Follower:
    """Carries one job.

    `hold`: what has other requests wait for so many seconds, too. `seen`: when the job was last known
    not to be finished, since the epoch.
    """

    desk: Desk
    client: Client
    collector: Collector
    hold: Callable[[float], None] = _alone
    seen: float = 0.0
    _just_accepted: bool = field(default=False, init=False)

    @property
    def record(self) -> Record:
        """The job as it stands."""
        return self.desk.record

    async def submit(self) -> None:
        """Send the request, once; raise what kept it from being accepted.

        One that the user withdraws before it is accepted ends as `cancelled`.
        """
        began = self.desk.clock.ticks()
        failures = 0
        while not self.desk.withdrawn.is_set():
            try:
                receipt = await self._send()
                break
            except Busy as error:
                failures += 1
                await self._come_back(error, failures, BUSY_PATIENCE - (self.desk.clock.ticks() - began))
        else:
            facts = {"error": WITHDRAWN, "finished_at": self.desk.clock.now()}
            await self.desk.move(State.CANCELLED, facts)
            return
        now = self.desk.clock.now()
        accepted = {"request_id": receipt.request_id, "accepted_at": now}
        await asyncio.shield(self.desk.move(State.IN_QUEUE, accepted))
        self._just_accepted = True

    async def carry_on(self) -> None:
        """Follow the job; of one that rests although it is paid for, fetch the files."""
        paid = self.record.state in {State.SUCCEEDED, State.UNDELIVERED}
        await (self.refetch() if paid else self.follow())

    async def follow(self) -> None:
        """Carry the job on from wherever it stands until it rests."""
        if self.record.state is State.RECORDED:
            await self._give_up_on_sending()
        urls: tuple[str, ...] = ()
        if self.record.state in {State.IN_QUEUE, State.IN_PROGRESS}:
            self.seen = self.record.taken_at
            try:
                urls = await self._wait_for_output()
            except RequestGone as error:
                # It was accepted once, so it may have been paid for: not a failure to be resent.
                facts = {"error": error.message, "gone_at": self.desk.clock.now()}
                await self.desk.move(State.UNDELIVERED, facts)
        if self.record.state is State.DOWNLOADING:
            await self.collector.deliver(urls)

    async def refetch(self) -> None:
        """Fetch the files of a paid job that lie no longer, or not yet, where they should."""
        if self.record.state is State.SUCCEEDED and await asyncio.to_thread(self.collector.all_here):
            return
        await self.desk.move(State.DOWNLOADING, {"gone_at": None})
        await self.collector.deliver()

    async def _send(self) -> Receipt:
        """Make one submission; raise `Busy` where the service certainly did not take it yet."""
        if self.record.sent_at is None or self.record.error:
            # Written down first: whoever finds the record without it knows that nothing was sent.
            try:
                await self.desk.note(sent_at=self.desk.clock.now(), error="")
            except StorageError as error:
                raise StorageError(error.message, hint=f"{error.hint} Nothing was sent.") from error
        try:
            return await self.client.submit(self.record.model, self.record.inputs)
        except Busy:
            raise
        except SubmissionUnconfirmed as error:
            await self.desk.move(State.UNCONFIRMED, {"error": error.message})
            raise
        except RunComfyError as error:
            await self._fail(str(error))
            raise
        except BaseException:
            # Stopped in mid-air, or a bug of ours: what left this machine is not known.
            facts = {"error": "It was stopped while being sent."}
            await asyncio.shield(self.desk.move(State.UNCONFIRMED, facts))
            raise

    async def _come_back(self, error: Busy, failures: int, left: float) -> None:
        """Wait until a refused submission may be made again; raise the refusal where that is too long.

        `left`: seconds of patience.
        """
        pause = gap_in_trouble(failures, self.desk.clock.chance(), error.retry_after)
        if max(pause, error.retry_after or 0.0) > left:
            await self._fail(str(error))
            raise error
        # Whoever finds the record with a reason in it knows that it was sent, and not accepted.
        await self.desk.move(State.RECORDED, {"error": error.message}, Live(trouble=error.message))
        self.hold(pause)
        await self.desk.pause(pause)
        self.desk.show(Live())

    async def _fail(self, error: str) -> None:
        await self.desk.move(State.FAILED, {"error": error, "finished_at": self.desk.clock.now()})

    async def _give_up_on_sending(self) -> None:
        """Settle what a process that has died since left behind between sending and answer."""
        facts = {"error": "The kernel ended before RunComfy's answer was kept."}
        await self.desk.move(State.UNCONFIRMED, facts)

    async def _wait_for_output(self) -> tuple[str, ...]:
        """Ask until the request has finished; return the addresses of its output."""
        clock, accepted, began = self.desk.clock, self.record.taken_at, self.record.started_at
        rhythm = Rhythm(self.desk.pace, None if began is None else began - accepted)
        # Where its ticks stood when it was accepted: the time of day may jump while it is followed.
        base = clock.ticks() - max(0.0, clock.now() - accepted)
        unknown_since: float | None = None
        if self._just_accepted:
            await self.desk.pause(rhythm.gap(clock.ticks() - base, clock.chance()))
        while not rests(self.record.state):
            status = await self.desk.ask(lambda: self.client.status(self.desk.request_id))
            if status.state in _ENDED:
                return await self._settle(status)
            self.seen, waited = clock.now(), clock.ticks() - base
            if status.state is not Phase.UNKNOWN:
                runs = status.state is Phase.IN_PROGRESS
                rhythm.hear(waited, runs=runs, place=status.queue_position)
            await self._note_status(status, began=accepted + (rhythm.began or 0.0))
            unknown_since = self._bound_unknown(status.word, unknown_since, status.state)
            await self.desk.pause(rhythm.gap(clock.ticks() - base, clock.chance()))
        return ()

    def _bound_unknown(self, word: str, since: float | None, phase: Phase) -> float | None:
        """Return since when the service has been saying words that nobody knows."""
        if phase is not Phase.UNKNOWN:
            return None
        now = self.desk.clock.ticks()
        if since is not None and now - since > PATIENCE:
            message = f"RunComfy calls this request {word!r}, which this version does not know."
            raise ServiceError(message, hint=self.desk.way_on)
        return now if since is None else since

    async def _note_status(self, status: Status, *, began: float) -> None:
        moved = {Phase.IN_QUEUE: State.IN_QUEUE, Phase.IN_PROGRESS: State.IN_PROGRESS}.get(status.state)
        live = Live(queue_position=status.queue_position)
        if moved is not None and moved is not self.record.state:
            started = {"started_at": began} if moved is State.IN_PROGRESS else None
            await self.desk.move(moved, started, live)
        elif live != self.record.live:
            self.desk.show(live)

    async def _settle(self, status: Status) -> tuple[str, ...]:
        """Ask for the verdict on a request that has finished, and move the job accordingly."""
        desk, noticed = self.desk, self.desk.clock.now()
        if status.state is Phase.CANCELLED:
            await desk.move(State.CANCELLED, self._end(None, noticed))
            return ()
        until: float | None = None
        facts: dict[str, Any] = {}
        while True:
            result = await desk.ask(lambda: self.client.result(desk.request_id))
            facts |= self._end(result, noticed)
            if result.state is Phase.FAILED:
                await desk.move(State.FAILED, facts | {"error": result.error or "no reason given"})
                return ()
            if result.state is Phase.CANCELLED:
                await desk.move(State.CANCELLED, facts | {"error": result.error})
                return ()
            if result.urls:
                await desk.move(State.DOWNLOADING, facts)
                return result.urls
            if desk.clock.ticks() > (until := until or desk.clock.ticks() + OUTPUT_PATIENCE):
                await desk.move(State.UNDELIVERED, facts | {"error": NO_OUTPUT})
                return ()
            await desk.pause(gap_for_output(desk.clock.chance()))

    def _end(self, result: Result | None, noticed: float) -> dict[str, Any]:
        """Return what is to be written down of a request that has finished."""
        at, late = finished(self.record, result, now=noticed, seen=self.seen)
        facts: dict[str, Any] = {"finished_at": at, "seen_late": late}
        if result is not None and result.cost_usd is not None:
            facts["cost_usd"] = result.cost_usd
        return facts
