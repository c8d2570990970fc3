from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter.errors import UserError
from support.children import Child, child
from support.polling import eventually
from support.scripted_service import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.bench import Bench
    from runcomfy_jupyter._domain.record import Record

S = State
ANOTHER_KERNEL = """
import sys
from pathlib import Path
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.owners import Owner
ledger, owner, job_id = Ledger(Path(sys.argv[1])), Owner(Path(sys.argv[2])), sys.argv[3]
print(ledger.claim(job_id, owner.name, owner.lives), flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "give back":
        ledger.release(job_id, owner.name)
    else:
        ledger.move(job_id, State(word), **({"request_id": "r-1"} if word == "in_queue" else {}))
    print("done", flush=True)
"""


@contextmanager
def another_kernel(bench: Bench, record: Record) -> Iterator[Child]:
    """Let another process follow a job until the block ends."""
    with child(ANOTHER_KERNEL, str(bench.ledger.path), str(bench.folder / "kernels"), record.id) as other:
        assert other.hear() == "True"
        yield other


def does(other: Child, word: str) -> None:
    """Have the other process move the job."""
    other.tell(word)
    assert other.hear() == "done"


def test_a_job_of_another_living_kernel_is_left_to_it(bench: Bench) -> None:
    """What the other writes is shown here; the service hears nothing from us, and its end is ours."""
    record = bench.put(S.RECORDED)
    bench.ledger.note(record.id, cost_usd=Decimal("0.40"))  # else that is asked for some time after the end
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        assert not watch.accepted.done()
        for word in ("in_queue", "in_progress", "downloading"):
            does(other, word)
            eventually(lambda: watch.record.state == word, what=word)  # noqa: B023 - asked at once
            assert watch.accepted.result(20) is watch
        assert not watch.done.done()
        does(other, "succeeded")
        does(other, "give back")
        assert watch.done.result(20).record.state is S.SUCCEEDED
    assert watch.failure is None
    assert bench.service.seen == []


@pytest.mark.parametrize("state", [S.IN_QUEUE, S.IN_PROGRESS, S.DOWNLOADING])
def test_a_job_is_taken_over_when_the_other_kernel_dies(bench: Bench, state: State) -> None:
    """Not before its death, and without a second POST."""
    record = bench.put(state)
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        watch.accepted.result(20)
        assert bench.service.seen == []
        other.kill()
        assert watch.done.result(20).record.state is S.SUCCEEDED
    assert bench.service.posts == 0


def test_a_job_that_is_given_back_is_taken_over(bench: Bench) -> None:
    """A kernel that ends in order leaves its jobs to whoever watches."""
    bench.service.on("status", says(status="cancelled"))
    record = bench.put(S.IN_QUEUE)
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        does(other, "give back")
        assert watch.done.result(20).record.state is S.CANCELLED


@pytest.mark.parametrize("state", [S.FAILED, S.UNCONFIRMED])
def test_the_others_verdict_stands(bench: Bench, state: State) -> None:
    """A submission that went wrong over there is not taken up here, and never sent again."""
    record = bench.put(S.RECORDED)
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        does(other, state.value)
        does(other, "give back")
        assert watch.done.result(20).record.state is state
    assert bench.service.seen == []


def test_what_the_dead_may_have_sent_is_unconfirmed(bench: Bench) -> None:
    """A kernel that dies between record and answer leaves a job that nobody sends again."""
    record = bench.ledger.note(bench.put(S.RECORDED).id, sent_at=1.0)
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        other.kill()
        assert watch.done.result(20).record.state is S.UNCONFIRMED
    assert watch.accepted.done()
    assert bench.service.seen == []


def test_what_the_dead_have_not_sent_is_sent(bench: Bench) -> None:
    """It was asked for, and certainly did not leave: it is sent once, by the one that takes it up."""
    record = bench.put(S.RECORDED)
    with another_kernel(bench, record) as other:
        watch = bench.follow(record)
        other.kill()
        assert watch.done.result(20).record.state is S.SUCCEEDED
    assert bench.service.posts == 1


def test_what_the_dead_have_not_sent_can_be_cancelled(bench: Bench) -> None:
    """Nothing is sent then, now or later; what a living kernel is about to send is left to it."""
    record = bench.put(S.RECORDED)
    with another_kernel(bench, record) as other:
        with pytest.raises(UserError, match="being sent by another kernel"):
            bench.cancel(record).result(20)
        other.kill()
    assert bench.cancel(record).result(20).outcome is Outcome.CANCELLED
    assert bench.ledger.get(record.id).state is S.CANCELLED
    assert bench.service.seen == []


def test_two_runners_never_follow_one_job_together(bench: Bench) -> None:
    """Of two kernels in which the same job is waited for, one asks the service; both see the end."""
    bench.service.on("status", *[says(status="in_queue")] * 5, says(status="completed"))
    record = bench.put(S.IN_QUEUE)
    with bench.another_runner() as other:
        mine, theirs = bench.follow(record), bench.follow(record, other)
        assert mine.done.result(20).record.state is S.SUCCEEDED
        assert theirs.done.result(20).record.state is S.SUCCEEDED
    assert len(bench.service.asked("status")) == 6
    assert len(bench.service.asked("media")) == 1
