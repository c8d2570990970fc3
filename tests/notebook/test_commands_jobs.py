from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter.errors import (
    InputError,
    JobFailed,
    JobUndelivered,
    ModelError,
    NotFound,
    ServiceError,
    TokenError,
)
from support.account import PANDA, answering
from support.polling import eventually
from support.scripted_service import raw, says

if TYPE_CHECKING:
    from runcomfy_jupyter._session.job import Job
    from support.desk import Desk
    from support.scripted_service import Service

QUEUED = says(status="in_queue")
RUNS = says(status="in_progress")


def made(desk: Desk, prompt: str = "A paper boat") -> Job:
    """Make a video, and wait until it is here."""
    return desk.session.submit(prompt).wait(20)


def sent(desk: Desk, prompt: str = "A paper boat") -> Job:
    """Send a request, and wait until it is accepted."""
    job = desk.session.submit(prompt)
    eventually(lambda: job.request_id is not None, what="it is accepted")
    return job


def elsewhere(desk: Desk, base_url: str, *, cost: str | None, prompt: str = "of earlier") -> str:
    """Put a paid job of another service into the ledger; return its id."""
    draft = made(desk, prompt).record
    draft = dataclasses.replace(
        draft, base_url=base_url, state=State.RECORDED, fingerprint=prompt, asked=prompt
    )
    record, _ = desk.session.ledger.begin(dataclasses.replace(draft, files=()), owner="test")
    cost_usd = None if cost is None else Decimal(cost)
    desk.session.ledger.move(record.id, State.IN_QUEUE, request_id=f"r-{record.id}")
    desk.session.ledger.move(record.id, State.DOWNLOADING)
    desk.session.ledger.move(record.id, State.SUCCEEDED, cost_usd=cost_usd)
    return record.id


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


def test_again_fills_the_next_cell(desk: Desk, service: Service) -> None:
    """With the magic that made the job; running it as it is sends nothing."""
    job = desk.session.submit("A {paper} boat", size="1280x720").wait(20)
    shown = desk.type(f"again {job.id}")
    assert desk.shell.rl_next_input == "%%sora --size 1280x720\nA {{paper}} boat"
    assert "The next cell makes it" in shown.text
    assert "--again" in shown.text
    assert service.posts == 1


def test_again_prints_the_cell_where_there_is_no_next_one(desk: Desk) -> None:
    """Where nobody watches, the cell is in the output."""
    job = made(desk)
    desk.sit_at(asks=False)
    shown = desk.type(f"again {job.id}")
    assert "%%sora\nA paper boat" in shown.text
    assert "%%sora\nA paper boat" in shown.html
    assert getattr(desk.shell, "rl_next_input", None) is None


def test_again_names_the_model_that_is_not_the_usual_one(desk: Desk, service: Service) -> None:
    """The cell asks the same model, whatever the setting is by then."""
    answering(service)
    job = desk.session.submit("A boat", model=PANDA["model_id"], duration=10).wait(20)
    desk.type(f"again {job.id}")
    assert desk.shell.rl_next_input == f"%%sora --model {PANDA['model_id']} --duration 10\nA boat"
    desk.session.options.model = PANDA["model_id"]
    desk.type(f"again {job.id}")
    assert desk.shell.rl_next_input == "%%sora --duration 10\nA boat"


def test_again_works_when_the_model_has_changed(desk: Desk, service: Service) -> None:
    """Inputs that it no longer names are still asked for, in Python."""
    answering(service)
    job = desk.session.submit("A boat", model=PANDA["model_id"], duration=10, mood="wild").wait(20)
    other = PANDA | {"input_schema": {"type": "object", "properties": {"prompt": {"type": "string"}}}}
    answering(service, models=(other,))
    desk.session.model(PANDA["model_id"], fresh=True)
    desk.type(f"again {job.id}")
    assert "rc.submit(" in desk.shell.rl_next_input
    assert "duration=10" in desk.shell.rl_next_input


def test_again_says_where_a_job_was_made(desk: Desk) -> None:
    """A cell that was billed there costs nothing here, and the other way round."""
    job_id = elsewhere(desk, "https://model-api.example/v1", cost="0.40")
    assert "was made elsewhere (https://model-api.example/v1)" in desk.type(f"again {job_id}").text


@pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")
def test_the_panel_is_for_the_model_named(desk: Desk, service: Service) -> None:
    """Its form has that model's fields; without a name that of the setting."""
    answering(service)
    text = desk.type(f"panel --model {PANDA['model_id']}").text
    assert "Panda 2" in text
    with pytest.raises(ModelError, match="no/such"):
        desk.type("panel --model no/such")


def test_a_job_that_needs_a_token_says_so(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be followed is an error, not a card that stands still."""
    service.on("status", RUNS)
    job = desk.session.submit("A paper boat")
    eventually(lambda: job.state == "in_progress", what="it runs")
    desk.session.close()
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    with pytest.raises(TokenError, match="%sora login"):
        desk.type(f"wait {job.id}")
