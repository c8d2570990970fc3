from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING

import pytest

from jobs.stage import endpoint
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter._jobs.runner import Terms
from runcomfy_jupyter.errors import InputError, ServiceError
from support.scripted_service import Held, raw, says

if TYPE_CHECKING:
    import asyncio

    from jobs.bench import Bench

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


def test_a_cancellation_wakes_the_poll(bench: Bench) -> None:
    """The state follows from the service's word at once, not at the next question."""
    clock = Patient()
    with bench.another_runner(clock=clock) as runner:
        bench.service.on("status", says(status="cancelled"))
        watch = runner.submit(bench.begin(), Terms(endpoint(bench.service), 10**6))
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
        bench.cancel(bench.put(S.UNCONFIRMED)).result(20)
    assert bench.service.seen == []


def test_what_waits_to_be_sent_is_withdrawn(bench: Bench) -> None:
    """While the service asks to come back later nothing of it is there; nothing is sent any more."""
    bench.service.on("submit", raw(429, b"", {"retry-after": "200"}), says(request_id="r-1"))
    clock = Patient()
    with bench.another_runner(clock=clock) as runner:
        watch = runner.submit(bench.begin(), Terms(endpoint(bench.service), 10**6))
        assert clock.asleep.wait(20)
        assert "come back later" in watch.record.live.trouble
        answer = runner.cancel(watch.record, endpoint(bench.service)).result(20)
        assert answer.outcome is Outcome.CANCELLED
        assert watch.done.result(20).failure is None
    record = bench.ledger.get(watch.record.id)
    assert (record.state, record.error) == (S.CANCELLED, "It was withdrawn before it was sent.")
    assert bench.service.posts == 1
    assert bench.service.asked("cancel") == []


def test_what_was_accepted_before_it_could_be_withdrawn_is_cancelled_there(bench: Bench) -> None:
    """A submission on its way gets its answer first; then the service is asked."""
    held = Held(says(request_id="r-1"))
    bench.service.on("submit", held)
    bench.service.on("status", says(status="cancelled"))
    watch = bench.submit()
    assert held.asked.wait(20)
    answer = bench.cancel(watch.record)
    held.free.set()
    assert answer.result(20).outcome is Outcome.CANCELLED
    assert bench.service.asked("cancel")[0].path == "/v1/requests/r-1/cancel"
    assert watch.done.result(20).record.request_id == "r-1"
