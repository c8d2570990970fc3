from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import endpoint
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.late_cost import WAITS, LateCost
from support.polling import eventually
from support.scripted_service import Held, raw, says

if TYPE_CHECKING:
    from jobs.bench import Bench
    from jobs.stage import Stage
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.watch import Watch

S = State
GONE = says(404, error_code=404001, error_message="no such request")


def result(service: Any, **facts: Any) -> Any:
    """Say that a request has succeeded."""
    return says(status="succeeded", output={"video": service.url()}, **facts)


def sidecar(record: Record) -> dict[str, Any]:
    """Return what stands beside the job's file."""
    found: dict[str, Any] = json.loads(Path(record.files[0].path).with_suffix(".json").read_text())
    return found


def test_a_cost_that_comes_late_is_noted(bench: Bench) -> None:
    """The job is done before; then ledger, sidecar and watch have the cost, and no card is drawn anew."""
    late = Held(result(bench.service, cost=0.4))
    bench.service.on("result", result(bench.service), result(bench.service), late)
    watch = bench.submit()
    assert watch.done.result(20).record.cost_usd is None
    drawn: list[Watch] = []
    watch.observe(drawn.append)
    late.free.set()
    eventually(lambda: watch.record.cost_usd is not None)
    assert watch.record.cost_usd == Decimal("0.4")
    assert drawn == [watch]
    record = bench.ledger.get(watch.record.id)
    assert watch.record == record
    assert record.state is S.SUCCEEDED
    assert sidecar(record)["cost_usd"] == 0.4
    assert bench.service.posts == 1


def test_a_cost_that_is_known_is_not_asked_for(bench: Bench) -> None:
    """One result is enough where it says everything."""
    bench.service.on("result", result(bench.service, cost=0))
    assert bench.submit().done.result(20).record.cost_usd == 0
    assert len(bench.service.asked("result")) == 1


def test_a_job_that_failed_is_not_asked_what_it_cost(bench: Bench) -> None:
    """What the result did not say of a failure, nobody asks again."""
    bench.service.on("result", says(status="failed", error="x"))
    assert bench.submit().done.result(20).record.state is S.FAILED


def test_closing_ends_the_asking(bench: Bench) -> None:
    """A kernel that ends does not wait for a cost, however patient it is with other things."""
    late = Held(result(bench.service, cost=0.4))
    bench.service.on("result", result(bench.service), late)
    with bench.another_runner(patience=60.0) as runner:
        record = bench.ledger.begin(bench.draft(), owner=runner.owner)[0]
        bench.send(record, runner).done.result(20)
        assert late.asked.wait(20)
        thread = threading.Thread(target=runner.close)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        late.free.set()
    assert bench.ledger.get(record.id).cost_usd is None


def test_an_older_job_can_be_asked_what_it_cost(bench: Bench) -> None:
    """Once, for a job that this process has never followed."""
    bench.service.on("result", result(bench.service, cost=0.4))
    record = bench.put(S.SUCCEEDED)
    found = bench.runner.ask_cost(record, endpoint(bench.service)).result(20)
    assert found == bench.ledger.get(record.id)
    assert found.cost_usd == Decimal("0.4")
    assert len(bench.service.asked("result")) == 1


def test_asking_joins_in_where_the_job_is_known(bench: Bench) -> None:
    """A watch on a finished job gets the cost; one that is under way is left alone."""
    bench.service.on("result", *[result(bench.service)] * (1 + len(WAITS)), result(bench.service, cost=0.4))
    held = Held(says(status="completed"))
    bench.service.on("status", held)
    watch = bench.submit()
    watch.accepted.result(20)
    where = endpoint(bench.service)
    assert bench.runner.ask_cost(watch.record, where).result(20) is watch.record
    held.free.set()
    watch.done.result(20)
    eventually(lambda: not bench.runner._late_cost.asking)
    assert watch.record.cost_usd is None
    bench.runner.ask_cost(watch.record, where).result(20)
    assert watch.record.cost_usd == Decimal("0.4")


