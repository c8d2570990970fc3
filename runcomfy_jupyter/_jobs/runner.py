"""The runner: every job that this process submits and follows, in the background."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._jobs.cancelling import Cancelling
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.collector import Collector
from runcomfy_jupyter._jobs.delivery import Delivery
from runcomfy_jupyter._jobs.desk import Desk
from runcomfy_jupyter._jobs.follower import Follower
from runcomfy_jupyter._jobs.gate import LOOK_AGAIN, Gate
from runcomfy_jupyter._jobs.late_cost import LateCost
from runcomfy_jupyter._jobs.paces import Paces
from runcomfy_jupyter._jobs.watch import Watch, finish_sending, tell_at_the_end
from runcomfy_jupyter.errors import StorageError, UserError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._jobs.background import Background
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner
    from runcomfy_jupyter.settings import Endpoint

Hand: TypeAlias = "Callable[[Desk], Awaitable[None]]"


class Terms(NamedTuple):
    """How a job is followed: where, and how many bytes a file may have.

    `save_dir`: the folder to turn to where the job's own cannot be used. `hand`: what follows an
    accepted request in place of this process. `schema`: that of the model's inputs; by it jobs of the
    same length are known.
    """

    endpoint: Endpoint
    max_download: int
    save_dir: str = ""
    hand: Hand | None = None
    schema: Schema = Schema()


class Runner:
    """Submits and follows jobs in the background. Its methods may be called from any thread."""

    def __init__(
        self, ledger: Ledger, owner: Owner, background: Background, *, clock: Clock | None = None
    ) -> None:
        """Take over nothing yet. The background is closed after the runner, by whoever made it."""
        self._ledger = ledger
        self._owner = owner
        self._background = background
        self._clock = clock or SystemClock()
        self._gate = Gate(ledger, owner, self._clock)
        self._paces = Paces(ledger)
        self._cancelling = Cancelling(ledger, owner, self._clock)
        self._watches: dict[str, Watch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._late_cost = LateCost(ledger, self._clock)
        self._guard = threading.Lock()
        self._closing = self._closed = False

    def limit(self, number: int) -> None:
        """Have at most so many requests out at a time; the others wait for their turn."""
        self._gate.limit = number

    def submit(self, record: Record, terms: Terms) -> Watch:
        """Send a recorded request, in its turn, and follow it; join in where that is done already."""
        return self._start(record, terms, send=True)

    def follow(self, record: Record, terms: Terms) -> Watch:
        """Follow a job from where it stands; join in where it is followed already.

        One that a process recorded which has ended, and certainly was not taken by the service, is
        sent. One that rests although it was paid for, `undelivered` or with its file gone, has its
        files fetched.
        """
        return self._start(record, terms, send=False)

    @property
    def owner(self) -> str:
        """The name under which this process owns what it follows."""
        return self._owner.name

    @property
    def sent(self) -> set[str]:
        """The ids of the jobs whose requests this process has sent, or is about to send."""
        return {job_id for job_id, watch in tuple(self._watches.items()) if watch.sends}

    def watch(self, job_id: str) -> Watch | None:
        """Return the watch on a job that this process follows or has followed."""
        return self._watches.get(job_id)

    def cancel(self, record: Record, endpoint: Endpoint) -> Future[Cancellation]:
        """Ask the service to cancel; the job's state then follows from what it says.

        What is still being sent is waited for first; what waits to be sent is not sent at all.
        Gives `InputError` where no request came of it.
        """
        watch, wire = self._watches.get(record.id), self._background.wire
        return self._background.run(self._cancelling.cancel(record, watch, lambda: wire(endpoint)[0]))

    def ask_cost(self, record: Record, endpoint: Endpoint) -> Future[Record]:
        """Ask once what a job of earlier cost; give its record, with the cost if the service said.

        Nothing is asked of a job that has a cost, that the service has forgotten, or that is
        followed right now. Never raises.
        """
        return self._background.run(self._ask_cost(record, endpoint))

    def close(self) -> None:
        """Stop following; what is being sent gets its answer first. Nothing is lost."""
        if not self._closed:
            self._background.run(self._shut()).result()
            self._closed = True

    def _start(self, record: Record, terms: Terms, *, send: bool) -> Watch:
        with self._guard:  # two threads must not both begin
            watch = self._watches.get(record.id)
            if watch is None or watch.done.done():
                watch = self._watches[record.id] = Watch(record, send)
                self._background.run(self._attend(watch, terms))
            return watch

    async def _attend(self, watch: Watch, terms: Terms) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of ours always runs in a task
        self._tasks.add(task)
        try:
            await self._carry(watch, self._follower(watch, terms), terms)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the job gets it, ours included
            watch.failure = error
        finally:
            self._tasks.discard(task)
            self._gate.changed()
            try:
                with contextlib.suppress(StorageError):  # then it is this process's for as long as it lives
                    await asyncio.to_thread(self._ledger.release, watch.record.id, self._owner.name)
            finally:
                watch.finish()
                if watch.failure is None and not self._closing:
                    self._late_cost.begin(watch, self._background.wire(terms.endpoint)[0])

    async def _carry(self, watch: Watch, follower: Follower, terms: Terms) -> None:
        if not watch.sends and not await self._take_over(watch, follower):
            return
        if follower.record.unsent:
            watch.sends = True
            if not await self._gate.turn(watch):
                watch.changed(await asyncio.to_thread(self._ledger.get, watch.record.id))
                return
            follower.desk.record = watch.record
            await follower.submit()
        _settle_unless_recorded(watch)
        if follower.record.state in {State.IN_QUEUE, State.IN_PROGRESS}:
            follower.desk.pace = await self._paces.of(follower.record, terms.schema)
        if terms.hand is not None and follower.record.request_id is not None:
            await terms.hand(follower.desk)
        else:
            await follower.carry_on()

    def _follower(self, watch: Watch, terms: Terms) -> Follower:
        client, downloads = self._background.wire(terms.endpoint)

        def tell(record: Record) -> None:
            watch.changed(record)
            if record.state is State.DOWNLOADING:
                self._gate.changed()  # it is out no more
            elif record.state is State.SUCCEEDED:
                self._paces.finished(record)

        desk = Desk(watch.record, self._ledger, self._clock, tell, watch.wake, watch.withdrawn)
        delivery = Delivery(downloads, self._clock, terms.max_download)
        collector = Collector(desk, client, delivery, terms.save_dir)
        return Follower(desk, client, collector, self._gate.hold)

    async def _ask_cost(self, record: Record, endpoint: Endpoint) -> Record:
        watch = self._watches.get(record.id)
        if watch is not None and not watch.done.done():
            return record
        try:
            client, _ = self._background.wire(endpoint)
        except UserError:
            return record
        found = await self._late_cost.ask(record, client)
        if watch is not None and found != record:
            watch.added(found)
        return found

    async def _take_over(self, watch: Watch, follower: Follower) -> bool:
        """Become the job's owner; while another living process is, show what it writes.

        Returns False when the job came to rest under that other process.
        """
        was_resting = rests(watch.record.state)
        while not await asyncio.to_thread(
            self._ledger.claim, watch.record.id, self._owner.name, self._owner.lives
        ):
            _settle_unless_recorded(watch)
            await self._clock.sleep(LOOK_AGAIN, watch.wake)
            watch.changed(await asyncio.to_thread(self._ledger.get, watch.record.id))
            if not was_resting and rests(watch.record.state):
                return False
        follower.desk.record = await asyncio.to_thread(self._ledger.get, watch.record.id)
        watch.changed(follower.record)
        return was_resting or not rests(follower.record.state)

    async def _shut(self) -> None:
        self._closing = True
        await finish_sending(self._watches.values(), self._background.patience)
        self._late_cost.stop()
        for task in self._tasks:
            task.cancel()
        # What they were writing goes on without them; a ledger that refuses is not waited for.
        await self._background.settle()
        for watch in self._watches.values():
            if watch.record.live.unwritten:
                tell_at_the_end(f"job {watch.record.id}: {watch.record.live.trouble}")


def _settle_unless_recorded(watch: Watch) -> None:
    """Let go whoever waits for a submission's outcome, unless another process is still, or was, at it."""
    if watch.record.state is not State.RECORDED:
        watch.settle()
