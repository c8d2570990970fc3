"""What a batch says: what to do where jobs of it did not succeed, and what came of cancelling it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import JobFailed
from support.scripted_service import raw, says
from support.shell import a_shell

if TYPE_CHECKING:
    from support.scripted_service import Service

ANEW = "sends only what has not succeeded."
FETCH = "tries again to fetch what is paid."


@pytest.mark.parametrize(
    ("call", "reply", "script", "shell"),
    [
        ("submit", raw(500, b""), "submit(…, again=True) buys one anew", "%sora again ID writes a cell"),
        ("media", raw(404, b""), f"batch.wait() {FETCH}", f"%sora resume {FETCH}"),
        ("submit", says(402), f"submit_many with the same shots {ANEW}", f"Running the cell again {ANEW}"),
    ],
    ids=["unconfirmed", "undelivered", "failed"],
)
def test_the_way_on_of_a_batch_is_one_that_works_here(
    session: Session, service: Service, call: str, reply: Any, script: str, shell: str
) -> None:
    """A script is told functions, a shell its commands; in each case what was paid for comes first."""
    service.on(call, reply)
    batch = session.submit_many(["A boat", "A kite"])
    for place, words, others in ((nullcontext(), script, "%sora"), (a_shell(), shell, "again=True")):
        with place, pytest.raises(JobFailed) as caught:
            batch.wait(30)
        assert words in str(caught.value)
        assert others not in str(caught.value)


@pytest.mark.parametrize("named", ["a prompt", "inputs"])
def test_a_model_without_a_prompt_says_what_it_takes(session: Session, service: Service, named: str) -> None:
    """Whoever writes a prompt for it reads the names of its inputs, wherever they are."""
    fields = {"properties": {"image_url": {"type": "string"}}, "type": "object"}
    service.on("card", says(model_id="lab/up/scale", display_name="Up", input_schema=fields))
    asked: dict[str, Any] = {"prompt": "A boat"} if named == "a prompt" else {"inputs": {"seed": 1}}
    with pytest.raises(ValueError, match=r"It takes image_url\. Nothing was sent"):
        session.submit(model="lab/up/scale", **asked)
    assert service.posts == 0


def test_a_job_that_could_not_be_asked_about_is_not_said_to_be_over(
    session: Session, service: Service
) -> None:
    """A token that is no longer good leaves the jobs running, and the count says that nobody knows."""
    service.on("status", says(status="in_queue"))
    batch = session.submit_many(["A boat", "A kite"])
    for watch in batch.follow():
        assert watch is not None
        watch.accepted.result(20)
    service.on("cancel", says(401, error_code=400004))
    assert batch.cancel() == {"unknown": 2}
    assert {job.state for job in batch} == {"in_queue"}


def test_what_another_kernel_is_about_to_send_is_not_said_to_be_over(session: Session) -> None:
    """It cannot be taken back from here, and may still be sent."""
    other = Session()
    try:
        drafts = other.plan([{"prompt": "A boat"}]).drafts
        [(record, _)] = other.ledger.begin_all(drafts, owner=other.engine.runner.owner)
        assert Batch(session, [session.get(record.id)]).cancel() == {"unknown": 1}
        assert session.get(record.id).state == "recorded"
    finally:
        other.close()


def test_cancelling_lets_nothing_more_out(session: Session, service: Service) -> None:
    """A request that is cancelled makes room, and what waits in line does not take it."""
    session.options.max_in_flight = 2
    service.on("status", says(status="in_queue"))
    batch = session.submit_many([f"A boat of {number} boards" for number in range(300)])
    for job in batch[:2]:
        watch = session.watch(job.id)
        assert watch is not None
        watch.accepted.result(20)
    service.on("status", says(status="cancelled"))
    service.on("result", says(status="cancelled"))
    assert batch.cancel() == {"cancelled": 300}
    assert service.posts == 2
