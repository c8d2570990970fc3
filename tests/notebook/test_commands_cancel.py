from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter.errors import (
    InputError,
    ServiceError,
)
from support.past_jobs import made, sent
from support.scripted_service import says

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service

QUEUED = says(status="in_queue")
RUNS = says(status="in_progress")


def test_cancelling_says_what_came_of_it(desk: Desk, service: Service) -> None:
    """It was still in the queue, or runs on; by a variable, too."""
    service.on("status", QUEUED)
    job = desk.shell.user_ns["clip"] = sent(desk)
    assert f"Cancelled while queued. (job {job.id})" in desk.type("cancel clip").text
    service.on("cancel", says(202, outcome="not_cancellable"))
    service.on("status", RUNS)
    assert "cannot be cancelled any more" in desk.type(f"cancel {sent(desk, 'A red panda').id}").text


def test_what_waits_to_be_sent_is_not_sent(desk: Desk, service: Service) -> None:
    """It is cancelled here, and the service never hears of it."""
    service.on("status", QUEUED)
    desk.session.options.max_in_flight = 1
    first = sent(desk)
    second = desk.session.submit("A red panda")
    assert f"Cancelled before it was sent. (job {second.id})" in desk.type(f"cancel {second.id}").text
    assert second.state == "cancelled"
    assert first.state == "in_queue"
    assert service.posts == 1


def test_what_an_earlier_kernel_never_sent_is_not_sent(desk: Desk, service: Service) -> None:
    """To cancel it is not to take it up first."""
    draft = dataclasses.replace(sent(desk).record, state=State.RECORDED, sent_at=None, request_id=None)
    record, _ = desk.session.ledger.begin(dataclasses.replace(draft, accepted_at=None), owner="", again=True)
    assert f"Cancelled before it was sent. (job {record.id})" in desk.type(f"cancel {record.id}").text
    assert desk.session.get(record.id).state == "cancelled"
    assert service.posts == 1


def test_a_cancellation_that_is_not_answered_is_unclear(desk: Desk, service: Service) -> None:
    """It is not called failed: the job may be cancelled."""
    service.on("status", QUEUED)
    service.on("cancel", says(403, error_code=403001, error_message="not yours"))
    job = sent(desk)
    with pytest.raises(
        ServiceError, match=r"could not be confirmed: .*not yours.*It is still followed"
    ) as caught:
        desk.type(f"cancel {job.id}")
    assert caught.value.__context__ is None


def test_of_several_each_is_cancelled(desk: Desk, service: Service) -> None:
    """One that has ended keeps no other from being cancelled."""
    over = made(desk, "A red panda")
    service.on("status", QUEUED)
    jobs = [over, sent(desk)]
    desk.shell.user_ns["both"] = jobs
    with pytest.raises(InputError, match=f"Job {over.id} is succeeded: there is nothing to cancel"):
        desk.type("cancel both")
    assert len(service.asked("cancel")) == 1
