"""How many requests are out at a time: the rest wait here in order, and in the ledger.

The ledger counts, so that all kernels of a machine share the limit. Within a kernel the first to
come is the first to go. Where the service asks to come back later, everybody waits, not only the one
that was told so.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_jupyter._jobs.purchases import Turn
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.clock import Clock
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner
    from runcomfy_jupyter._jobs.watch import Watch

# Seconds after which the ledger is asked again: another kernel may have made room.
LOOK_AGAIN = 1.0
_LONG = 3600.0


class Gate:
    """Lets requests out, at most `limit` at a time. For coroutines of one loop."""

    def __init__(self, ledger: Ledger, owner: Owner, clock: Clock, limit: int = 8) -> None:
        self.limit = limit
        self._ledger = ledger
        self._owner = owner
        self._clock = clock
        self._line: deque[Watch] = deque()
        self._held_until = 0.0

    async def turn(self, watch: Watch) -> bool:
        """Wait until a recorded request may be sent, and note that; or until it is withdrawn.

        False where it is no longer there to be sent: another process has moved it. Raises
        `StorageError` where the ledger cannot be used: nothing is sent then.
        """
        self._line.append(watch)
        try:
            while not watch.withdrawn.is_set():
                turn = await self._let_out(watch) if self._line[0] is watch else Turn.WAITS
                if turn is not Turn.WAITS:
                    # Whoever went before has woken it for this: what wakes it from now on is for its answer.
                    watch.wake.clear()
                    return turn is Turn.OUT
                watch.wait_in_line()
                await self._clock.sleep(self._pause(watch), watch.wake)
            return True
        finally:
            self._line.remove(watch)
            self.changed()

    def hold(self, seconds: float) -> None:
        """Let nothing out for so long: the service has asked for that."""
        self._held_until = max(self._held_until, self._clock.ticks() + seconds)

    def changed(self) -> None:
        """Look again at once: one that was out is so no more, or the first in line has gone."""
        if self._line:
            self._line[0].wake.set()

    async def _let_out(self, watch: Watch) -> Turn:
        if self._clock.ticks() < self._held_until:
            return Turn.WAITS
        job_id, now = watch.record.id, self._clock.now()
        asked = asyncio.ensure_future(
            asyncio.to_thread(self._ledger.let_out, job_id, self.limit, self._owner.lives, now)
        )
        try:
            turn = await asyncio.shield(asked)
        except asyncio.CancelledError:
            if await asked is Turn.OUT:  # it is not sent after all, and must not look as if it had been
                await asyncio.to_thread(self._ledger.note, job_id, sent_at=None)
            raise
        except StorageError as error:
            raise StorageError(error.message, hint=f"{error.hint} Nothing was sent.") from error
        if turn is Turn.OUT:
            watch.changed(replace(watch.record, sent_at=now))
        return turn

    def _pause(self, watch: Watch) -> float:
        """Return how long to sleep: only the first in line looks again by itself."""
        if self._line[0] is not watch:
            return _LONG
        return max(LOOK_AGAIN, self._held_until - self._clock.ticks())
