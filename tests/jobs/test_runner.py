from __future__ import annotations

import contextvars
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import endpoint
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter.errors import InputError, ServiceError, TokenError
from support.polling import eventually
from support.scripted_service import Held, raw, says

if TYPE_CHECKING:
    import asyncio
    import logging

    from jobs.bench import Bench
    from runcomfy_jupyter._jobs.runner import Watch

S = State
WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("WHERE", default="nowhere")


class Patient:
    """A clock on which nobody wakes by himself."""

    def __init__(self) -> None:
        self.asleep = threading.Event()

    def now(self) -> float:
        """Return any time."""
        return 1_800_000_000.0

    ticks = now

    def chance(self) -> float:
        """Return the middle."""
        return 0.5

    async def sleep(self, seconds: float, wake: asyncio.Event) -> None:
        """Sleep until woken."""
        assert seconds > 0
        self.asleep.set()
        await wake.wait()
        wake.clear()


def test_a_job_is_carried_to_its_end_in_the_background(bench: Bench) -> None:
    """The caller gets a watch at once; what it sees are the ledger's states, and at last that it is over."""
    bench.service.on("status", says(status="in_progress"), says(status="completed"))
    seen: list[tuple[str, bool]] = []
    watch = bench.submit()
    watch.observe(lambda now: seen.append((now.record.state.value, now.over)))
    assert watch.accepted.result(20) is watch
    assert watch.done.result(20) is watch
    assert watch.failure is None
    assert watch.record.state is S.SUCCEEDED
    assert watch.record == bench.ledger.get(watch.record.id)
    assert seen[-1] == ("succeeded", True)
    assert [over for _, over in seen].count(True) == 1
    assert bench.service.posts == 1
    assert bench.runner.watch(watch.record.id) is watch


def test_the_outcome_of_a_submission_is_known_before_the_end(bench: Bench) -> None:
    """Whoever waits for acceptance does not wait for the video."""
    asked = Held(says(status="completed"))
    bench.service.on("status", asked)
    watch = bench.submit()
    assert watch.accepted.result(20).record.request_id == "r-1"
    assert not watch.done.done()
    asked.free.set()
    assert watch.done.result(20).record.state is S.SUCCEEDED


