"""What is taken up while, or after, it is bought: sent once all the same, and cancelled only unsent."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter.errors import StorageError
from support.scripted_service import says

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service


def recorded(session: Session) -> Record:
    """Record a request, as buying it does before it is handed to the runner."""
    plan = session.plan([{"prompt": "x"}])
    [(record, _)] = session.ledger.begin_all(plan.drafts, owner=session.engine.runner.owner)
    return record


def test_what_is_taken_up_while_it_is_bought_is_sent_once(session: Session, service: Service) -> None:
    """Another thread may find it in the ledger before it is handed to the runner."""
    record = recorded(session)
    first = session.follow(record)
    second = session.engine.runner.submit(record, session.terms(record))
    assert second is first
    first.done.result(20)
    assert service.posts == 1


def test_what_was_sent_since_is_not_withdrawn(session: Session, service: Service) -> None:
    """A record that was read before the request went out says nothing of what was paid since."""
    service.on("status", says(status="in_progress"))
    old = recorded(session)
    session.ledger.move(old.id, State.IN_QUEUE, sent_at=1.0, request_id="r-9", accepted_at=1.0)
    session.ledger.release(old.id, session.engine.runner.owner)
    session.engine.runner.cancel(old, session.endpoint()).result(20)
    assert session.ledger.get(old.id).state is not State.CANCELLED
    assert len(service.asked("cancel")) == 1


def test_what_could_not_be_sent_can_be_cancelled(session: Session, service: Service) -> None:
    """It waits in the ledger, and taking it up would send it."""
    record = recorded(session)
    runner, ledger = session.engine.runner, sqlite3.connect(session.ledger.path)
    ledger.execute("ALTER TABLE jobs RENAME TO elsewhere")
    failure = runner.submit(record, session.terms(record)).done.result(20).failure
    ledger.execute("ALTER TABLE elsewhere RENAME TO jobs")
    ledger.close()
    assert isinstance(failure, StorageError)
    job = session.get(record.id)
    assert job.state == "recorded"
    assert job.cancel() == "cancelled"
    assert (job.state, service.posts) == ("cancelled", 0)
