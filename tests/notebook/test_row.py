from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._notebook.panel import Panel
from support.panels import by_label, rows, shows, widgets_of
from support.polling import eventually
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session
    from support.sandbox import Sandbox

# What ipywidgets 7.7 does with every widget.
pytestmark = pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")
QUEUED = {"on": "status", "fault": "word", "word": "in_queue"}


def queued(session: Session) -> Panel:
    """Return a panel with one job that says that it is queued."""
    panel = Panel(session=session)
    by_label(panel, "Prompt").value = "A kite"
    by_label(panel, "Generate").click()
    eventually(lambda: shows(panel, "Cancel"), what="it can be cancelled")
    return panel


def picture_of(panel: Panel) -> Any:
    """Return the widget that draws the running job."""
    [picture] = [
        widget for widget in widgets_of(panel) if '<div class="rc-head' in str(getattr(widget, "value", ""))
    ]
    return picture


def test_a_click_cancels_what_is_queued(
    session: Session, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job ends as cancelled, here and at the service."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--queue-seconds", "600") as patient:
        for name, value in patient.variables.items():
            monkeypatch.setenv(name, value)
        panel = queued(session)
        by_label(panel, "Cancel").click()

        eventually(lambda: "Cancelled while queued" in rows(panel)[0])
        [submission] = [entry for entry in patient.journal() if entry["on"] == "submit"]
        assert patient.state_of(submission["request_id"]) == "cancelled"
        session.close()


def test_a_click_that_comes_too_late_says_so(session: Session, account: Sandbox) -> None:
    """What has begun meanwhile runs on, the row says that it is billed, and there is no second try."""
    account.misbehave(QUEUED)
    panel = queued(session)
    button = by_label(panel, "Cancel")

    def begun() -> bool:
        [submission] = [entry for entry in account.journal() if entry["on"] == "submit"]
        return account.state_of(submission["request_id"]) != "in_queue"

    eventually(begun)
    button.click()

    eventually(lambda: "cannot be cancelled any more" in rows(panel)[0])
    eventually(lambda: not shows(panel, "Cancel"), what="there is no button any more")


def test_a_click_without_an_answer_can_be_repeated(session: Session, account: Sandbox) -> None:
    """Whether it is cancelled is not known, so the row says that, and the button can be pressed again."""
    account.misbehave(QUEUED, {"on": "cancel", "fault": "status_code", "code": 500})
    panel = queued(session)
    button = by_label(panel, "Cancel")
    button.click()

    eventually(lambda: "could not be confirmed" in rows(panel)[0], 40)
    assert not button.disabled


def test_a_page_that_asks_anew_gets_the_time_of_now(session: Session, account: Sandbox) -> None:
    """What a reloaded page is told of the row is drawn for it: its clock begins where the job stands."""
    account.misbehave(QUEUED)
    picture = picture_of(queued(session))

    told = eventually(lambda: picture.get_state()["value"] != picture.value and picture.get_state())

    assert "animation-delay" in told["value"]
    assert set(picture.get_state("value")) == {"value"}