def test_a_picture_that_fails_stops_no_job(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """An observer that raises is told no more and reported; the others see everything."""
    told: list[str] = []
    held = Held(says(status="in_progress"))
    bench.service.on("status", held, says(status="completed"))

    def broken(now: Watch) -> None:
        told.append(now.record.state.value)
        if held.free.is_set():
            raise ZeroDivisionError

    seen: list[str] = []
    watch = bench.submit()
    watch.accepted.result(20)
    watch.observe(broken)
    watch.observe(lambda now: seen.append(now.record.state.value))
    held.free.set()
    assert watch.done.result(20).record.state is S.SUCCEEDED
    assert told.count("in_progress") == 1
    assert "succeeded" not in told
    assert "succeeded" in seen
    records: list[logging.LogRecord] = caplog.records
    assert [record.message.split("\n")[0] for record in records] == [f"showing job {watch.record.id} failed"]


def test_a_refused_submission_is_told_to_whoever_waits(bench: Bench) -> None:
    """Both futures are done, neither raises, and the watch has the reason."""
    bench.service.on("submit", says(401, error_code=400004))
    watch = bench.submit()
    assert watch.accepted.result(20) is watch.done.result(20)
    assert isinstance(watch.failure, TokenError)
    assert watch.record.state is S.FAILED


def test_a_cancellation_wakes_the_poll(bench: Bench) -> None:
    """The state follows from the service's word at once, not at the next question."""
    clock = Patient()
    with bench.another_runner(clock=clock) as runner:
        bench.service.on("status", says(status="in_queue"), says(status="cancelled"))
        watch = runner.submit(bench.begin(), endpoint(bench.service), 10**6)
        assert clock.asleep.wait(20)
        answer = runner.cancel(watch.record, endpoint(bench.service)).result(20)
        assert answer.outcome is Outcome.CANCELLED
        assert watch.done.result(20).record.state is S.CANCELLED


def test_a_job_that_cannot_be_cancelled_goes_on(bench: Bench) -> None:
    """The answer says so, and the video comes."""
    held = Held(says(status="completed"))
    bench.service.on("status", held)
    bench.service.on("cancel", says(202, outcome="not_cancellable"))
    watch = bench.submit()
    watch.accepted.result(20)
    answer = bench.cancel(watch.record).result(20)
    held.free.set()
    assert answer.outcome is Outcome.NOT_CANCELLABLE
    assert watch.done.result(20).record.state is S.SUCCEEDED


def test_a_cancel_call_that_fails_is_told_and_the_job_still_followed(bench: Bench) -> None:
    """Nobody is told that it was cancelled."""
    held = Held(says(status="completed"))
    bench.service.on("status", held)
    bench.service.on("cancel", raw(418, b""))
    watch = bench.submit()
    watch.accepted.result(20)
    with pytest.raises(ServiceError):
        bench.cancel(watch.record).result(20)
    held.free.set()
    assert watch.done.result(20).record.state is S.SUCCEEDED


def test_a_job_can_be_cancelled_that_nobody_here_follows(bench: Bench) -> None:
    """The call is made all the same."""
    record = bench.put(S.IN_QUEUE)
    answer = bench.cancel(record).result(20)
    assert answer.outcome is Outcome.CANCELLED
    assert bench.service.asked("cancel")[0].path == "/v1/requests/r-1/cancel"


def test_without_a_request_there_is_nothing_to_cancel(bench: Bench) -> None:
    """That is said in words, and nothing is sent."""
    with pytest.raises(InputError, match="there is no request to cancel"):
        bench.cancel(bench.put(S.RECORDED))
    assert bench.service.seen == []


def test_following_twice_is_following_once(bench: Bench) -> None:
    """Threads that follow the same job in the same instant get the same watch."""
    held = Held(says(status="completed"))
    bench.service.on("status", held)
    record = bench.put(S.IN_QUEUE)
    together = threading.Barrier(8)
    found: list[Watch] = []

    def follow() -> None:
        together.wait()
        found.append(bench.follow(record))

    threads = [threading.Thread(target=follow) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held.free.set()
    assert len({id(watch) for watch in found}) == 1
    assert found[0].done.result(20).record.state is S.SUCCEEDED
    assert len(bench.service.asked("status")) == 1


def test_an_undelivered_job_has_its_files_fetched(bench: Bench) -> None:
    """Following it again asks for the result, not for the status."""
    watch = bench.follow(bench.put(S.UNDELIVERED)).done.result(20)
    assert watch.record.state is S.SUCCEEDED
    assert bench.service.asked("status") == []
    assert bench.service.posts == 0


def test_a_succeeded_job_whose_file_is_gone_has_it_fetched(bench: Bench) -> None:
    """It is had again from the service, never bought again."""
    record = bench.follow(bench.put(S.IN_QUEUE)).done.result(20).record
    path = Path(record.files[0].path)
    path.unlink()
    again = bench.follow(record).done.result(20).record
    assert again.state is S.SUCCEEDED
    assert path.exists()
    assert bench.service.posts == 0


def test_another_token_takes_up_what_a_revoked_one_left(bench: Bench) -> None:
    """The watch has the reason; the job keeps its state, and each token has connections of its own."""
    bench.service.on("status", says(401, error_code=400004), says(status="completed"))
    record = bench.put(S.IN_PROGRESS)
    watch = bench.follow(record).done.result(20)
    assert isinstance(watch.failure, TokenError)
    assert bench.ledger.get(record.id) == record
    other = replace(endpoint(bench.service, "another-good-token"))
    assert bench.runner.follow(record, other, 10**6).done.result(20).record.state is S.SUCCEEDED
    bearers = [seen.headers["authorization"] for seen in bench.service.asked("status")]
    assert bearers == ["Bearer sentinel-token-of-the-jobs", "Bearer another-good-token"]


def test_a_ledger_that_cannot_be_written_at_the_end_lets_the_waiting_go(bench: Bench) -> None:
    """Giving a job back may fail; whoever waits for it must not wait for ever."""
    held = Held(says(401, error_code=400004))
    bench.service.on("status", held)
    watch = bench.follow(bench.put(S.IN_QUEUE))
    assert held.asked.wait(20)
    with bench.locked():
        held.free.set()
        assert isinstance(watch.done.result(20).failure, TokenError)


def test_what_happens_to_a_job_happens_in_its_cells_context(bench: Bench) -> None:
    """Pictures find their cell by a context variable, so the task has the submitting cell's."""
    held = Held(says(status="completed"))
    bench.service.on("status", held)
    found: list[Any] = []

    def cell() -> Watch:
        WHERE.set("cell 7")
        return bench.submit()

    watch = contextvars.copy_context().run(cell)
    watch.accepted.result(20)
    watch.observe(lambda _: found.append(WHERE.get()))
    held.free.set()
    watch.done.result(20)
    assert found[0] == "nowhere"
    assert set(found[1:]) == {"cell 7"}


def test_many_jobs_are_carried_at_once(bench: Bench) -> None:
    """Thirty jobs wait for each other in nothing."""
    together = threading.Barrier(30)

    def answer(seen: Any) -> Any:
        together.wait(20)
        return says(status="completed")(seen)

    bench.service.on("status", answer)
    watches = [bench.submit(f"boat {number}") for number in range(30)]
    assert {watch.done.result(30).record.state for watch in watches} == {S.SUCCEEDED}
    assert len({watch.record.request_id for watch in watches}) == bench.service.posts == 30
    eventually(lambda: not bench.runner._tasks)
