"""The runner where it is easily wrong: who makes room, who is waited for, whose word counts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.bench import Brisk
from jobs.stage import LIMIT, endpoint
from jobs.test_runner_closing import closing
from jobs.test_runner_owners import another_kernel, does
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.pacing import Pace
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter._jobs.background import Background
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.gate import LOOK_AGAIN
from runcomfy_jupyter._jobs.runner import Runner, Terms
from runcomfy_jupyter.errors import StorageError
from support.polling import eventually
from support.scripted_service import Held, Media, says

if TYPE_CHECKING:
    import asyncio

    from jobs.bench import Bench
    from runcomfy_jupyter._jobs.desk import Desk

S = State


class Line(Brisk):
    """Whoever stands in line sleeps until woken; for how long it meant to is noted."""

    def __init__(self) -> None:
        self.naps: list[float] = []

    async def sleep(self, seconds: float, wake: asyncio.Event) -> None:
        """Sleep as told above."""
        if seconds in {LOOK_AGAIN, 3600.0}:
            self.naps.append(seconds)
            await wake.wait()
            wake.clear()
        else:
            await super().sleep(seconds, wake)


def test_what_is_sent_for_the_dead_gets_its_answer_before_closing(bench: Bench) -> None:
    """A kernel that ends in the middle of a submission it took over keeps the request id as well."""
    held = Held(says(request_id="r-late"))
    bench.service.on("submit", held)
    record = bench.put(S.RECORDED)
    with bench.another_runner(patience=20.0) as runner:
        watch = bench.follow(record, runner)
        assert held.asked.wait(20)
        thread = threading.Thread(target=runner.close)
        thread.start()
        thread.join(0.3)
        held.free.set()
        thread.join(20)
        assert watch.failure is not None, "nobody follows it any more"
    record = bench.ledger.get(record.id)
    assert (record.state, record.request_id) == (S.IN_QUEUE, "r-late")


def test_a_request_id_that_could_not_be_written_is_said_at_the_end(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """When no cell is left to show it the terminal has it: it is the only way to what was paid for."""
    held = Held(says(request_id="r-shown"))
    bench.service.on("submit", held)
    sent = bench.send(bench.begin())
    assert held.asked.wait(20)
    with bench.locked():
        held.free.set()
        eventually(lambda: "the request id is r-shown" in sent.record.live.trouble)
        closing(bench).join(20)
    said = capsys.readouterr().err
    assert f"job {sent.record.id}: " in said
    assert "the request id is r-shown" in said


def test_an_end_in_order_says_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written down needs no words."""
    bench.submit().done.result(20)
    bench.runner.close()
    assert capsys.readouterr().err == ""


