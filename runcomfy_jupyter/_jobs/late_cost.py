"""What a job cost, asked again after its end: the service may say it later than the rest."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import __version__
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.sidecar import describe, sidecar_of
from runcomfy_jupyter.errors import RequestGone, RunComfyError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.watch import Watch

# Seconds before each further question.
WAITS = (2.0, 10.0, 60.0, 600.0)


@dataclass(frozen=True, slots=True)
class LateCost:
    """Asks what jobs cost. It never raises what the service or the disk has to say against it."""

    ledger: Ledger
    clock: Clock
    asking: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, watch: Watch, client: Client) -> None:
        """Have the cost of a job asked for, in the background, if it succeeded without one."""
        record = watch.record
        if record.state is State.SUCCEEDED and record.cost_usd is None:
            task = asyncio.ensure_future(self.ask_later(record, client, watch.added))
            self.asking.add(task)
            task.add_done_callback(self.asking.discard)

    def stop(self) -> None:
        """Ask no more."""
        for task in self.asking:
            task.cancel()

    async def ask(self, record: Record, client: Client) -> Record:
        """Ask once; return the job as it is then in the ledger."""
        if record.request_id is None or record.cost_usd is not None or record.gone_at is not None:
            return record
        facts: dict[str, Any] = {}
        try:
            result = await client.result(record.request_id)
        except RequestGone:
            facts["gone_at"] = self.clock.now()
        except RunComfyError:
            return record
        else:
            if result.cost_usd is None:
                return record
            facts["cost_usd"] = result.cost_usd
        try:
            return await asyncio.to_thread(self._write_down, record.id, facts)
        except StorageError:
            return record

    async def ask_later(self, record: Record, client: Client, tell: Callable[[Record], None]) -> None:
        """Ask until the service says it, a few times and ever more rarely; then tell."""
        nobody = asyncio.Event()
        for pause in WAITS:
            await self.clock.sleep(pause, nobody)
            record = await self.ask(record, client)
            if record.cost_usd is not None:
                tell(record)
            if record.cost_usd is not None or record.gone_at is not None:
                return

    def _write_down(self, job_id: str, facts: dict[str, Any]) -> Record:
        record = self.ledger.note(job_id, **facts)
        for file in record.files:
            # Only where one stands: a file that was moved away has taken its own along.
            with contextlib.suppress(OSError):
                if sidecar_of(file).exists():
                    describe(record, file, __version__)
        return record
