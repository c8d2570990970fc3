from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING

import pytest

from jobs.stage import LIMIT, draft, endpoint, put
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.pacing import Pace
from runcomfy_jupyter._jobs.errand import Errand
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.paces import Paces
from runcomfy_jupyter._jobs.runner import Terms

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.bench import Bench
    from runcomfy_jupyter._domain.past import Past
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.desk import Desk

pytestmark = pytest.mark.anyio
S = State
SORA = built_in().schema


class Counting(Ledger):
    """A ledger that counts how often its past is looked up."""

    looks = 0

    def past(self, model: str, base_url: str, limit: int = 100) -> list[Past]:
        """Count, and look it up."""
        self.looks += 1
        return super().past(model, base_url, limit)


def finish(ledger: Ledger, ran: float, seconds: int | None = 4, base: str = "http://h/v1") -> Record:
    """Write down a job that waited ten seconds and then ran so many, for a video of so many."""
    length = {} if seconds is None else {"seconds": seconds}
    record = put(ledger, S.SUCCEEDED, draft(base=base, inputs={"prompt": "x", **length}))
    assert record.accepted_at is not None
    began = record.accepted_at + 10.0
    return ledger.note(record.id, started_at=began, finished_at=began + ran)


async def test_jobs_are_paced_by_those_of_their_model_length_and_place(ledger: Ledger) -> None:
    """The newest first; the schema's default counts as if it were written out."""
    for ran, seconds in ((70.0, 4), (90.0, 8), (60.0, None)):
        finish(ledger, ran, seconds)
    finish(ledger, 30.0, base="http://elsewhere/v1")
    paces = Paces(ledger)
    assert await paces.of(draft(), SORA) == Pace.of([60.0, 70.0])
    assert await paces.of(draft(inputs={"prompt": "y", "seconds": 8}), SORA) == Pace.of([90.0])
    assert await paces.of(draft(base="http://elsewhere/v1"), SORA) == Pace.of([30.0])


async def test_without_past_jobs_there_is_what_jobs_usually_take(ledger: Ledger) -> None:
    """A length, a model or a place that is new; and a ledger that cannot be read stops no job."""
    finish(ledger, 70.0)
    paces = Paces(ledger)
    assert await paces.of(draft(inputs={"seconds": 12}), SORA) == Pace.of()
    assert await paces.of(draft(model="another/model"), SORA) == Pace.of()
    ledger.close()
    assert await Paces(ledger).of(draft(), SORA) == Pace.of()


async def test_many_jobs_look_the_past_up_once(tmp_path: Path) -> None:
    """A thousand that begin together share one look; the next comes when one of them has finished."""
    ledger = Counting(tmp_path / "ledger.sqlite")
    finish(ledger, 70.0)
    paces = Paces(ledger)
    found = await asyncio.gather(*(paces.of(draft(f"boat {n}"), SORA) for n in range(1000)))
    assert ledger.looks == 1
    assert len({id(pace) for pace in found}) == 1
    paces.finished(finish(ledger, 50.0))
    assert await paces.of(draft(), SORA) == Pace.of([50.0, 70.0])
    paces.finished(draft(model="another/model"))
    await paces.of(draft(), SORA)
    assert ledger.looks == 2
    ledger.close()


async def test_a_job_that_finishes_while_the_past_is_looked_up_disturbs_nobody(ledger: Ledger) -> None:
    """Whoever asks next has it looked up anew."""
    finish(ledger, 70.0)
    paces = Paces(ledger)
    asked = asyncio.create_task(paces.of(draft(), SORA))
    await asyncio.sleep(0)  # it is being looked up
    paces.finished(finish(ledger, 50.0))
    await asked
    assert await paces.of(draft(), SORA) == Pace.of([50.0, 70.0])


async def test_the_longer_the_past_the_rarer_it_is_looked_up(tmp_path: Path) -> None:
    """Of fifty jobs an eighth is to be new before they are looked up again."""
    ledger = Counting(tmp_path / "ledger.sqlite")
    last = [finish(ledger, 40.0 + number) for number in range(50)][-1]
    paces = Paces(ledger)
    looks = []
    for _ in range(14):
        await paces.of(draft(), SORA)
        looks.append(ledger.looks)
        paces.finished(last)
    assert looks == [1] * 7 + [2] * 7
    ledger.close()


def test_whoever_follows_a_job_knows_its_pace(bench: Bench) -> None:
    """A job that has finished since counts, whether this process follows the next one or another does."""
    told: list[Pace] = []

    async def hand(desk: Desk) -> None:
        told.append(desk.pace)

    terms = Terms(endpoint(bench.service), LIMIT, hand=hand, schema=SORA)
    for number in range(3):
        bench.runner.submit(bench.begin(f"boat {number}"), terms).done.result(20)
        bench.submit(f"ship {number}").done.result(20)
    ran = [one.ran for one in bench.ledger.past(draft().model, bench.service.base)]
    assert len(ran) == 3
    assert told == [Pace.of(ran[3 - number :]) for number in range(3)]


def test_a_pace_travels_to_a_worker(ledger: Ledger) -> None:
    """A worker of a cluster has no ledger: its errand says how often to ask."""
    pace = Pace.of([60.0, 70.0])
    errand = Errand(put(ledger, S.IN_QUEUE), "/shared", LIMIT, pace=pace)
    assert pickle.loads(pickle.dumps(errand)).pace == pace  # noqa: S301 - our own bytes
