"""What a job's desk does while nobody answers, and while the disk takes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter.errors import BadReply, Busy, ServiceError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.stage import Stage

pytestmark = pytest.mark.anyio
S = State


@contextmanager
def refusing(stage: Stage, times: int) -> Iterator[None]:
    """Have the ledger take nothing until the job has waited so many times."""
    with closing(sqlite3.connect(stage.ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stage.clock.then = lambda number: other.rollback() if number == times else None
        yield


async def test_a_question_that_fails_is_asked_ever_more_rarely(stage: Stage) -> None:
    """The pauses double from a second on; what the service asks for is waited."""
    trouble: list[ServiceError] = [BadReply("x"), Unreachable("x"), BadReply("x"), Busy("x", retry_after=90)]

    async def question() -> str:
        if trouble:
            raise trouble.pop(0)
        return "answered"

    desk = stage.follower(stage.job(S.IN_QUEUE)).desk
    assert await desk.ask(question) == "answered"
    assert stage.clock.waits == [1.0, 2.0, 4.0, 90.0]


async def test_the_disk_is_tried_ever_more_rarely(stage: Stage) -> None:
    """However long it refuses, the move is written in the end, once."""
    desk = stage.follower(stage.job(S.IN_QUEUE)).desk
    with refusing(stage, 4):
        await desk.move(S.IN_PROGRESS, {"started_at": 5.0})
    assert stage.clock.waits == [1.0, 2.0, 4.0, 8.0]
    assert stage.ledger.get(desk.record.id).started_at == 5.0
    assert [told.live.unwritten for told in stage.told] == [True] * 4 + [False]
    assert stage.told[-1].live.trouble == ""


async def test_what_the_disk_refuses_is_shown_as_it_is(stage: Stage) -> None:
    """Of a request that was just accepted the id is known here alone: all that is told holds it."""
    desk = stage.follower(stage.job(S.RECORDED, sent_at=1.0)).desk
    with refusing(stage, 1):
        await desk.move(S.IN_QUEUE, {"request_id": "r-7", "accepted_at": 5.0})
    [shown, written] = stage.told
    assert (shown.state, shown.request_id, shown.accepted_at) == (S.IN_QUEUE, "r-7", 5.0)
    assert "the request id is r-7" in shown.live.trouble
    assert (written.request_id, written.live.trouble) == ("r-7", "")


@pytest.mark.parametrize(
    ("state", "to", "said"), [(S.IN_QUEUE, S.IN_PROGRESS, "r-1"), (S.RECORDED, S.FAILED, "none yet")]
)
async def test_the_request_id_to_note_by_hand_is_named(
    stage: Stage, state: State, to: State, said: str
) -> None:
    """That of the ledger, where the job has one already."""
    desk = stage.follower(stage.job(state)).desk
    with refusing(stage, 1):
        await desk.move(to)
    assert stage.told[0].live.trouble.endswith(f"Until it can: the request id is {said}.")
