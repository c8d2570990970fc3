from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._notebook.panel import Panel
from runcomfy_jupyter._session.session import Session
from support.panels import by_label, rows, shows, status, videos, widgets_of
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk
    from support.sandbox import Sandbox

# What ipywidgets 7.7 does with every widget.
pytestmark = pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")
QUEUED = {"on": "status", "fault": "word", "word": "in_queue"}


def ask_for(panel: Panel, prompt: str) -> None:
    """Fill in the prompt and press Generate."""
    by_label(panel, "Prompt").value = prompt
    by_label(panel, "Generate").click()


def test_an_empty_panel_offers_what_can_be_done(session: Session) -> None:
    """The form, Generate and Copy as cell; nothing to take, to copy or to cancel yet."""
    panel = Panel(session=session)

    assert all(shows(panel, label) for label in ("Prompt", "Resolution", "Duration", "Generate"))
    assert not any(shows(panel, label) for label in ("New take", "Cell", "Cancel"))
    assert status(panel) == ""


def test_an_empty_prompt_is_said_and_not_sent(session: Session, account: Sandbox) -> None:
    """What is wrong with the form stands beside the button until the form is changed."""
    panel = Panel(session=session)
    by_label(panel, "Generate").click()
    assert "The prompt is empty" in status(panel)
    assert account.submissions() == []

    by_label(panel, "Prompt").value = "A kite"
    assert status(panel) == ""


def test_a_job_goes_from_queue_to_video(session: Session, account: Sandbox) -> None:
    """Its row has the prompt and a Cancel button, the status counts it, and its video takes its place."""
    account.misbehave(QUEUED)
    panel = Panel(session=session)
    ask_for(panel, "A <kite>")
    eventually(lambda: status(panel) == "1 in the queue")
    assert "A &lt;kite&gt;" in rows(panel)[0]
    eventually(lambda: shows(panel, "Cancel"))

    account.misbehave()
    [row] = videos(panel, 1)

    assert "A &lt;kite&gt;" in row
    assert not shows(panel, "Cancel")
    assert status(panel) == ""
    assert account.submissions() == [{"prompt": "A <kite>", "size": "720x1280", "seconds": 4}]


def test_the_same_form_again_is_shown_not_bought(session: Session, account: Sandbox) -> None:
    """It says so and offers a new take; that is paid for once, however often it is pressed."""
    panel = Panel(session=session)
    ask_for(panel, "A kite")
    videos(panel, 1)
    by_label(panel, "Generate").click()
    assert "nothing was sent" in status(panel)
    assert len(account.submissions()) == 1

    take = by_label(panel, "New take")
    take.click()
    take.click()

    videos(panel, 2)
    assert not shows(panel, "New take")
    assert len(account.submissions()) == 2


def test_a_new_take_is_offered_for_the_form_as_it_stands(session: Session) -> None:
    """Once the form is changed, neither the offer nor the copied cell belongs to it any more."""
    panel = Panel(session=session)
    ask_for(panel, "A kite")
    videos(panel, 1)
    by_label(panel, "Generate").click()
    by_label(panel, "Copy as cell").click()
    assert by_label(panel, "Cell").value == "%%sora\nA kite"

    by_label(panel, "Duration").value = 8

    assert not shows(panel, "New take")
    assert not shows(panel, "Cell")


def test_what_is_said_outlasts_news_of_other_jobs(session: Session, account: Sandbox) -> None:
    """A job that moves meanwhile does not wipe away what was wrong with the form."""
    account.misbehave(QUEUED)
    panel = Panel(session=session)
    ask_for(panel, "A kite")
    by_label(panel, "Prompt").value = " "
    by_label(panel, "Generate").click()

    account.misbehave()
    videos(panel, 1)

    assert "The prompt is empty" in status(panel)


