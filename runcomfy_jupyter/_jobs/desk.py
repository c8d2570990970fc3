"""One job's record, and how what becomes of it is asked, written down and told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from runcomfy_jupyter._domain.pacing import Pace, gap_in_trouble
from runcomfy_jupyter._domain.record import Live
from runcomfy_jupyter.errors import ServiceError, StorageError
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from runcomfy_jupyter._domain.lifecycle import State
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.clock import Clock

_T = TypeVar("_T")
# Seconds of nothing but unanswered questions, or of words that nobody knows, after which the
# following stops. The job keeps its state and its request id, and can be taken up again.
PATIENCE = 30 * 60.0


class Book(Protocol):
    """Where what becomes of a job is written down: the ledger, or what stands in for it elsewhere."""

    def move(self, job_id: str, to: State, **facts: Any) -> Record:
        """Move a job to a state that may follow its own, and note facts."""
        ...

    def note(self, job_id: str, **facts: Any) -> Record:
        """Note facts of a job that stays in its state."""
        ...


@dataclass(slots=True)
class Desk:
    """The papers of one job. `tell` is called after every change, in the runner's thread.

    `wake` ends a pause early; `withdrawn` is set when the user has asked to cancel the job. `pace`:
    how often jobs like it are asked after.
    """

    record: Record
    ledger: Book
    clock: Clock
    tell: Callable[[Record], None]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    withdrawn: asyncio.Event = field(default_factory=asyncio.Event)
    pace: Pace = field(default_factory=Pace.of)

    async def ask(self, question: Callable[[], Awaitable[_T]]) -> _T:
        """Ask the service until there is an answer."""
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
                    raise type(error)(message, hint=self.way_on) from error
                self.show(replace(self.record.live, trouble=error.message))
                pause = gap_in_trouble(failures, self.clock.chance(), error.retry_after)
            await self.pause(pause)

    async def move(self, to: State, facts: Mapping[str, Any] | None = None, live: Live | None = None) -> None:
        """Write a move and facts down, however long the disk refuses; then tell.

        Moving to where the job is already notes the facts alone.
        """
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
                self.show(
                    Live(unwritten=True, trouble=f"{error.message} Until it can: the request id is {kept}.")
                )
            await self.pause(gap_in_trouble(failures, self.clock.chance()))
        self.record = replace(moved, live=live or Live())
        self.tell(self.record)

    async def note(self, **facts: Any) -> None:
        """Write facts down, or raise `StorageError`; nobody is told."""
        self.record = await asyncio.to_thread(self.ledger.note, self.record.id, **facts)

    def show(self, live: Live) -> None:
        """Tell what is known only now, and not written down."""
        self.record = replace(self.record, live=live)
        self.tell(self.record)

    async def pause(self, seconds: float) -> None:
        """Let time pass, until somebody wakes this job."""
        await self.clock.sleep(seconds, self.wake)

    @property
    def request_id(self) -> str:
        """The service's id of the request."""
        if self.record.request_id is None:
            message = f"job {self.record.id} is {self.record.state} without a request id"
            raise RuntimeError(message)
        return self.record.request_id

    @property
    def way_on(self) -> str:
        """What to do where the following stops."""
        again = way_on(f"%sora wait {self.record.id}", f"rc.get({self.record.id!r}).wait()")
        return f"Its request id is kept; {again} takes it up again."
