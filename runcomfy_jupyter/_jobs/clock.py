"""Time, as the runner sees it; tests put a faster one in its place."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol


class Clock(Protocol):
    """What following a job needs of time and chance."""

    def now(self) -> float:
        """Return seconds since the epoch, for people; it may jump."""

    def ticks(self) -> float:
        """Return seconds that never go back, for measuring."""

    def chance(self) -> float:
        """Return a random number in [0, 1)."""

    async def sleep(self, seconds: float, wake: asyncio.Event) -> None:
        """Sleep for so long, or until `wake` is set, and clear it."""


class SystemClock:
    """The machine's own time."""

    now = staticmethod(time.time)
    ticks = staticmethod(time.monotonic)
    chance = staticmethod(random.random)

    async def sleep(self, seconds: float, wake: asyncio.Event) -> None:
        """Sleep for so long, or until `wake` is set, and clear it."""
        try:
            async with asyncio.timeout(seconds):
                await wake.wait()
        except TimeoutError:
            pass
        wake.clear()
