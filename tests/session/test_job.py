from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import (
    InputError,
    JobCancelled,
    JobUndelivered,
    NotFound,
    ServiceError,
    UserError,
)
from session.stalling import under_way
from support.clips import CLIP
from support.polling import eventually
from support.scripted_service import Media, raw, says, serving

if TYPE_CHECKING:
    from support.scripted_service import Service


def test_a_job_tells_everything_of_itself(session: Session, service: Service) -> None:
    """State, ids, model, inputs, files and cost; what is not known yet is None."""
    service.on("result", says(status="succeeded", output=service.url(), cost=0.4))
    job, held = under_way(session, service)
    assert (job.state, job.request_id, job.path, job.paths) == ("in_queue", "r-1", None, [])
    assert (job.cost_usd, job.error) == (None, None)
    assert job.model == "openai/sora-2/text-to-video"
    assert job.inputs["prompt"] == "A paper boat"
    assert repr(job) == f"<Job {job.id} in_queue>"
    held.free.set()
    job.wait(20)
    assert (job.state, job.cost_usd, job.error) == ("succeeded", Decimal("0.4"), None)
    assert [job.path] == job.paths
    assert repr(job) == f"<Job {job.id} succeeded {job.path}>"


def test_a_job_shows_itself(session: Session) -> None:
    """As a card, and as text where no card can be."""
    bundle = session.submit("x").wait(20)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "<video" in bundle["text/html"]
    assert ".mp4" in bundle["text/plain"]


def test_jobs_are_found_again(session: Session) -> None:
    """By id, by its beginning, by request id, by a word of the prompt; the newest first."""
    first, second = session.submit("A paper boat").wait(20), session.submit("A red kite").wait(20)
    assert session.get(first.id).state == "succeeded"
    assert session.get("r-2").id == second.id
    assert [job.id for job in session.jobs()] == [second.id, first.id]
    assert [job.id for job in session.jobs("paper")] == [first.id]
    assert [job.id for job in session.recent(1)] == [second.id]
    with pytest.raises(NotFound):
        session.get("zzzz")


def test_what_a_living_kernel_follows_is_not_left_behind(session: Session, service: Service) -> None:
    """Another session counts only what nobody carries."""
    _, held = under_way(session, service)
    other = Session()
    assert other.engine.orphans() == []
    assert len(other.unfinished()) == 1
    other.close()
    held.free.set()


def test_counting_what_is_left_begins_no_ledger(session: Session) -> None:
    """Looking does not make files."""
    assert session.engine.orphans() == []
    assert "ledger" not in session.__dict__


def test_a_missing_file_is_fetched_again(session: Session, service: Service) -> None:
    """Only where it is missing: what lies there is not touched, and waiting alone does not fetch."""
    job = session.submit("x").wait(20)
    assert job.path is not None
    assert job.fetch() is job.follow()
    job.path.unlink()
    assert job.wait(20) is job
    assert not job.path.exists()
    watch = job.fetch()
    assert watch is not None
    watch.done.result(20)
    assert job.path.read_bytes() == CLIP
    assert service.posts == 1


def test_an_undelivered_file_is_fetched(session: Session, service: Service) -> None:
    """Once its host gives it out again."""
    service.on("media", raw(403, b""))
    job = session.submit("x")
    with pytest.raises(JobUndelivered):
        job.wait(20)
    service.on("media", Media())
    watch = job.fetch()
    assert watch is not None
    watch.done.result(20)
    assert job.wait(5).state == "succeeded"


def test_cancelling_tells_what_came_of_it(session: Session, service: Service) -> None:
    """In the service's two words; the job's state follows."""
    job, held = under_way(session, service)
    service.on("cancel", says(202, outcome="not_cancellable"), says(202, outcome="cancelled"))
    assert job.cancel() == "not_cancellable"
    assert job.cancel() == "cancelled"
    service.on("status", says(status="cancelled"))
    service.on("result", says(status="cancelled"))
    held.free.set()
    with pytest.raises(JobCancelled):
        job.wait(20)


def test_a_cancel_call_that_fails_says_so(session: Session, service: Service) -> None:
    """An error, not an outcome; and the job is still followed."""
    job, held = under_way(session, service)
    service.on("cancel", raw(418, b""))
    with pytest.raises(ServiceError):
        job.cancel()
    held.free.set()
    assert job.wait(20).state == "succeeded"


def test_what_rests_cannot_be_cancelled(session: Session, service: Service) -> None:
    """Nothing is sent for it."""
    job = session.submit("x").wait(20)
    with pytest.raises(InputError, match=f"Job {job.id} is succeeded: there is nothing to cancel"):
        job.cancel()
    assert service.asked("cancel") == []


def test_a_job_of_another_base_is_not_asked_after_here(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither host hears of it: not the old one with the new token, not the new one with an old id."""
    job, held = under_way(session, service)
    session.close()
    held.free.set()
    service.seen.clear()
    with serving() as elsewhere:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", elsewhere.base)
        other = Session()
        for ask in (other.get(job.id).wait, other.get(job.id).cancel):
            with pytest.raises(UserError, match=f"belongs to {service.base}, not to {elsewhere.base}"):
                ask()
        other.close()
        assert elsewhere.seen == []
    assert service.seen == []


def test_typical_times_are_learnt_from_like_jobs(session: Session, service: Service) -> None:
    """The median of jobs of the same length at the same base; None before there is one."""
    job, held = under_way(session, service)
    assert session.typical(job.record) is None
    held.free.set()
    took = job.wait(20).record.took
    assert session.typical(job.record) == took
    assert session.typical(session.submit("y", seconds=8).wait(20).record) != took
    other = session.ledger.begin(session.record(job.id), owner="o", again=True)[0]
    assert session.typical(other) == took


def test_a_session_that_ended_still_knows_its_jobs(session: Session, service: Service) -> None:
    """A job in the user's hands can be looked at, and waited for, after its session was closed."""
    job, held = under_way(session, service)
    session.close()
    held.free.set()
    assert job.state == State.IN_QUEUE
    assert job.wait(20).state == "succeeded"
    eventually(lambda: job.path)
