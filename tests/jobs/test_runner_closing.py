from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jobs.bench import PATIENCE
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.clock import SystemClock
from support.clips import CLIP
from support.polling import eventually
from support.scripted_service import Held, Media, drop, raw, says

if TYPE_CHECKING:
    from jobs.bench import Bench

S = State


def closing(bench: Bench) -> threading.Thread:
    """Close the bench's runner in a thread of its own."""
    thread = threading.Thread(target=bench.runner.close)
    thread.start()
    return thread


def owner_of(bench: Bench, job_id: str) -> Any:
    """Return who owns a job."""
    return bench.ledger._db.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()[0]


def test_what_is_being_sent_gets_its_answer_first(bench: Bench) -> None:
    """A runner that is closed in the middle of a submission keeps the request id, and gives the job back."""
    held = Held(says(request_id="r-late"))
    bench.service.on("submit", held)
    watch = bench.submit()
    assert held.asked.wait(20)
    thread = closing(bench)
    held.free.set()
    thread.join(20)
    record = bench.ledger.get(watch.record.id)
    assert (record.state, record.request_id) == (S.IN_QUEUE, "r-late")
    assert owner_of(bench, record.id) is None
    assert watch.done.done()
    assert bench.service.posts == 1


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(bench: Bench) -> None:
    """The job is left unconfirmed, since it may have been accepted."""
    held = Held(drop)
    bench.service.on("submit", held)
    watch = bench.submit()
    assert held.asked.wait(20)
    bench.runner.close()
    held.free.set()
    record = bench.ledger.get(watch.record.id)
    assert (record.state, record.error) == (S.UNCONFIRMED, "It was stopped while being sent.")
    assert isinstance(watch.failure, asyncio.CancelledError)


def test_a_ledger_that_frees_itself_in_time_still_gets_the_answer(bench: Bench) -> None:
    """An accepted request that cannot be written at once is written while the runner closes."""
    held = Held(says(request_id="r-late"))
    bench.service.on("submit", held)
    with bench.another_runner(patience=1.0) as runner:
        record = bench.ledger.begin(bench.draft(), owner=runner.owner)[0]
        watch = bench.send(record, runner)
        assert held.asked.wait(20)
        with bench.locked():
            held.free.set()
            eventually(lambda: "the request id is r-late" in watch.record.live.trouble)
            thread = threading.Thread(target=runner.close)
            thread.start()
            # Nobody attends to the job any more; what it was writing goes on without it.
            eventually(watch.done.done)
        thread.join(20)
    record = bench.ledger.get(record.id)
    assert (record.state, record.request_id) == (S.IN_QUEUE, "r-late")


def test_a_ledger_that_stays_locked_does_not_keep_the_kernel(bench: Bench) -> None:
    """Closing has an end; the request id was shown, and the intent is still there for the next kernel."""
    held = Held(says(request_id="r-shown"))
    bench.service.on("submit", held)
    record = bench.begin()
    sent = bench.send(record)
    assert held.asked.wait(20)
    with bench.locked():
        held.free.set()
        eventually(lambda: "the request id is r-shown" in sent.record.live.trouble)
        thread = closing(bench)
        thread.join(10 * PATIENCE + 5)
        assert not thread.is_alive()
        assert sent.done.done()
    assert bench.ledger.get(record.id).state in {S.RECORDED, S.IN_QUEUE}
    assert bench.service.posts == 1


@pytest.mark.parametrize("state", [S.IN_QUEUE, S.IN_PROGRESS])
def test_a_job_under_way_keeps_its_state_for_the_next_kernel(bench: Bench, state: State) -> None:
    """Nothing is lost by closing; another runner carries it to its end."""
    bench.service.on("status", says(status=state.value))
    watch = bench.follow(bench.put(state))
    eventually(lambda: bench.service.asked("status"))
    bench.runner.close()
    assert bench.ledger.get(watch.record.id).state is state
    assert owner_of(bench, watch.record.id) is None
    bench.service.on("status", says(status="completed"))
    again = bench.go_on(watch.record.id)
    assert again.state is S.SUCCEEDED
    assert bench.service.posts == 0


def test_a_download_under_way_is_resumed_by_the_next_kernel(bench: Bench) -> None:
    """What has come stays, and is not fetched again."""
    media = Media(cuts=[5000])
    held = Held(media)
    bench.service.on("media", media, held)
    watch = bench.follow(bench.put(S.IN_PROGRESS))
    assert held.asked.wait(20)
    bench.runner.close()
    held.free.set()
    assert bench.ledger.get(watch.record.id).state is S.DOWNLOADING
    bench.service.on("media", media)
    media.sent.clear()
    assert bench.go_on(watch.record.id).state is S.SUCCEEDED
    assert range(5000, len(CLIP)) in media.sent
    assert all(sent.start == 5000 for sent in media.sent)


def test_closing_twice_is_closing_once(bench: Bench) -> None:
    """The second time does nothing."""
    bench.submit().done.result(20)
    bench.runner.close()
    bench.runner.close()


def test_a_cancel_call_under_way_is_ended(bench: Bench) -> None:
    """A runner that closes leaves nothing running behind."""
    held = Held(drop)
    bench.service.on("cancel", held)
    record = bench.put(S.IN_QUEUE)
    answer = bench.cancel(record)
    assert held.asked.wait(20)
    bench.runner.close()
    held.free.set()
    eventually(answer.done)


def test_what_another_kernel_sends_is_not_waited_for(bench: Bench) -> None:
    """A job that another living process is just submitting does not keep this one from closing."""
    with bench.another_runner() as other:
        record = bench.ledger.begin(bench.draft(), owner=other._owner.name)[0]
        watch = bench.follow(record)
        eventually(lambda: bench.runner._tasks)
        thread = closing(bench)
        thread.join(PATIENCE * 0.8)
        assert not thread.is_alive()
        assert bench.ledger.get(record.id) == record
        assert watch.done.done()
    assert bench.service.seen == []


def test_what_waits_to_be_sent_is_not_waited_for(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A service that asks to come back in minutes keeps no kernel from ending; nothing is in doubt."""
    bench.service.on("submit", raw(429, b"", {"retry-after": "200"}), says(request_id="r-1"))
    with bench.another_runner(clock=SystemClock(), patience=60.0) as runner:
        record = bench.ledger.begin(bench.draft(), owner=runner.owner)[0]
        watch = bench.send(record, runner)
        eventually(lambda: watch.record.live.trouble)
        thread = threading.Thread(target=runner.close)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    assert "waiting for RunComfy's answer" not in capsys.readouterr().err
    again = bench.go_on(record.id)
    assert again.state is S.SUCCEEDED
    assert bench.service.posts == 2