def test_nobody_waits_at_the_end_for_a_cost_that_may_come(bench: Bench) -> None:
    """It is asked for minutes later: a kernel that ends asks no more."""
    with bench.another_runner(clock=SystemClock(), patience=60.0) as runner:
        watch = bench.follow(bench.put(S.UNDELIVERED), runner)
        assert watch.done.result(20).record.cost_usd is None
        thread = threading.Thread(target=runner.close, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    assert len(bench.service.asked("result")) == 1


def test_closing_after_the_background_is_no_error(bench: Bench) -> None:
    """Whoever takes everything down twice finds it down."""
    background = Background()
    runner = Runner(bench.ledger, bench.owner, background)
    runner.close()
    background.close()
    runner.close()


@pytest.mark.parametrize("way", ["refused", "finished"])
def test_who_is_out_no_more_makes_room_at_once(bench: Bench, way: str) -> None:
    """With its refusal, or when only its file is left to fetch: nobody waits for the next look."""
    media = Held(Media())
    bench.service.on("media", media)
    held = Held(says(401, error_code=400004) if way == "refused" else says(status="completed"))
    if way == "refused":
        bench.service.on("submit", held, says(request_id="r-2"))
    else:
        bench.service.on("status", held, says(status="completed"))
    clock = Line()
    with bench.another_runner(clock=clock) as runner:
        runner.limit(1)
        bench.send(bench.begin("first"), runner)
        assert held.asked.wait(20)
        second = bench.send(bench.begin("second"), runner)
        eventually(lambda: LOOK_AGAIN in clock.naps)
        held.free.set()
        assert second.accepted.result(20).record.request_id == "r-2"
        media.free.set()


def test_the_job_as_the_ledger_knows_it_is_what_counts(bench: Bench) -> None:
    """A record that was read a while ago may be followed: what has become of the job is looked up."""
    old = bench.put(S.IN_QUEUE)
    bench.ledger.move(old.id, S.CANCELLED)
    watch = bench.follow(old).done.result(20)
    assert (watch.record.state, watch.failure) == (S.CANCELLED, None)
    moved = bench.put(S.IN_QUEUE)
    bench.service.on("status", says(status="in_progress"), says(status="completed"))
    bench.ledger.move(moved.id, S.IN_PROGRESS)
    assert bench.follow(moved).done.result(20).record.state is S.SUCCEEDED
    assert bench.service.posts == 0


def test_an_undelivered_job_with_a_reason_has_its_files_fetched(bench: Bench) -> None:
    """As all of them have one: it is paid for, and nothing keeps it from being asked for again."""
    record = bench.ledger.note(bench.put(S.UNDELIVERED).id, error="The host was in trouble.", sent_at=1.0)
    watch = bench.follow(record).done.result(20)
    assert (watch.record.state, watch.record.error) == (S.SUCCEEDED, "")


def test_files_that_another_kernel_fetches_are_waited_for(bench: Bench) -> None:
    """Of a job that rests undelivered, too; should that kernel give up, they are fetched here."""
    record = bench.put(S.UNDELIVERED)
    told: list[State] = []
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        watch.observe(lambda now: told.append(now.record.state))
        eventually(lambda: len(told) > 3)
        assert not watch.done.done()
        assert bench.service.seen == []
        does(other, "give back")
        assert watch.done.result(20).record.state is S.SUCCEEDED
    assert Path(watch.record.files[0].path).exists()


def test_another_kernels_job_is_looked_at_each_second(bench: Bench) -> None:
    """Not without a pause: the ledger is there for all kernels."""
    record = bench.put(S.IN_QUEUE)
    clock = Line()
    with another_kernel(bench, record), bench.another_runner(clock=clock) as runner:
        bench.follow(record, runner)
        eventually(lambda: clock.naps)
    assert clock.naps == [LOOK_AGAIN]


def test_an_end_over_there_ends_the_waiting_here(bench: Bench) -> None:
    """Though the kernel that brought it about lives on, and has not given the job back."""
    record = bench.put(S.IN_QUEUE)
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        does(other, "cancelled")
        assert watch.done.result(20).record.state is S.CANCELLED
    assert bench.service.seen == []


def test_a_job_that_runs_already_is_paced_like_others(bench: Bench) -> None:
    """Also where another kernel saw it begin."""
    bench.submit().done.result(20)
    told: list[Pace] = []

    async def hand(desk: Desk) -> None:
        told.append(desk.pace)

    terms = Terms(endpoint(bench.service), LIMIT, hand=hand, schema=built_in().schema)
    bench.runner.follow(bench.put(S.IN_PROGRESS), terms).done.result(20)
    [past] = bench.ledger.past(bench.draft().model, bench.service.base)
    assert told == [Pace.of([past.ran])]


def test_what_was_never_confirmed_is_not_handed_on(bench: Bench) -> None:
    """A cluster follows requests; of this one there is no id to follow."""
    handed: list[str] = []

    async def hand(desk: Desk) -> None:
        handed.append(desk.record.id)

    record = bench.ledger.note(bench.put(S.RECORDED).id, sent_at=1.0)
    watch = bench.runner.follow(record, Terms(endpoint(bench.service), LIMIT, hand=hand)).done.result(20)
    assert (watch.record.state, watch.failure) == (S.UNCONFIRMED, None)
    assert handed == []


def test_what_the_ledger_kept_from_being_sent_can_be_cancelled(bench: Bench) -> None:
    """It is recorded still, and would be sent by whoever takes it up."""
    record = bench.begin()
    with bench.locked():
        watch = bench.send(record).done.result(20)
    assert isinstance(watch.failure, StorageError)
    assert bench.ledger.get(record.id).state is S.RECORDED
    assert bench.cancel(watch.record).result(20).outcome is Outcome.CANCELLED
    assert bench.ledger.get(record.id).state is S.CANCELLED
    assert bench.service.seen == []
