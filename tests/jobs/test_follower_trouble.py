from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import TOKEN
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.desk import PATIENCE
from runcomfy_jupyter.errors import BalanceError, ServiceError, SubmissionUnconfirmed, TokenError, Unreachable
from support.scripted_service import drop, raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage

pytestmark = pytest.mark.anyio
S = State
BAD_TOKEN = says(401, error_code=400004, error_message="token revoked")


def queued(position: int | None = None, word: str = "in_queue") -> Any:
    """Say that a request waits."""
    return says(status=word, queue_position=position)


async def test_trouble_before_the_result_takes_nothing_from_the_outputs_time(stage: Stage) -> None:
    """The minute for the output begins with the first answer, however long that took."""
    ready = says(status="succeeded", output={"video": stage.service.url()})
    stage.service.on("result", *[raw(503, b"")] * 40, says(status="succeeded", output={}), ready)
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.SUCCEEDED


@pytest.mark.parametrize("state", [S.IN_QUEUE, S.IN_PROGRESS, S.DOWNLOADING])
async def test_a_revoked_token_stops_the_following_and_nothing_else(stage: Stage, state: State) -> None:
    """The job keeps its state and its id, and with a good token it goes on from there."""
    stage.service.on("status", BAD_TOKEN)
    stage.service.on("result", BAD_TOKEN)
    record = stage.job(state)
    with pytest.raises(TokenError):
        await stage.follower(record).follow()
    assert stage.ledger.get(record.id) == record
    stage.service.on("status", says(status="completed"))
    stage.service.on("result", says(status="succeeded", output=[stage.service.url()]))
    await stage.follower(record).follow()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED


@pytest.mark.parametrize("reply", [raw(503, b""), drop, raw(200, b"<html>"), says(200, error_code=500001)])
@pytest.mark.parametrize("call", ["status", "result"])
async def test_silence_has_an_end(stage: Stage, reply: Any, call: str) -> None:
    """After half an hour without an answer the following stops; the job is kept, and the way on is said."""
    stage.service.on(call, reply)
    stage.clock.pace = 10
    began = stage.clock.seconds
    record = stage.job(S.IN_PROGRESS)
    with pytest.raises(ServiceError, match=f"No answer for 30 minutes: .*rc.get.'{record.id}'"):
        await stage.follower(record).follow()
    assert PATIENCE <= stage.clock.seconds - began < 1.2 * PATIENCE
    assert stage.ledger.get(record.id) == record
    assert stage.told[-1].live.trouble
    assert all(wait <= 15 for wait in stage.clock.waits)


async def test_trouble_that_passes_is_shown_and_forgotten(stage: Stage) -> None:
    """While nobody answers the reason is told; a silence that ends starts the patience anew."""
    stage.clock.pace = 10
    almost = [raw(503, b"")] * 48
    stage.service.on("status", *almost, queued(1), *almost, says(status="completed"))
    record = await stage.follow(S.IN_QUEUE)
    assert record.state is S.SUCCEEDED
    assert any("HTTP 503" in told.live.trouble for told in stage.told)
    assert stage.told[-1].live.trouble == ""


async def test_a_word_that_nobody_knows_is_borne_for_half_an_hour(stage: Stage) -> None:
    """Then the following stops with the id kept; a known word in between starts the patience anew."""
    stage.clock.pace = 10
    stage.service.on("status", says(status="enchanted"))
    began = stage.clock.seconds
    record = stage.job(S.IN_QUEUE)
    with pytest.raises(ServiceError, match=f"'enchanted'.*Its request id is kept; rc.get.'{record.id}'"):
        await stage.follower(record).follow()
    assert PATIENCE <= stage.clock.seconds - began < 1.1 * PATIENCE
    assert stage.ledger.get(record.id) == record
    often = [says(status="enchanted")] * 12
    stage.service.on("status", *often, queued(), *often, queued(), *often, says(status="completed"))
    await stage.follower(record).follow()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED


async def test_an_answer_that_is_a_no_stops_the_following(stage: Stage) -> None:
    """What will not pass by itself is not asked for half an hour."""
    stage.service.on("status", raw(418, b"{}"))
    record = stage.job(S.IN_QUEUE)
    with pytest.raises(ServiceError, match="refused"):
        await stage.follower(record).follow()
    assert len(stage.service.asked("status")) == 1
    assert stage.ledger.get(record.id) == record


@pytest.mark.parametrize(
    ("reply", "error", "state"),
    [
        (says(402, error_code=400002, error_message="no balance"), BalanceError, S.FAILED),
        (BAD_TOKEN, TokenError, S.FAILED),
        (raw(500, b""), SubmissionUnconfirmed, S.UNCONFIRMED),
        (raw(200, b"<html>"), SubmissionUnconfirmed, S.UNCONFIRMED),
        (says(200, request_id="../../x"), SubmissionUnconfirmed, S.UNCONFIRMED),
        (drop, SubmissionUnconfirmed, S.UNCONFIRMED),
    ],
)
async def test_what_became_of_a_submission_is_kept(
    stage: Stage, reply: Any, error: type[Exception], state: State
) -> None:
    """A clear no is a failure, anything unclear is unconfirmed; either way there was one POST."""
    stage.service.on("submit", reply)
    follower = stage.follower(stage.job())
    with pytest.raises(error) as caught:
        await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert record.state is state
    assert record.error
    assert record.error in str(caught.value)
    assert stage.service.posts == 1


async def test_a_service_that_is_not_there_leaves_a_failed_job(stage: Stage) -> None:
    """Nothing was sent, so the same cell may send it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    async with Client(TOKEN, nobody, clock=stage.clock.wire) as client:
        follower = replace(stage, client=client).follower(stage.job())
        with pytest.raises(Unreachable):
            await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert record.state is S.FAILED
    assert "Nothing was sent" in record.error


async def test_a_job_of_the_dead_is_unconfirmed_if_it_may_have_been_sent(stage: Stage) -> None:
    """The kernel died between record and answer: nobody knows, and nothing is sent again."""
    sent = await stage.follow(S.RECORDED, sent_at=1_800_000_000.0)
    assert (sent.state, sent.error) == (S.UNCONFIRMED, "The kernel ended before RunComfy's answer was kept.")
    assert stage.service.seen == []
    assert stage.job(S.RECORDED).unsent
    assert not stage.job(S.IN_QUEUE).unsent


async def test_a_job_that_cannot_be_is_a_bug_and_says_so(stage: Stage) -> None:
    """One that is in the queue without a request id is no trouble of the service's."""
    record = replace(stage.job(S.IN_QUEUE), request_id=None)
    with pytest.raises(RuntimeError, match="is in_queue without a request id"):
        await stage.follower(record).follow()
