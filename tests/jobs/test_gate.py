from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from jobs.stage import draft, put
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.gate import Gate
from runcomfy_jupyter._jobs.owners import Owner
from runcomfy_jupyter._jobs.purchases import Turn
from runcomfy_jupyter._jobs.watch import Watch
from runcomfy_jupyter.errors import StorageError
from support.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._jobs.ledger import Ledger

pytestmark = pytest.mark.anyio


class Door:
    """A gate with people before it; `out` is the order in which they went."""

    def __init__(self, ledger: Ledger, owner: Owner, limit: int) -> None:
        self.ledger, self.owner, self.clock = ledger, owner, VirtualClock()
        self.gate = Gate(ledger, owner, self.clock, limit)
        self.out: list[str] = []
        self.gone: list[str] = []
        self.watches: dict[str, Watch] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def come(self, number: int = 1) -> list[str]:
        """Record requests and have them wait."""
        ids = []
        for _ in range(number):
            record = self.ledger.begin(draft(), owner=self.owner.name, again=True)[0]
            ids.append(record.id)
            self.watches[record.id] = Watch(record, sends=True)
            self.tasks[record.id] = asyncio.ensure_future(self._wait(record.id))
        return ids

    async def _wait(self, job_id: str) -> None:
        watch = self.watches[job_id]
        if not await self.gate.turn(watch):
            self.gone.append(job_id)
        elif not watch.withdrawn.is_set():
            self.out.append(job_id)

    async def until_out(self, number: int) -> None:
        """Wait until so many have gone."""
        async with asyncio.timeout(20):
            while len(self.out) < number:  # noqa: ASYNC110 - virtual time passes beside it
                await asyncio.sleep(0.001)

    async def settle(self) -> None:
        """Let a few seconds of the clock pass."""
        later = self.clock.seconds + 5
        async with asyncio.timeout(20):
            while self.clock.seconds < later:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def leave(self) -> None:
        """End what still waits."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


async def test_the_first_to_come_are_the_first_to_go(ledger: Ledger, owner: Owner) -> None:
    """As many as may be out go, in their order; the next goes when one is out no more."""
    door = Door(ledger, owner, 2)
    ids = door.come(4)
    await door.until_out(2)
    await door.settle()
    assert door.out == ids[:2]
    ledger.move(ids[1], State.FAILED)
    await door.until_out(3)
    ledger.move(ids[0], State.IN_QUEUE, request_id="r")
    await door.settle()
    assert door.out == [ids[0], ids[1], ids[2]], "one that was accepted is still out"
    ledger.move(ids[0], State.DOWNLOADING)
    await door.until_out(4)
    assert door.out == ids


async def test_who_goes_is_written_down_first(ledger: Ledger, owner: Owner) -> None:
    """Whoever finds a record without the note knows that it was never sent."""
    door = Door(ledger, owner, 1)
    first, second = door.come(2)
    await door.until_out(1)
    assert ledger.get(first).sent_at is not None
    assert ledger.get(second).sent_at is None
    await door.leave()


async def test_kernels_share_the_limit(ledger: Ledger, owner: Owner, tmp_path: Path) -> None:
    """What another living process has out counts; what a dead one had does not."""
    other = Owner(tmp_path / "kernels")
    theirs = ledger.begin(draft(), owner=other.name, again=True)[0]
    assert ledger.let_out(theirs.id, 1, other.lives, 1.0) is Turn.OUT
    door = Door(ledger, owner, 1)
    door.come()
    await door.settle()
    assert door.out == []
    other.leave()
    await door.until_out(1)


async def test_who_gives_up_lets_the_next_one_go(ledger: Ledger, owner: Owner) -> None:
    """It is not sent, and not in the way."""
    door = Door(ledger, owner, 1)
    first, second, third = door.come(3)
    await door.until_out(1)
    door.watches[second].withdrawn.set()
    door.watches[second].wake.set()
    await door.tasks[second]
    assert ledger.get(second).sent_at is None
    ledger.move(first, State.FAILED)
    await door.until_out(2)
    assert door.out == [first, third]


async def test_everybody_waits_when_the_service_asks_for_it(ledger: Ledger, owner: Owner) -> None:
    """Not only the one that was told to come back later."""
    door = Door(ledger, owner, 3)
    door.gate.hold(60)
    until = door.clock.seconds + 60
    door.come(3)
    await door.until_out(3)
    assert door.clock.seconds >= until


async def test_who_has_to_wait_holds_up_no_cell(ledger: Ledger, owner: Owner) -> None:
    """It is told at once; who may go is told by the answer to what it sends."""
    door = Door(ledger, owner, 1)
    first, second, third = door.come(3)
    await door.until_out(1)
    await door.settle()
    assert [door.watches[one].queued.done() for one in (first, second, third)] == [False, True, True]
    assert not door.watches[second].accepted.done()
    await door.leave()


async def test_who_is_stopped_on_the_threshold_was_not_sent(ledger: Ledger, owner: Owner) -> None:
    """A kernel that ends while the ledger is being asked leaves no request behind that looks sent."""
    door = Door(ledger, owner, 1)
    [job_id] = door.come()
    await asyncio.sleep(0)  # it asks
    await asyncio.sleep(0)
    await door.leave()
    assert door.out == []
    assert ledger.get(job_id).sent_at is None


async def test_a_ledger_that_refuses_lets_nobody_out(ledger: Ledger, owner: Owner) -> None:
    """The error says that nothing was sent."""
    door = Door(ledger, owner, 1)
    [job_id] = door.come()
    ledger.close()
    with pytest.raises(StorageError, match="Nothing was sent"):
        await door.tasks[job_id]


@pytest.mark.parametrize("state", [one for one in State if one is not State.RECORDED])
def test_what_somebody_has_moved_goes_out_no_more(ledger: Ledger, state: State) -> None:
    """Whoever asks is told, and what is written of it stays."""
    record = put(ledger, state)
    assert ledger.let_out(record.id, 8, lambda _: True, 1.0) is Turn.GONE
    assert ledger.get(record.id) == record


def test_what_somebody_is_sending_goes_out_no_more(ledger: Ledger) -> None:
    """It is sent once; what was sent and certainly not accepted may be sent again."""
    record = ledger.begin(draft(), owner="o")[0]
    assert ledger.let_out(record.id, 8, lambda _: True, 1.0) is Turn.OUT
    assert ledger.let_out(record.id, 8, lambda _: True, 2.0) is Turn.GONE
    assert ledger.get(record.id).sent_at == 1.0
    ledger.note(record.id, error="come back later")
    assert ledger.let_out(record.id, 8, lambda _: True, 3.0) is Turn.OUT
    assert ledger.get(record.id).sent_at == 3.0


async def test_nobody_waits_behind_one_that_is_gone(ledger: Ledger, owner: Owner) -> None:
    """It is not sent, and the next one goes."""
    door = Door(ledger, owner, 1)
    first, second, third = door.come(3)
    ledger.move(second, State.CANCELLED)
    await door.until_out(1)
    ledger.move(first, State.FAILED)
    await door.until_out(2)
    assert (door.out, door.gone) == ([first, third], [second])


async def test_what_comes_back_is_not_in_its_own_way(ledger: Ledger, owner: Owner) -> None:
    """A request that a busy service refused counts as out, but not against itself."""
    record = put(ledger, State.RECORDED, draft(sent_at=1.0, error="come back later"), owner=owner.name)
    gate = Gate(ledger, owner, VirtualClock(), 1)
    async with asyncio.timeout(20):
        assert await gate.turn(Watch(record, sends=True))


async def test_what_woke_a_request_in_line_wakes_it_no_more(ledger: Ledger, owner: Owner) -> None:
    """Once it is out, being woken means that its answer is to be asked for."""
    door = Door(ledger, owner, 1)
    [job_id] = door.come()
    door.watches[job_id].wake.set()
    await door.until_out(1)
    assert not door.watches[job_id].wake.is_set()
