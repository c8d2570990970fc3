from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.pacing import Pace, Rhythm, gap_in_trouble
from runcomfy_jupyter._jobs.follower import WITHDRAWN
from runcomfy_jupyter.errors import InputError
from support.scripted_service import raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage
    from support.scripted_service import Reply
    from support.seen import Seen

pytestmark = pytest.mark.anyio
S = State


async def test_what_is_withdrawn_before_it_is_sent_ends_there_and_then(stage: Stage) -> None:
    """Nothing is sent, and the ledger says why and when."""
    follower = stage.follower(stage.job())
    follower.desk.withdrawn.set()
    await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert (record.state, record.error, record.request_id) == (S.CANCELLED, WITHDRAWN, None)
    assert record.finished_at == stage.clock.now()
    assert stage.service.posts == 0


async def test_the_waits_for_a_busy_service_double_from_the_shortest(stage: Stage) -> None:
    """The first refusal counts as one, the next as two."""
    # The wire itself tries four times before it passes a refusal on.
    stage.service.on("submit", *[raw(429, b"")] * 12, says(request_id="r-1"))
    await stage.follower(stage.job()).submit()
    assert stage.clock.waits == [gap_in_trouble(failures, 0.5) for failures in (1, 2, 3)]


async def test_the_first_question_comes_when_the_first_jobs_may_be_over(stage: Stage) -> None:
    """Whoever has just sent a job need not ask at once; whoever takes one up does."""
    follower = stage.follower(stage.job())
    await follower.submit()
    await follower.follow()
    assert stage.clock.waits == [Rhythm(Pace.of()).gap(0.0, 0.5)]
    stage.clock.waits.clear()
    await stage.follow(S.IN_QUEUE)
    assert stage.clock.waits == []


async def test_the_place_in_line_says_when_to_ask_again(stage: Stage) -> None:
    """A job far back that moves slowly is asked after rarely."""
    places = (30, 29, 28, 27)
    waiting = [says(status="in_queue", queue_position=place) for place in places]
    stage.service.on("status", *waiting, says(status="completed"))
    await stage.follow(S.IN_QUEUE)
    rhythm, waited, gaps = Rhythm(Pace.of()), 0.0, list[float]()
    for place in places:
        rhythm.hear(waited, runs=False, place=place)
        gaps.append(rhythm.gap(waited, 0.5))
        waited += gaps[-1]
    assert stage.clock.waits == pytest.approx(gaps, abs=1e-3)


async def test_a_job_that_is_over_at_the_first_look_took_as_long_as_that(stage: Stage) -> None:
    """It was accepted moments ago, so its end was not missed."""
    record = await stage.follow(S.IN_QUEUE)
    assert record.state is S.SUCCEEDED
    assert not record.seen_late
    assert record.took is not None
    assert record.took < 30


async def test_what_lies_here_is_not_asked_for(stage: Stage) -> None:
    """A finished job whose files are where they should be costs no question, and stays as it is."""
    record = await stage.follow(S.IN_QUEUE)
    stage.service.seen.clear()
    await stage.follower(record).refetch()
    assert stage.service.seen == []
    assert stage.ledger.get(record.id) == record


async def test_that_it_is_sent_is_written_down_before_it_is_sent(stage: Stage) -> None:
    """Whoever finds the record after a kill can tell; what was refused before is no reason any more."""
    written: list[tuple[float | None, str]] = []

    def accept(seen: Seen) -> Reply | None:
        record = stage.ledger.newest()[0]
        written.append((record.sent_at, record.error))
        return says(request_id="r-1")(seen)

    stage.service.on("submit", accept)
    began = stage.clock.now()
    await stage.follower(stage.job()).submit()
    await stage.follower(stage.job(prompt="again", sent_at=5.0, error="come back later")).submit()
    assert written == [(began, ""), (began, "")]


async def test_what_the_gate_has_noted_is_not_noted_again(stage: Stage) -> None:
    """The time at which it was let out stays."""
    record = stage.job(sent_at=5.0)
    await stage.follower(record).submit()
    assert stage.ledger.get(record.id).sent_at == 5.0


async def test_a_busy_service_has_everybody_wait(stage: Stage) -> None:
    """For as long as it asks for, the requests of other jobs are held back, too."""
    stage.service.on("submit", raw(429, b"", {"retry-after": "120"}), says(request_id="r-1"))
    held: list[float] = []
    follower = stage.follower(stage.job())
    follower.hold = held.append
    await follower.submit()
    assert held == [120]


async def test_a_refusal_is_dated(stage: Stage) -> None:
    """A failed job says when it failed."""
    stage.service.on("submit", says(422, error_code=422001))
    follower = stage.follower(stage.job())
    with pytest.raises(InputError):
        await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert (record.state, record.finished_at) == (S.FAILED, stage.clock.now())


async def test_an_answer_that_says_nothing_new_is_not_written_or_told(stage: Stage) -> None:
    """A job is asked after dozens of times: only what has changed goes to the ledger and to the screen."""
    waiting = says(status="in_queue", queue_position=3)
    stage.service.on("status", *[waiting] * 6, *[says(status="in_progress")] * 6, says(status="completed"))
    await stage.follow(S.IN_QUEUE)
    told = [told.state for told in stage.told]
    assert (told.count(S.IN_QUEUE), told.count(S.IN_PROGRESS)) == (1, 1)
