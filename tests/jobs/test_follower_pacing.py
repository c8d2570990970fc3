from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.pacing import LONGEST, SHORTEST, Pace
from support.scripted_service import says
from support.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from jobs.stage import Stage
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.follower import Follower
    from support.scripted_service import Reply
    from support.seen import Seen

pytestmark = pytest.mark.anyio
S = State
DAY = 86_400.0
VIDEOS = (52.0, 61.0, 66.0, 70.0, 75.0, 84.0, 98.0) * 7
HISTORIES = {"no past": (), "videos": VIDEOS, "pictures": (2.0, 3.0, 4.0) * 10}


@dataclass(slots=True)
class Chancy(VirtualClock):
    """Virtual time with real chance, and a time of day that can be set."""

    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - no secret
    set_by: float = 0.0

    def chance(self) -> float:
        """Return a random number."""
        return self.dice.random()

    def now(self) -> float:
        """Return the time of day, as somebody has set it."""
        return self.seconds + self.set_by


@dataclass(slots=True)
class Job:
    """A request that waits in line and then runs, in the stage's time; `asked`: when it was asked after.

    `places`: how many stand before it, None where the service does not say. `silent`: it never says
    that a request runs.
    """

    stage: Stage
    line: float
    run: float
    places: int | None = None
    silent: bool = False
    began: float = 0.0
    asked: list[float] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Reply | None:
        """Say where it stands now."""
        self.asked.append(self.stage.clock.seconds - self.began)
        return says(**self._stands(self.asked[-1]))(seen)

    def _stands(self, now: float) -> dict[str, Any]:
        if now >= self.line + self.run:
            return {"status": "completed"}
        if now >= self.line and not self.silent:
            return {"status": "in_progress"}
        if self.places is None:
            return {"status": "in_queue"}
        return {"status": "in_queue", "queue_position": max(1, ceil(self.places * (1 - now / self.line)))}

    @property
    def late(self) -> float:
        """Seconds from its end to the question that saw it."""
        return self.asked[-1] - self.line - self.run

    async def submit(self, history: tuple[float, ...] = ()) -> Record:
        """Send it and follow it to its end."""
        follower = self._follower(self.stage.job(), history)
        await follower.submit()
        self.began = self.stage.clock.seconds
        await follower.follow()
        return self.stage.ledger.get(follower.record.id)

    async def take_up(
        self, after: float, history: tuple[float, ...] = (), state: State = S.IN_QUEUE
    ) -> Record:
        """Follow it so many seconds after a process that has died had it accepted."""
        clock = self.stage.clock
        self.began = clock.seconds
        record = self.stage.job(state, created_at=clock.now())
        clock.seconds += after
        follower = self._follower(record, history)
        await follower.follow()
        return self.stage.ledger.get(record.id)

    def _follower(self, record: Record, history: tuple[float, ...]) -> Follower:
        follower = self.stage.follower(record)
        follower.desk.pace = Pace.of(history)
        self.stage.service.on("status", self)
        return follower


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Let chance have its way with the gaps."""
    stage.clock = Chancy()
    return stage


def keeps_its_distance(asked: list[float]) -> bool:
    """Tell whether no two questions are nearer than half a second, or further apart than fifteen."""
    return all(SHORTEST <= later - before <= LONGEST for before, later in pairwise(asked))


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize(
    ("line", "run", "places", "silent"),
    [
        pytest.param(0.0, 0.0, None, False, id="over at once"),
        pytest.param(0.2, 0.9, 1, False, id="a moment"),
        pytest.param(12.0, 66.0, 3, False, id="a video"),
        pytest.param(10.0, 70.0, None, True, id="never seen to run"),
        pytest.param(240.0, 50.0, 30, False, id="a long line"),
        pytest.param(120.0, 30.0, None, False, id="a long line without places"),
        pytest.param(20.0, 600.0, 2, False, id="far slower than ever"),
    ],
)
async def test_questions_keep_their_distance(
    stage: Stage, history: str, line: float, run: float, places: int | None, *, silent: bool
) -> None:
    """From the submission to the end nobody asks twice within half a second, or waits longer than fifteen."""
    job = Job(stage, line, run, places, silent)
    record = await job.submit(HISTORIES[history])
    assert record.state is S.SUCCEEDED
    assert keeps_its_distance([0.0, *job.asked])
    assert 0 <= job.late <= LONGEST


@pytest.mark.parametrize("state", [S.IN_QUEUE, S.IN_PROGRESS])
@pytest.mark.parametrize("after", [0.0, 45.0, 3600.0, 5 * DAY])
async def test_what_is_taken_up_is_asked_after_at_once(stage: Stage, state: State, after: float) -> None:
    """However long nobody looked: the first question is due, and those after it keep their distance."""
    job = Job(stage, after + 5.0, 90.0, places=2)
    assert (await job.take_up(after, VIDEOS, state)).state is S.SUCCEEDED
    assert job.asked[0] == after
    assert keeps_its_distance(job.asked)


async def test_what_was_just_accepted_is_not_asked_after_at_once(stage: Stage) -> None:
    """The receipt has just come: it is the first answer."""
    job = Job(stage, 0.0, 0.0)
    await job.submit()
    assert len(job.asked) == 1
    assert SHORTEST <= job.asked[0] <= 1.0


async def test_past_jobs_make_questions_fewer_and_none_later(stage: Stage) -> None:
    """A usual video of a minute and a quarter costs some thirty questions, most of them near its end."""
    job = Job(stage, 8.0, 70.0, places=1)
    await job.submit(VIDEOS)
    assert len(job.asked) <= 38
    assert sum(asked < 45 for asked in job.asked) <= 9
    assert job.late <= 1.5


async def test_a_start_that_is_known_counts(stage: Stage) -> None:
    """A job that has run for a minute when it is taken up is asked after as often as one of that age."""
    clock = stage.clock
    job = Job(stage, 10.0, 75.0)
    stage.service.on("status", job)
    record = stage.job(S.IN_PROGRESS, created_at=clock.now(), started_at=clock.now() + 10.0)
    job.began, clock.seconds = clock.seconds, clock.seconds + 70.0
    follower = stage.follower(record)
    follower.desk.pace = Pace.of(VIDEOS)
    await follower.follow()
    assert max(later - before for before, later in pairwise(job.asked)) < 2.0


async def test_a_start_is_written_down_where_it_most_likely_was(stage: Stage) -> None:
    """Between the last answer that it waits and the first that it runs."""
    job = Job(stage, 30.0, 40.0, places=2)
    record = await job.submit(VIDEOS)
    waits = max(asked for asked in job.asked if asked < 30.0)
    runs = min(asked for asked in job.asked if asked >= 30.0)
    assert record.accepted_at is not None
    assert record.started_at is not None
    assert record.started_at - record.accepted_at == pytest.approx((waits + runs) / 2, abs=0.01)
    assert record.ran == pytest.approx(40.0, abs=15.0)


@pytest.mark.parametrize("jump", [-DAY, DAY])
async def test_setting_the_clock_changes_no_gap(stage: Stage, jump: float) -> None:
    """Gaps are measured by what never jumps, from the acceptance on."""
    asked = []
    for by in (0.0, jump):
        clock = stage.clock = Chancy()
        job = Job(stage, 8.0, 60.0, places=1)

        def set_it(number: int, clock: Chancy = clock, by: float = by) -> None:
            clock.set_by = by if number > 3 else 0.0

        clock.then = set_it
        await job.submit(VIDEOS)
        asked.append(job.asked)
    assert asked[0] == pytest.approx(asked[1])


async def test_a_word_that_nobody_knows_is_no_answer(stage: Stage) -> None:
    """It neither puts a running job back in line nor begins it anew."""
    job = Job(stage, 5.0, 70.0, places=1)
    strange = says(status="enchanted")

    def say(seen: Seen) -> Reply | None:
        told = job(seen)
        return strange(seen) if 30.0 < job.asked[-1] < 70.0 else told

    follower = stage.follower(stage.job())
    follower.desk.pace = Pace.of(VIDEOS)
    stage.service.on("status", say)
    await follower.submit()
    job.began = stage.clock.seconds
    await follower.follow()
    assert keeps_its_distance([0.0, *job.asked])
    assert 0 <= job.late <= 1.5
