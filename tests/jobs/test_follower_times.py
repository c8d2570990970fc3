"""When a request finished, and what becomes of one that the service has forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from support.scripted_service import raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage
    from support.scripted_service import Script

pytestmark = pytest.mark.anyio
S = State
BEGAN = 1_800_000_000.0
GONE = says(404, error_code=404001, error_message="no such request")


def iso(seconds: float) -> str:
    """Return a moment as services write it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def result(stage: Stage, **facts: Any) -> Script:
    """Say that a request has succeeded."""
    return says(status="succeeded", output={"video": stage.service.url()}, **facts)


async def test_the_services_times_tell_how_long_it_took(stage: Stage) -> None:
    """A job that nobody followed for an hour took what the service says, whatever its clock shows."""
    stage.clock.seconds = BEGAN + 3600
    times = {"created_at": iso(BEGAN + 500), "finished_at": iso(BEGAN + 572.5)}
    stage.service.on("result", result(stage, **times))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.took == 72.5
    assert record.finished_at == BEGAN + 72.5


async def test_without_the_services_times_a_gap_makes_it_unknown(stage: Stage) -> None:
    """What was taken up an hour later did not take an hour; when it was noticed is kept."""
    stage.clock.seconds = BEGAN + 3600
    record = await stage.follow(S.IN_PROGRESS)
    assert record.finished_at == BEGAN + 3600
    assert record.seen_late
    assert record.took is None


async def test_a_silence_of_the_service_makes_it_unknown_too(stage: Stage) -> None:
    """Minutes without an answer may have been the end's."""
    stage.service.on("status", says(status="in_progress"), *[raw(503, b"")] * 40, says(status="completed"))
    record = await stage.follow(S.IN_PROGRESS)
    assert (record.state, record.took) == (S.SUCCEEDED, None)


async def test_a_job_that_is_followed_took_what_it_was_seen_to_take(stage: Stage) -> None:
    """Where somebody looked all the time, the clock of this machine tells."""
    stage.service.on("status", *[says(status="in_progress")] * 30, says(status="completed"))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.took is not None
    assert 20 < record.took < 90


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
async def test_other_endings_have_their_times_and_costs(stage: Stage, ending: str) -> None:
    """What failed or was cancelled tells when, and what it cost if the service says."""
    stage.clock.seconds = BEGAN + 3600
    times: dict[str, Any] = {"created_at": BEGAN, "finished_at": (BEGAN + 9) * 1000}
    stage.service.on("result", says(status=ending, error="x", cost=0.05, **times))
    record = await stage.follow(S.IN_PROGRESS)
    assert (record.state, record.finished_at, record.took) == (ending, BEGAN + 9, 9)
    assert record.cost_usd == Decimal("0.05")


async def test_a_cost_that_was_said_once_is_kept(stage: Stage) -> None:
    """A later result that leaves it out takes nothing back."""
    first = says(status="succeeded", output={}, cost=0.4)
    stage.service.on("result", first, result(stage))
    record = await stage.follow(S.IN_PROGRESS)
    assert (record.state, record.cost_usd) == (S.SUCCEEDED, Decimal("0.4"))


async def test_what_the_service_has_forgotten_is_marked(stage: Stage) -> None:
    """It is not announced any more, but can still be asked for."""
    stage.service.on("status", GONE)
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.UNDELIVERED
    assert record.gone_at == pytest.approx(stage.clock.seconds, abs=5)
    assert stage.ledger.unfinished() == []
    assert stage.ledger.newest() == [record]


async def test_what_comes_back_is_whole_again(stage: Stage) -> None:
    """A forgotten job that the service knows after all gets its file, its end and its cost."""
    stage.service.on("status", GONE)
    record = await stage.follow(S.IN_PROGRESS)
    stage.clock.seconds = BEGAN + 3600
    times = {"created_at": iso(BEGAN), "finished_at": iso(BEGAN + 60)}
    stage.service.on("result", result(stage, cost=0.4, **times))
    await stage.follower(record).refetch()
    record = stage.ledger.get(record.id)
    assert (record.state, record.gone_at) == (S.SUCCEEDED, None)
    assert (record.finished_at, record.took, record.cost_usd) == (BEGAN + 60, 60, Decimal("0.4"))


async def test_what_comes_back_without_times_took_an_unknown_time(stage: Stage) -> None:
    """Its end is when it was noticed, and not taken for more."""
    stage.service.on("status", GONE)
    record = await stage.follow(S.IN_PROGRESS)
    await stage.follower(record).refetch()
    record = stage.ledger.get(record.id)
    assert record.finished_at is not None
    assert record.took is None


async def test_what_is_forgotten_again_stays_marked(stage: Stage) -> None:
    """Asking for it once more changes nothing but the time."""
    stage.service.on("status", GONE)
    stage.service.on("result", GONE)
    record = await stage.follow(S.IN_PROGRESS)
    await stage.follower(record).refetch()
    record = stage.ledger.get(record.id)
    assert (record.state, stage.ledger.unfinished()) == (S.UNDELIVERED, [])
