"""Closing while some requests are on the wire and others wait in line for their turn."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.lifecycle import State
from support.polling import eventually
from support.scripted_service import Held, says

if TYPE_CHECKING:
    from jobs.bench import Bench
    from runcomfy_jupyter._jobs.runner import Runner

S = State


def closing(runner: Runner) -> threading.Thread:
    """Close a runner in a thread of its own."""
    thread = threading.Thread(target=runner.close, daemon=True)
    thread.start()
    return thread


def test_what_had_to_wait_for_its_turn_gets_its_answer_too(bench: Bench) -> None:
    """Once it is out it is on the wire like any other: its request id is waited for, and kept."""
    held = Held(says(request_id="r-2"))
    bench.service.on("submit", says(401, error_code=400004), held)
    with bench.another_runner(patience=20.0) as runner:
        runner.limit(0)
        first, second = (bench.send(bench.begin(prompt), runner) for prompt in ("first", "second"))
        second.queued.result(20)
        first.queued.result(20)
        runner.limit(1)
        assert held.asked.wait(20)
        thread = closing(runner)
        thread.join(0.3)
        held.free.set()
        thread.join(20)
        assert not thread.is_alive()
    sent = [bench.ledger.get(watch.record.id) for watch in (first, second)]
    assert sorted((job.state.value, job.request_id) for job in sent) == [
        ("failed", None),
        ("in_queue", "r-2"),
    ]


def test_what_stands_in_line_is_not_waited_for(bench: Bench) -> None:
    """It certainly was not sent, and another kernel may send it."""
    bench.service.on("status", says(status="in_queue"))
    with bench.another_runner(patience=60.0) as runner:
        runner.limit(1)
        first = bench.send(bench.begin("first"), runner)
        first.accepted.result(20)
        second = bench.send(bench.begin("second"), runner)
        second.queued.result(20)
        thread = closing(runner)
        thread.join(20)
        assert not thread.is_alive()
    record = bench.ledger.get(second.record.id)
    assert (record.state, record.sent_at) == (S.RECORDED, None)
    eventually(lambda: bench.service.posts == 1)
