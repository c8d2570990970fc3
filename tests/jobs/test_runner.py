from __future__ import annotations

import contextvars
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.stage import endpoint
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.runner import Terms
from runcomfy_jupyter.errors import TokenError
from support.polling import eventually
from support.scripted_service import Held, says

if TYPE_CHECKING:
    import logging

    import pytest

    from jobs.bench import Bench
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.watch import Watch

S = State
WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("WHERE", default="nowhere")


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
    """An observer that raises is reported once, and told of what comes after; so are all the others."""
    told: list[str] = []
    held = Held(says(status="in_progress"))
    bench.service.on("status", held, says(status="completed"))

    def broken(now: Watch) -> None:
        told.append(now.record.state.value)
        if held.free.is_set() and now.record.state is not S.SUCCEEDED:
            raise ZeroDivisionError

    seen: list[str] = []
    watch = bench.submit()
    watch.accepted.result(20)
    watch.observe(broken)
    watch.observe(lambda now: seen.append(now.record.state.value))
    held.free.set()
    assert watch.done.result(20).record.state is S.SUCCEEDED
    assert "succeeded" in told
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


def test_following_twice_is_following_once(bench: Bench) -> None:
    """Threads that follow the same job in the same instant get the same watch."""
    records = [bench.put(S.IN_QUEUE) for _ in range(20)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for record in records:
                together = threading.Barrier(4)

                def follow(_: int, record: Record = record, gate: threading.Barrier = together) -> Watch:
                    gate.wait()
                    return bench.follow(record)

                assert len({id(watch) for watch in pool.map(follow, range(4))}) == 1
    finally:
        sys.setswitchinterval(usual)
    assert {bench.follow(record).done.result(20).record.state for record in records} == {S.SUCCEEDED}


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
    assert bench.runner.follow(record, Terms(other, 10**6)).done.result(20).record.state is S.SUCCEEDED
    bearers = [seen.headers["authorization"] for seen in bench.service.asked("status")]
    assert bearers == ["Bearer sentinel-token-of-the-jobs", "Bearer another-good-token"]


def test_what_somebody_else_has_moved_is_not_sent(bench: Bench) -> None:
    """The ledger has the last word: whoever waits gets the job as it is there."""
    record = bench.begin()
    bench.ledger.move(record.id, S.CANCELLED, error="It was withdrawn.")
    watch = bench.send(record).done.result(20)
    assert (watch.record.state, watch.failure) == (S.CANCELLED, None)
    assert bench.service.seen == []


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
        together.wait(60)
        return says(status="completed")(seen)

    bench.service.on("status", answer)
    bench.runner.limit(30)
    watches = [bench.submit(f"boat {number}") for number in range(30)]
    assert {watch.done.result(90).record.state for watch in watches} == {S.SUCCEEDED}
    assert len({watch.record.request_id for watch in watches}) == bench.service.posts == 30
    eventually(lambda: not bench.runner._tasks)
