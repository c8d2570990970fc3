"""Cancelling a job: before it is sent by not sending it, after that by asking the service."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Cancellation, Outcome
from runcomfy_jupyter._jobs.follower import WITHDRAWN
from runcomfy_jupyter.errors import InputError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner
    from runcomfy_jupyter._jobs.watch import Watch


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Cancels jobs, whether or not this process follows them."""

    ledger: Ledger
    owner: Owner
    clock: Clock

    async def cancel(self, record: Record, watch: Watch | None, client: Callable[[], Client]) -> Cancellation:
        """Cancel a job; `watch` is what this process follows it by, if it does.

        What is still being sent is waited for first; what waits to be sent is not sent at all.
        Raises `InputError` where no request came of it, `UserError` where another process sends it just now.
        """
        if watch is not None and not watch.done.done():
            if not watch.accepted.done():
                watch.withdrawn.set()
                watch.wake.set()
            await asyncio.shield(asyncio.wrap_future(watch.accepted))
            record = watch.record
        elif record.state is State.RECORDED and record.sent_at is None:
            record = await self._withdraw(record)
        if record.state is State.CANCELLED and record.request_id is None:
            return Cancellation(Outcome.CANCELLED)
        if record.request_id is None:
            message = f"Job {record.id} is {record.state}: there is no request to cancel."
            raise InputError(message)
        cancellation = await client().cancel(record.request_id)
        if watch is not None:
            watch.wake.set()
        return cancellation

    async def _withdraw(self, record: Record) -> Record:
        """Cancel what nobody follows and nobody has sent; return the job as it is then."""
        end = {"finished_at": self.clock.now(), "error": WITHDRAWN}
        found = await asyncio.to_thread(
            self.ledger.withdraw, record.id, self.owner.name, self.owner.lives, **end
        )
        if found is None:
            message = f"Job {record.id} is being sent by another kernel: cancel it there."
            raise UserError(message)
        return found