def test_a_failed_job_says_why_and_which(session: Session, account: Sandbox) -> None:
    """The card in its row has the prompt, for it stands among others, and the service's reason."""
    account.misbehave({"on": "result", "fault": "failed"})
    panel = Panel(session=session)
    ask_for(panel, "A kite")

    [row] = eventually(lambda: [row for row in rows(panel) if "The model failed" in row], 20)
    assert "A kite" in row
    assert "AiError" in row


@pytest.mark.parametrize(
    ("rule", "headline", "way_on"),
    [
        ({"on": "result", "fault": "failed"}, "The model failed", "Generating it again sends a new request"),
        ({"on": "submit", "fault": "drop_after_read"}, "not confirmed", "Generate, then New take, sends it"),
    ],
)
def test_a_card_names_what_can_be_pressed(
    session: Session, account: Sandbox, rule: dict[str, str], headline: str, way_on: str
) -> None:
    """In a panel there is no cell to run again and no option to give: its cards speak of its buttons."""
    account.misbehave(rule)
    panel = Panel(session=session)
    ask_for(panel, "A kite")

    [row] = eventually(lambda: [row for row in rows(panel) if headline in row], 20)
    assert way_on in row
    assert "cell" not in row
    assert "--again" not in row


def test_a_panel_says_what_it_is_where_no_widgets_are_shown(desk: Desk) -> None:
    """Its text form, which a saved notebook keeps, is a sentence; a terminal is told what it has instead."""
    panel = Panel(session=desk.session)
    assert repr(panel) == "The panel of Sora 2 needs a notebook page. Here: %%sora, or rc.submit."
    desk.sit_at(asks=True)
    assert repr(panel) == "The panel of Sora 2: run this cell to use it."


def test_a_variable_in_the_prompt_is_said_to_be_sent_as_it_stands(session: Session) -> None:
    """Under the prompt, only while it has one."""
    panel = Panel(session=session)

    def told() -> bool:
        found = [
            one for one in widgets_of(panel) if "fills in no {variables}" in str(getattr(one, "value", ""))
        ]
        return [one.layout.display for one in found] == [None]

    assert not told()
    by_label(panel, "Prompt").value = "A {mood} kite"
    assert told()
    by_label(panel, "Prompt").value = "A { kite } {1}"
    assert not told()


def test_a_file_that_is_gone_is_fetched_when_it_is_asked_for(
    session: Session, account: Sandbox, home: Path
) -> None:
    """Generate for a paid job without its file brings the file back, and sends nothing."""
    panel = Panel(session=session)
    ask_for(panel, "A kite")
    videos(panel, 1)
    [file] = home.rglob("*.mp4")
    file.unlink()
    again = Panel(session=session)
    assert "its file is gone" in rows(again)[0]

    ask_for(again, "A kite")

    videos(again, 1)
    assert file.exists()
    assert len(account.submissions()) == 1


def test_a_new_session_shows_the_recent_jobs(session: Session, account: Sandbox) -> None:
    """The newest stands on top, what is under way goes on, and nothing is sent."""
    panel = Panel(session=session)
    ask_for(panel, "The first")
    videos(panel, 1)
    account.misbehave(QUEUED)
    ask_for(panel, "The second")
    eventually(lambda: status(panel) == "1 in the queue")
    session.close()

    later = Session()
    try:
        reopened = Panel(session=later)
        assert status(reopened) == "1 in the queue"
        account.misbehave()
        newest, oldest = videos(reopened, 2)
    finally:
        later.close()

    assert "The second" in newest
    assert "The first" in oldest
    assert len(account.submissions()) == 2


def test_a_job_of_elsewhere_does_not_close_the_panel(
    session: Session, account: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unfinished job of another base is shown as not followed, with the reason; the form works."""
    account.misbehave(QUEUED)
    ask_for(Panel(session=session), "A kite")
    eventually(lambda: len(account.submissions()) == 1)
    session.close()
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9/v1")

    later = Session()
    try:
        panel = Panel(session=later)
        [row] = rows(panel)
        assert shows(panel, "Generate")
    finally:
        later.close()

    assert "Not followed any more" in row
    assert "belongs to" in row
