"""The runner: one daemon thread, one event loop, every job that this process follows.

A thread rather than the kernel's own loop, because on that loop nothing advances while a cell
computes. Whoever stands above speaks to it through `Runner`'s plain methods alone, so that one
without a thread can take its place where there are no threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.delivery import Delivery
from runcomfy_jupyter._jobs.follower import Follower
from runcomfy_jupyter.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner
    from runcomfy_jupyter.settings import Endpoint

Observer: TypeAlias = "Callable[[Watch], None]"

_LOOK_AGAIN = 1.0


@dataclass(eq=False)
class Watch:
    """One job that this process follows.

    `accepted` is done when the outcome of the submission is known, `done` when the following
    has ended (`over`); both give this watch and never raise. `failure` is what ended either early.
    `sends`: this process makes the submission.
    """

    record: Record
    sends: bool = False
    failure: BaseException | None = None
    over: bool = False
    accepted: Future[Watch] = field(default_factory=Future)
    done: Future[Watch] = field(default_factory=Future)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _observers: list[Observer] = field(default_factory=list)

    def observe(self, observer: Observer) -> None:
        """Call `observer` at once and after every change, in whatever thread it happens."""
        self._observers.append(observer)
        observer(self)

    def changed(self, record: Record) -> None:
        """Take over a new record and tell the observers."""
        self.record = record
        for observer in tuple(self._observers):
            try:
                observer(self)
            except Exception as error:  # noqa: BLE001 - a picture that fails must not stop a paid job
                self._observers.remove(observer)
                context = {"message": f"showing job {record.id} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

    def settle(self) -> None:
        """Let go whoever waits for the outcome of the submission."""
        if not self.accepted.done():
            self.accepted.set_result(self)

    def finish(self) -> None:
        """Tell the observers a last time, then let go whoever waits."""
        self.settle()
        self.over = True
        self.changed(self.record)
        self.done.set_result(self)


class Runner:
    """Submits and follows jobs in the background. Its methods may be called from any thread."""

    def __init__(
        self, ledger: Ledger, owner: Owner, *, clock: Clock | None = None, patience: float = 10.0
    ) -> None:
        """Start the thread. `patience`: seconds that `close` waits for answers, and for the ledger."""
        self._ledger = ledger
        self._owner = owner
        self._patience = patience
        self._clock = clock or SystemClock()
        self._watches: dict[str, Watch] = {}
        self._wires: dict[Endpoint, tuple[Client, Downloads]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._guard = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="runcomfy_jupyter", daemon=True)
        self._thread.start()

    def submit(self, record: Record, endpoint: Endpoint, max_download: int) -> Watch:
        """Send a recorded request and follow it. `max_download`: bytes a file may have."""
        return self._start(record, endpoint, max_download, send=True)

    def follow(self, record: Record, endpoint: Endpoint, max_download: int) -> Watch:
        """Follow a job from where it stands; join in where it is followed already.

        A job that rests although it was paid for, `undelivered` or with its file gone, has its
        files fetched.
        """
        with self._guard:  # two threads must not both begin
            watch = self._watches.get(record.id)
            if watch is not None and not watch.done.done():
                return watch
            return self._start(record, endpoint, max_download, send=False)

    @property
    def owner(self) -> str:
        """The name under which this process owns what it follows."""
        return self._owner.name

    def watch(self, job_id: str) -> Watch | None:
        """Return the watch on a job that this process follows or has followed."""
        return self._watches.get(job_id)

    def cancel(self, record: Record, endpoint: Endpoint) -> Future[Cancellation]:
        """Ask the service to cancel; the job's state then follows from what it says.

        What is still being sent is waited for first. Gives `InputError` where no request came of it.
        """
        return self._run(self._cancel(record, endpoint))

    def close(self) -> None:
        """Stop following; what is being sent gets its answer first. Nothing is lost."""
        if self._loop.is_closed():
            return
        self._run(self._shut()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _start(self, record: Record, endpoint: Endpoint, max_download: int, *, send: bool) -> Watch:
        watch = self._watches[record.id] = Watch(record, send)
        self._run(self._attend(watch, endpoint, max_download, send=send))
        return watch

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        # It copies the caller's context, which display calls from the job's task depend on.
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _attend(self, watch: Watch, endpoint: Endpoint, max_download: int, *, send: bool) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of ours always runs in a task
        self._tasks.add(task)
        try:
            follower = self._follower(watch, endpoint, max_download)
            if send:
                await follower.submit()
            elif not await self._take_over(watch, follower):
                return
            _settle_unless_recorded(watch)
            if follower.record.state in {State.SUCCEEDED, State.UNDELIVERED}:
                await follower.refetch()
            else:
                await follower.follow()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the job gets it, ours included
            watch.failure = error
        finally:
            self._tasks.discard(task)
            try:
                with contextlib.suppress(StorageError):  # then it is this process's for as long as it lives
                    await asyncio.to_thread(self._ledger.release, watch.record.id, self._owner.name)
            finally:
                watch.finish()

    def _follower(self, watch: Watch, endpoint: Endpoint, max_download: int) -> Follower:
        client, downloads = self._wire(endpoint)
        delivery = Delivery(downloads, self._clock, max_download)
        return Follower(watch.record, self._ledger, client, delivery, self._clock, watch.changed, watch.wake)

    def _wire(self, endpoint: Endpoint) -> tuple[Client, Downloads]:
        if endpoint not in self._wires:
            self._wires[endpoint] = Client(endpoint=endpoint), Downloads(endpoint.base_url)
        return self._wires[endpoint]

    async def _take_over(self, watch: Watch, follower: Follower) -> bool:
        """Become the job's owner; while another living process is, show what it writes.

        Returns False when the job came to rest under that other process.
        """
        was_resting = rests(watch.record.state)
        while not await asyncio.to_thread(
            self._ledger.claim, watch.record.id, self._owner.name, self._owner.lives
        ):
            _settle_unless_recorded(watch)
            await self._clock.sleep(_LOOK_AGAIN, watch.wake)
            watch.changed(await asyncio.to_thread(self._ledger.get, watch.record.id))
        follower.record = await asyncio.to_thread(self._ledger.get, watch.record.id)
        watch.changed(follower.record)
        return was_resting or not rests(follower.record.state)

    async def _cancel(self, record: Record, endpoint: Endpoint) -> Cancellation:
        watch = self._watches.get(record.id)
        if watch is not None:
            await asyncio.shield(asyncio.wrap_future(watch.accepted))
            record = watch.record
        if record.request_id is None:
            message = f"Job {record.id} is {record.state}: there is no request to cancel."
            raise InputError(message)
        client, _ = self._wire(endpoint)
        cancellation = await client.cancel(record.request_id)
        if watch is not None:
            watch.wake.set()
        return cancellation

    async def _shut(self) -> None:
        await self._finish_sending()
        for task in self._tasks:
            task.cancel()
        # What they were writing goes on without them; a ledger that refuses is not waited for.
        for _ in range(2):
            if left := asyncio.all_tasks() - {asyncio.current_task()}:
                _, late = await asyncio.wait(left, timeout=self._patience)
                for task in late:
                    task.cancel()
        for watch in self._watches.values():
            if watch.record.live.unwritten:
                _tell_at_the_end(f"job {watch.record.id}: {watch.record.live.trouble}")
        for client, downloads in self._wires.values():
            await client.aclose()
            await downloads.aclose()

    async def _finish_sending(self) -> None:
        """Wait for the answers to what is being sent; say so when it takes its time."""
        sending = [watch for watch in self._watches.values() if watch.sends and not watch.accepted.done()]
        waiting = {asyncio.wrap_future(watch.accepted) for watch in sending}
        if waiting:
            _, waiting = await asyncio.wait(waiting, timeout=min(1.0, self._patience))
        if waiting:
            _tell_at_the_end(f"waiting for RunComfy's answer to {len(waiting)} submission(s) …")
            await asyncio.wait(waiting, timeout=self._patience)


def _tell_at_the_end(words: str) -> None:
    """Say something when no cell or card is left that could."""
    sys.stderr.write(f"runcomfy_jupyter: {words}\n")


def _settle_unless_recorded(watch: Watch) -> None:
    """Let go whoever waits for a submission's outcome, unless another process is still, or was, at it."""
    if watch.record.state is not State.RECORDED:
        watch.settle()
