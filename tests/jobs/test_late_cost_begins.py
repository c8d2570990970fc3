from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.late_cost import LateCost
from runcomfy_jupyter._jobs.watch import Watch
from support.scripted_service import says

if TYPE_CHECKING:
    from jobs.stage import Stage

pytestmark = pytest.mark.anyio
S = State
ASKED = {
    (S.SUCCEEDED, None): True,
    (S.SUCCEEDED, Decimal("0.4")): False,
    (S.SUCCEEDED, Decimal(0)): False,
    (S.FAILED, None): False,
    (S.CANCELLED, None): False,
    (S.UNDELIVERED, None): False,
}


@pytest.mark.parametrize(("state", "cost"), ASKED)
async def test_only_a_video_without_a_cost_is_asked_after(
    stage: Stage, state: State, cost: Decimal | None
) -> None:
    """Whatever ended otherwise, or has its cost, costs no further question; closing ends the asking."""
    record = stage.job(state)
    if cost is not None:
        record = stage.ledger.note(record.id, cost_usd=cost)
    late = LateCost(stage.ledger, stage.clock)
    late.begin(Watch(record), stage.client)
    assert len(late.asking) == ASKED[state, cost]
    tasks = tuple(late.asking)
    late.stop()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert not late.asking


async def test_nobody_waits_for_the_cost_of_a_request_that_is_forgotten(stage: Stage) -> None:
    """The first answer that says so is the end of the asking."""
    record = stage.job(S.SUCCEEDED)
    stage.service.on("result", says(404, error_code=404001, error_message="no such request"))
    await LateCost(stage.ledger, stage.clock).ask_later(record, stage.client, lambda _: None)
    assert stage.clock.waits == [2]
    assert stage.ledger.get(record.id).gone_at is not None
