"""A runner with everything around it, in real time but without long waits."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.stage import draft, endpoint, put
from runcomfy_jupyter._jobs.background import Background
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.owners import Owner
from runcomfy_jupyter._jobs.runner import Runner, Terms

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from runcomfy_jupyter._domain.lifecycle import State
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.watch import Watch
    from support.scripted_service import Service

LIMIT = 10_000_000
PATIENCE = 0.3


class Brisk(SystemClock):
    """The machine's time, but nobody sleeps for long."""

    async def sleep(self, seconds: float, wake: asyncio.Event) -> None:
        """Sleep for a moment at most."""
        await super().sleep(min(seconds, 0.02), wake)


@dataclass(slots=True)
class Bench:
    """A runner, its ledger and owner, and the service that it speaks to."""

    folder: Path
    service: Service
    ledger: Ledger
    owner: Owner
    runner: Runner

    def draft(self, prompt: str = "A paper boat", **facts: Any) -> Record:
        """Return a record for this bench's service and folder."""
        return draft(prompt, base=self.service.base, save_dir=str(self.folder / "videos"), **facts)

    def begin(self, prompt: str = "A paper boat") -> Record:
        """Write an intent down."""
        return self.ledger.begin(self.draft(prompt), owner=self.owner.name, again=True)[0]

    def put(self, state: State, *, owner: str = "nobody") -> Record:
        """Write a job down that a dead process left in a state."""
        return put(self.ledger, state, self.draft(), owner=owner)

    def submit(self, prompt: str = "A paper boat") -> Watch:
        """Write an intent down and send it."""
        return self.send(self.begin(prompt))

    def send(self, record: Record, runner: Runner | None = None) -> Watch:
        """Send an intent that is written down."""
        return (runner or self.runner).submit(record, Terms(endpoint(self.service), LIMIT))

    def follow(self, record: Record, runner: Runner | None = None, save_dir: str = "") -> Watch:
        """Follow a job."""
        return (runner or self.runner).follow(record, Terms(endpoint(self.service), LIMIT, save_dir))

    def cancel(self, record: Record) -> Future[Cancellation]:
        """Ask to cancel a job."""
        return self.runner.cancel(record, endpoint(self.service))

    def go_on(self, job_id: str) -> Record:
        """Follow a job to its end in another runner."""
        with self.another_runner() as other:
            return self.follow(self.ledger.get(job_id), other).done.result(20).record

    @contextmanager
    def another_runner(self, clock: Clock | None = None, patience: float = PATIENCE) -> Iterator[Runner]:
        """Run another one on the same ledger, as another kernel would."""
        owner = Owner(self.folder / "kernels")
        background = Background(patience=patience)
        runner = Runner(self.ledger, owner, background, clock=clock or Brisk())
        try:
            yield runner
        finally:
            runner.close()
            background.close()
            owner.leave()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep everybody from writing to the ledger."""
        with closing(sqlite3.connect(self.ledger.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield


@contextmanager
def make_bench(folder: Path, service: Service, ledger: Ledger) -> Iterator[Bench]:
    """Run a runner until the block ends."""
    with ExitStack() as stack:
        owner = Owner(folder / "kernels")
        stack.callback(owner.leave)
        background = Background(patience=PATIENCE)
        stack.callback(background.close)
        runner = Runner(ledger, owner, background, clock=Brisk())
        stack.callback(runner.close)
        yield Bench(folder, service, ledger, owner, runner)
