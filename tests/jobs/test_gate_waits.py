"""How long those before the gate sleep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from jobs.stage import draft
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.gate import LOOK_AGAIN, Gate
from runcomfy_jupyter._jobs.watch import Watch
from support.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner

pytestmark = pytest.mark.anyio


def waiting(ledger: Ledger, owner: Owner) -> Watch:
    """Record a request that is to be sent."""
    return Watch(ledger.begin(draft(), owner=owner.name, again=True)[0], sends=True)


async def test_the_longest_that_the_service_asked_for_counts(ledger: Ledger, owner: Owner) -> None:
    """A later and shorter one takes nothing from it, and nobody looks in between."""
    clock = VirtualClock()
    gate = Gate(ledger, owner, clock, 1)
    gate.hold(60)
    gate.hold(5)
    assert await asyncio.wait_for(gate.turn(waiting(ledger, owner)), 20)
    assert clock.waits == [60]


async def test_without_such_a_wish_the_first_goes_at_once(ledger: Ledger, owner: Owner) -> None:
    """No second is lost."""
    clock = VirtualClock()
    assert await asyncio.wait_for(Gate(ledger, owner, clock, 1).turn(waiting(ledger, owner)), 20)
    assert clock.waits == []


async def test_only_the_first_in_line_looks_again_by_itself(ledger: Ledger, owner: Owner) -> None:
    """Each second, since another kernel may have made room; the others sleep until they are first."""
    out = waiting(ledger, owner)
    clock = VirtualClock()
    gate = Gate(ledger, owner, clock, 1)
    await asyncio.wait_for(gate.turn(out), 20)
    enough = asyncio.Event()
    clock.then = lambda number: enough.set() if number >= 3 else None
    first = asyncio.create_task(gate.turn(waiting(ledger, owner)))
    await asyncio.wait_for(enough.wait(), 20)
    assert set(clock.waits) == {LOOK_AGAIN}
    clock.waits.clear()
    second = asyncio.create_task(gate.turn(waiting(ledger, owner)))
    async with asyncio.timeout(20):
        while 3600.0 not in clock.waits:  # noqa: ASYNC110 - virtual time passes beside it
            await asyncio.sleep(0.001)
    assert set(clock.waits) <= {LOOK_AGAIN, 3600.0}
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_who_sleeps_longest_is_woken_when_its_turn_comes(ledger: Ledger, owner: Owner) -> None:
    """In real time: whoever goes or gives up wakes the next, which would have slept for an hour."""
    gate = Gate(ledger, owner, SystemClock(), 1)
    first, second, third = (waiting(ledger, owner) for _ in range(3))
    assert await gate.turn(first)
    turns = [asyncio.create_task(gate.turn(watch)) for watch in (second, third)]
    await asyncio.wait([asyncio.wrap_future(third.queued)], timeout=20)
    second.withdrawn.set()
    second.wake.set()
    assert await asyncio.wait_for(turns[0], 20), "it is still here, to be ended by who would have sent it"
    ledger.move(first.record.id, State.FAILED)
    assert await asyncio.wait_for(turns[1], 20)
    assert second.record.sent_at is None
    assert third.record.sent_at is not None
    assert third.record.sent_at == ledger.get(third.record.id).sent_at


async def test_who_is_stopped_before_the_gate_is_stopped(ledger: Ledger, owner: Owner) -> None:
    """While the ledger is being asked, too: it ends as cancelled, not as an error of ours."""
    turn = asyncio.create_task(Gate(ledger, owner, VirtualClock(), 1).turn(waiting(ledger, owner)))
    await asyncio.sleep(0)  # it asks
    turn.cancel()
    await asyncio.wait([turn], timeout=20)
    assert turn.cancelled()
