from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import (
    BalanceError,
    JobCancelled,
    JobFailed,
    JobUndelivered,
    SubmissionUnconfirmed,
    TokenError,
)
from session.stalling import under_way
from support.scripted_service import Held, Service, raw, says


@pytest.mark.parametrize(
    ("call", "reply", "error", "state"),
    [
        ("result", says(status="failed", error="AiError"), JobFailed, "failed"),
        ("status", says(status="cancelled"), JobCancelled, "cancelled"),
        ("media", raw(404, b""), JobUndelivered, "undelivered"),
        ("submit", says(402, error_code=400002), BalanceError, "failed"),
        ("submit", raw(500, b""), SubmissionUnconfirmed, "unconfirmed"),
        ("status", says(401, error_code=400004), TokenError, "in_queue"),
    ],
)
def test_waiting_raises_what_a_job_ended_in(
    session: Session, service: Service, call: str, reply: Any, error: type[Exception], state: str
) -> None:
    """The same error each time it is waited for, and in another session too as far as the ledger knows."""
    service.on(call, reply)
    job = session.submit("x")
    for _ in range(2):
        with pytest.raises(error):
            job.wait(20)
    assert job.state == state
    if state in ("cancelled", "undelivered", "unconfirmed"):
        other = Session()
        with pytest.raises(error, match=job.id):
            other.get(job.id).wait(20)
        other.close()


def test_a_job_that_failed_says_why_later_on(session: Session, service: Service) -> None:
    """Another session, which did not see it fail, has the reason from the ledger."""
    service.on("result", says(status="failed", error="AiError: no"))
    job = session.submit("x")
    with pytest.raises(JobFailed):
        job.wait(20)
    other = Session()
    with pytest.raises(JobFailed, match=f"AiError: no.*{job.id}"):
        other.get(job.id).wait()
    assert other.get(job.id).error == "AiError: no"
    other.close()


def test_what_another_kernel_made_of_a_job_counts(session: Session, service: Service) -> None:
    """A token that failed here does not hide that the job has failed since, or succeeded, elsewhere."""
    service.on("status", says(401, error_code=400004), says(status="completed"))
    service.on("result", says(status="failed", error="AiError: no"))
    job = session.submit("x")
    with pytest.raises(TokenError):
        job.wait(20)
    other = Session()
    with pytest.raises(JobFailed):
        other.get(job.id).wait(20)
    other.close()
    with pytest.raises(JobFailed, match="AiError: no"):
        job.wait(20)


def test_waiting_takes_up_what_is_not_followed(session: Session, service: Service) -> None:
    """A job that a session left on its way is carried to its end by the next one that waits for it."""
    job, held = under_way(session, service)
    session.close()
    held.free.set()
    other = Session()
    assert [left.id for left in other.unfinished()] == [job.id]
    assert len(other.engine.orphans()) == 1
    assert other.get(job.id).wait(20).state == "succeeded"
    assert other.unfinished() == []
    assert other.engine.orphans() == []
    other.close()
    assert service.posts == 1


@pytest.mark.anyio
async def test_awaiting_gives_the_job(session: Session) -> None:
    """`await job` returns it once it has succeeded, and at once from then on."""
    job = session.submit("x")
    assert await job is job
    assert job.state == "succeeded"
    assert await job is job
    other = Session()
    assert (await other.get(job.id)).path == job.path
    other.close()


@pytest.mark.anyio
async def test_awaiting_raises_as_waiting_does(session: Session, service: Service) -> None:
    """The ending's error."""
    service.on("result", says(status="failed", error="AiError: no"))
    with pytest.raises(JobFailed, match="AiError: no"):
        await session.submit("x")


@pytest.mark.anyio
async def test_an_await_that_is_cancelled_leaves_the_job_running(session: Session, service: Service) -> None:
    """Only the waiting ends; whoever awaits it again gets the video."""
    job, held = under_way(session, service)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(job, 0.05)
    watch = session.watch(job.id)
    assert watch is not None
    assert not watch.done.done()
    held.free.set()
    await job
    assert job.state == "succeeded"
    assert service.posts == 1


@pytest.mark.anyio
async def test_other_tasks_go_on_while_one_awaits(session: Session, service: Service) -> None:
    """Several jobs are awaited together, and a task of the user's own goes on meanwhile."""
    held = Held(says(status="completed"))
    service.on("status", held)
    jobs = [session.submit(f"boat {number}") for number in range(3)]
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while ticks < 20:
            ticks += 1
            await asyncio.sleep(0)
        held.free.set()

    await asyncio.gather(tick(), *jobs)
    assert ticks == 20
    assert {job.state for job in jobs} == {"succeeded"}
