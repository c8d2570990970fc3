"""Time that passes when somebody waits for it, for the jobs and for the wire below them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_jupyter._client.retries import Clock as WireClock

if TYPE_CHECKING:
    from collections.abc import Callable


def _nothing(_: int) -> None:
    pass


@dataclass(slots=True)
class VirtualClock:
    """A `Clock` of the jobs. `then` is called after each of their waits, with its number.

    `pace`: how many seconds pass in one that is waited for.
    """

    seconds: float = 1_800_000_000.0
    waits: list[float] = field(default_factory=list)
    pace: float = 1.0
    then: Callable[[int], None] = _nothing

    def now(self) -> float:
        """Return the time of day."""
        return self.seconds

    def ticks(self) -> float:
        """Return the same: it never goes back."""
        return self.seconds

    def chance(self) -> float:
        """Return the middle."""
        return 0.5

    async def sleep(self, seconds: float, wake: asyncio.Event) -> None:
        """Let the time pass at once, unless `wake` is set."""
        await asyncio.sleep(0)
        if not wake.is_set():
            self.waits.append(seconds)
            self.seconds += self.pace * seconds
            self.then(len(self.waits))
        wake.clear()

    @property
    def wire(self) -> WireClock:
        """This time, as the client takes it."""

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(0)
            self.seconds += seconds

        return WireClock(self.now, self.ticks, sleep, self.chance)
