"""A service that asks to come back later (HTTP 429) has certainly not taken the request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.follower import BUSY_PATIENCE
from runcomfy_jupyter.errors import Busy, SubmissionUnconfirmed
from support.scripted_service import drop, raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage
    from runcomfy_jupyter._domain.record import Record
    from support.scripted_service import Reply, Script
    from support.seen import Seen

pytestmark = pytest.mark.anyio
S = State
ACCEPTED = says(request_id="r-1")


def busy(seconds: str | None = None) -> Script:
    """Ask to come back later."""
    return raw(429, b"", {} if seconds is None else {"retry-after": seconds})


async def test_a_busy_service_is_come_back_to(stage: Stage) -> None:
    """For minutes, in ever longer steps; while it waits the job says why, and then it is sent as ever."""
    shown: list[str] = []

    def accept(seen: Seen) -> Reply | None:
        shown.append(stage.told[-1].live.trouble)
        return ACCEPTED(seen)

    stage.service.on("submit", *[busy()] * 20, accept)
    began = stage.clock.seconds
    follower = stage.follower(stage.job())
    await follower.submit()
    assert shown == [""]  # it is not waiting any more, and whoever closes the kernel waits for it
    record = stage.ledger.get(follower.record.id)
    assert (record.state, record.request_id, record.error) == (S.IN_QUEUE, "r-1", "")
    assert stage.service.posts == 21
    assert 20 < stage.clock.seconds - began < BUSY_PATIENCE
    troubles = [told.live.trouble for told in stage.told if told.live.trouble]
    assert troubles
    assert all("come back later" in trouble for trouble in troubles)
    assert stage.told[-1].live.trouble == ""


async def test_what_the_service_asks_to_wait_is_waited(stage: Stage) -> None:
    """Two minutes of `Retry-After` are longer than the wire waits by itself."""
    stage.service.on("submit", busy("120"), ACCEPTED)
    began = stage.clock.seconds
    follower = stage.follower(stage.job())
    await follower.submit()
    assert follower.record.state is S.IN_QUEUE
    assert 120 <= stage.clock.seconds - began < 130
    assert stage.service.posts == 2


@pytest.mark.parametrize("wait", [None, "30", "600", "99999"])
async def test_the_patience_with_a_busy_service_has_an_end(stage: Stage, wait: str | None) -> None:
    """After five minutes, or at once if it asks for more, the job has failed: the same cell sends it anew."""
    stage.service.on("submit", busy(wait))
    began = stage.clock.seconds
    follower = stage.follower(stage.job())
    with pytest.raises(Busy):
        await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert record.state is S.FAILED
    assert "come back later" in record.error
    assert wait is None or wait in record.error
    assert stage.clock.seconds - began <= BUSY_PATIENCE + 30
    assert stage.service.posts == 1 if wait in ("600", "99999") else stage.service.posts > 5


async def test_what_comes_after_the_waiting_counts(stage: Stage) -> None:
    """An unclear answer to the later try is unconfirmed, and not sent again."""
    stage.service.on("submit", busy("60"), drop, ACCEPTED)
    follower = stage.follower(stage.job())
    with pytest.raises(SubmissionUnconfirmed):
        await follower.submit()
    assert stage.ledger.get(follower.record.id).state is S.UNCONFIRMED
    assert stage.service.posts == 2


async def test_a_kernel_that_ends_while_it_waits_leaves_no_doubt(stage: Stage) -> None:
    """The next one knows that the request was not accepted, and may send it."""
    stage.service.on("submit", busy("60"), ACCEPTED)
    follower = stage.follower(stage.job())
    task = asyncio.ensure_future(follower.submit())

    def stop(record: Record) -> None:
        if record.live.trouble:
            task.cancel()

    follower.desk.tell = stop
    with pytest.raises(asyncio.CancelledError):
        await task
    left = stage.ledger.get(follower.record.id)
    assert left.state is S.RECORDED
    assert "come back later" in left.error
    again = stage.follower(left)
    assert again.record.unsent
    await again.submit()
    record = stage.ledger.get(left.id)
    assert (record.state, record.error) == (S.IN_QUEUE, "")
    assert stage.service.posts == 2
