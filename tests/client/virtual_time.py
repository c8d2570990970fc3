"""A clock on which waiting takes no time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_jupyter._client.retries import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def _nothing(_: int) -> None:
    pass


@dataclass(slots=True)
class VirtualTime:
    """Moves when somebody waits on it; `waits` are the seconds they waited.

    `then` is called after each wait, with their number.
    """

    seconds: float = 1_000_000_000.0
    chance: float = 0.5
    waits: list[float] = field(default_factory=list)
    then: Callable[[int], Awaitable[None]] = _nothing

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.waits.append(seconds)
        self.seconds += seconds
        await self.then(len(self.waits))

    @property
    def clock(self) -> Clock:
        """This time, as the client takes it."""
        return Clock(lambda: self.seconds, lambda: self.seconds, self.sleep, lambda: self.chance)
