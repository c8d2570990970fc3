from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter.errors import (
    CostError,
    JobFailed,
    JobUndelivered,
    NotFound,
)
from support.past_jobs import elsewhere, made
from support.polling import eventually
from support.scripted_service import raw, says

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service

QUEUED = says(status="in_queue")
RUNS = says(status="in_progress")


def test_jobs_are_listed_newest_first(desk: Desk) -> None:
    """In HTML and in text, with a word those that hold it, and none with a way on."""
    assert "No jobs in your ledger yet" in desk.type("jobs").text
    first, second = made(desk, "A paper boat"), made(desk, "A red panda")
    text = desk.type("jobs").text
    assert text.index(second.id) < text.index(first.id)
    found = desk.type("jobs paper boat")
    assert first.id in found.html
    assert second.id not in found.html + found.text
    none = desk.type("jobs no such words")
    assert "No job of your ledger matches" in none.text
    assert "%sora jobs" in none.text


def test_jobs_come_with_what_they_cost(desk: Desk) -> None:
    """What this machine's own services made was never billed, and is not counted."""
    made(desk)
    text = desk.type("jobs").text
    assert "spent" not in text
    assert "What a sandbox made is not counted: it was not billed." in text
    elsewhere(desk, "https://model-api.example/v1", cost="0.40", prompt="of earlier")
    other = elsewhere(desk, "https://model-api.example/v1", cost=None, prompt="another")
    assert "2 jobs, $0.40 spent, 1 without a known cost yet" in desk.type("jobs").text
    assert "not counted" not in desk.type(f"jobs {other}").text


def test_late_costs_are_asked_for(desk: Desk, service: Service) -> None:
    """A cost that the service tells later is there at the next look; nothing waits for it."""
    job = made(desk)
    assert job.cost_usd is None
    service.on("result", says(status="succeeded", output={"video": service.url()}, cost=0.4))
    desk.type("jobs")
    eventually(lambda: job.cost_usd == Decimal("0.4"), what="the cost is known")


def test_no_cost_is_asked_for_without_a_token_or_elsewhere(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is there all the same; a token goes to its own service, and none while the sandbox is on."""
    made(desk)
    elsewhere(desk, "https://model-api.example/v1", cost=None)
    service.on("result", says(status="succeeded", output={"video": service.url()}))
    desk.session.close()  # what asks by itself, later, is over

    def asks() -> int:
        before = len(service.asked("result"))
        desk.type("jobs")
        background = desk.session.engine.background
        background.run(background.settle()).result(10)
        return len(service.asked("result")) - before

    assert asks() == 2  # of the two that were made here
    desk.session.sandbox_on = True
    assert asks() == 0
    desk.session.sandbox_on = False
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    assert asks() == 0


def test_a_job_is_shown_by_any_of_its_names(desk: Desk) -> None:
    """By its id, its beginning, its request id, or a variable that holds it."""
    job = made(desk)
    desk.shell.user_ns["clip"] = job
    for name in (job.id, job.id[:3], job.request_id, "clip"):
        assert "A paper boat" in desk.type(f"show {name}").text


def test_an_id_comes_before_a_variable(desk: Desk) -> None:
    """A variable comes before the mere beginning of an id, and one that holds no job is none."""
    first, second = made(desk, "A paper boat"), made(desk, "A red panda")
    desk.shell.user_ns[first.id] = second
    assert "A paper boat" in desk.type(f"show {first.id}").text
    desk.shell.user_ns[first.id[:3]] = second
    assert "A red panda" in desk.type(f"show {first.id[:3]}").text
    desk.shell.user_ns[first.id[:3]] = ["no job"]
    assert "A paper boat" in desk.type(f"show {first.id[:3]}").text
    desk.shell.user_ns["mood"] = "calm"
    with pytest.raises(NotFound, match=r"No job of your ledger begins with 'mood'\. %sora jobs lists them"):
        desk.type("show mood")


def test_a_variable_may_hold_several(desk: Desk) -> None:
    """A batch, or a list of jobs: all of them are meant, each once."""
    jobs = [made(desk, "A paper boat"), made(desk, "A red panda")]
    desk.shell.user_ns["both"] = Batch(desk.session, jobs)
    text = desk.type("show both").text
    assert "A paper boat" in text
    assert "A red panda" in text
    desk.shell.user_ns["listed"] = jobs
    assert desk.type(f"wait listed {jobs[0].id}").text.count("A paper boat") == 1


def test_waiting_stays_until_the_end(desk: Desk, service: Service) -> None:
    """For the jobs named, or all that are under way; every failure is shown, and the first is raised."""
    assert "Nothing to wait for" in desk.type("wait").text
    service.on("result", says(status="failed", error="too many boats"))
    jobs = [desk.session.submit(prompt) for prompt in ("A paper boat", "A red panda")]
    with pytest.raises(JobFailed, match=f"too many boats.*{jobs[0].id}"):
        desk.type(f"wait {jobs[0].id} {jobs[1].id}")


def test_resuming_takes_up_what_was_left(desk: Desk, service: Service) -> None:
    """A job named, or all that are unfinished; with nothing left that is said."""
    assert "Nothing to take up" in desk.type("resume").text
    service.on("media", raw(404, b""))
    job = desk.session.submit("A paper boat")
    with pytest.raises(JobUndelivered, match="resume"):
        job.wait(20)
    service.on("media", service.media)
    assert "A paper boat" in desk.type("resume").text
    assert job.state == "succeeded"
    assert service.posts == 1


def test_what_was_left_unsent_is_not_sent_above_a_bound(desk: Desk, service: Service) -> None:
    """The other jobs are taken up all the same, and the error says why it was not."""
    session = desk.session
    plan = session.plan([{"prompt": "A kite"}])
    [(left, _)] = session.ledger.begin_all(plan.drafts, owner="gone")
    session.options.max_cost_usd = 0.01
    with pytest.raises(CostError, match=r"Sora\.max_cost_usd"):
        desk.type("resume")
    assert (service.posts, session.get(left.id).state) == (0, "recorded")
    session.options.max_cost_usd = None
    desk.type("resume")
    eventually(lambda: session.get(left.id).state == "succeeded", what="it is sent")
