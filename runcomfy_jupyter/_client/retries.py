"""When a call is repeated: one mechanism for all calls, which differ only in what repeats them.

A read is repeated after anything that may pass. A submission may bill, so it is repeated only
after what proves that it was not accepted; whoever makes the call turns every doubt into
`SubmissionUnconfirmed`, which no policy repeats. The waits are half a second, so that nobody
is hammered, and a random part of a span that doubles, so that many clients do not come back together.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from runcomfy_jupyter.errors import BadReply, Busy, ServiceError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, so that tests can bring their own.

    `now`: seconds since the epoch; `elapsed`: seconds of a clock that never jumps; `chance`: a
    random number in [0, 1).
    """

    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Policy:
    """Which errors repeat a call, how often, and for how long in all. Times are seconds."""

    repeats: tuple[type[ServiceError], ...]
    tries: int = 4
    total: float = 30.0
    least: float = 0.5
    first_span: float = 0.25
    longest_span: float = 8.0

    def wait(self, error: Exception, tries: int, elapsed: float, chance: float) -> float | None:
        """Return the seconds until the next try, or None where there is to be none.

        `tries` and `elapsed` count what was done so far; what the service asked for by
        `Retry-After` is the least. A wait that leaves the total is not begun: the caller gets
        the error, and in it what the service asked for.
        """
        if not isinstance(error, self.repeats) or tries >= self.tries:
            return None
        span = min(self.longest_span, self.first_span * 2.0 ** (tries - 1))
        pause = (error.retry_after or 0.0) + self.least + chance * span
        return pause if elapsed + pause <= self.total else None


READS = Policy(repeats=(Unreachable, Busy, BadReply))
SUBMISSION = Policy(repeats=(Unreachable, Busy))


async def persist(attempt: Callable[[], Awaitable[_T]], policy: Policy, clock: Clock) -> _T:
    """Return what `attempt` returns, making it again as long as `policy` says so."""
    began = clock.elapsed()
    tries = 0
    while True:
        tries += 1
        try:
            return await attempt()
        except ServiceError as error:
            pause = policy.wait(error, tries, clock.elapsed() - began, clock.chance())
            if pause is None:
                raise
        await clock.sleep(pause)


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks for: a number of them, or an HTTP date."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        # A date without a zone is meant as UTC (RFC 9110); Python would take it as local time.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now)
    except (ValueError, OverflowError):
        return None