@pytest.mark.parametrize("facts", [{"cost_usd": Decimal(1)}, {"request_id": None}, {"gone_at": 1.0}])
def test_where_there_is_nothing_to_learn_nothing_is_asked(bench: Bench, facts: dict[str, Any]) -> None:
    """A cost is known, no request was ever accepted, or the service has forgotten it."""
    record = replace(bench.put(S.SUCCEEDED), **facts)
    assert bench.runner.ask_cost(record, endpoint(bench.service)).result(20) is record
    assert bench.service.seen == []


@pytest.mark.parametrize("reply", [says(401, error_code=400004), raw(418, b""), says(status="succeeded")])
def test_an_answer_that_says_no_cost_is_no_error(bench: Bench, reply: Any) -> None:
    """The job stays as it is."""
    bench.service.on("result", reply)
    record = bench.put(S.SUCCEEDED)
    assert bench.runner.ask_cost(record, endpoint(bench.service)).result(20) == record


def test_a_token_that_cannot_be_one_asks_nothing(bench: Bench) -> None:
    """Whoever lists jobs need not have a token that works."""
    record = bench.put(S.SUCCEEDED)
    assert bench.runner.ask_cost(record, endpoint(bench.service, "no token")).result(20) is record
    assert bench.service.seen == []


def test_a_job_that_is_forgotten_is_not_asked_for_ever(bench: Bench) -> None:
    """The ledger remembers that the service does not have it."""
    bench.service.on("result", GONE)
    found = bench.runner.ask_cost(bench.put(S.SUCCEEDED), endpoint(bench.service)).result(20)
    assert found.gone_at is not None
    bench.runner.ask_cost(found, endpoint(bench.service)).result(20)
    assert len(bench.service.asked("result")) == 1


def test_a_ledger_that_refuses_is_no_error(bench: Bench) -> None:
    """A cost that cannot be written down now can be asked for again."""
    bench.service.on("result", result(bench.service, cost=0.4))
    record = bench.put(S.SUCCEEDED)
    with bench.locked():
        assert bench.runner.ask_cost(record, endpoint(bench.service)).result(20) == record


@pytest.mark.anyio
async def test_it_is_asked_ever_more_rarely_and_then_no_more(stage: Stage) -> None:
    """After 2, 10, 60 and 600 seconds; then nobody asks."""
    record = await stage.follow(S.IN_PROGRESS)
    stage.clock.waits.clear()
    told: list[Record] = []
    await LateCost(stage.ledger, stage.clock).ask_later(record, stage.client, told.append)
    assert stage.clock.waits == [2, 10, 60, 600]
    assert len(stage.service.asked("result")) == 5
    assert told == []


@pytest.mark.anyio
async def test_a_service_in_trouble_is_asked_next_time(stage: Stage) -> None:
    """One question without an answer ends nothing."""
    record = await stage.follow(S.IN_PROGRESS)
    stage.service.on("result", *[raw(418, b"")] * 2, result(stage.service, cost=0.4))
    told: list[Record] = []
    await LateCost(stage.ledger, stage.clock).ask_later(record, stage.client, told.append)
    assert [record.cost_usd for record in told] == [Decimal("0.4")]
    assert len(stage.service.asked("result")) == 4


@pytest.mark.anyio
async def test_a_forgotten_request_ends_the_asking(stage: Stage) -> None:
    """There is nobody to say it any more."""
    record = await stage.follow(S.IN_PROGRESS)
    stage.service.on("result", GONE)
    await LateCost(stage.ledger, stage.clock).ask_later(record, stage.client, lambda _: None)
    assert len(stage.service.asked("result")) == 2


@pytest.mark.anyio
async def test_a_file_that_was_moved_away_gets_no_new_sidecar(stage: Stage) -> None:
    """What the user has taken elsewhere is not described where it was."""
    record = await stage.follow(S.IN_PROGRESS)
    path = Path(record.files[0].path)
    await asyncio.to_thread(path.with_suffix(".json").unlink)
    stage.service.on("result", result(stage.service, cost=0.4))
    noted = await LateCost(stage.ledger, stage.clock).ask(record, stage.client)
    assert noted.cost_usd == Decimal("0.4")
    assert stage.files() == [path.name]
