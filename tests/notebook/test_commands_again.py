from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter.errors import (
    ModelError,
    TokenError,
)
from support.account import PANDA, answering
from support.past_jobs import elsewhere, made
from support.polling import eventually
from support.scripted_service import says

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service

QUEUED = says(status="in_queue")
RUNS = says(status="in_progress")


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
