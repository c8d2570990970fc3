"""What goes wrong ends in a card that says it, and that outlives the row, the file and the sanitiser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from journeys.steps import FAILED, LOAD, WIDGET_VIEW, kinds_of, saved_cells, untrusted
from support.looks import faint
from support.player import watch_playing
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from journeys.conftest import Desk
    from support.lab import OpenNotebook

NO_MONEY = {"code": 402, "error_code": 400002, "message": "no money left"}
# What goes wrong; then what happened, what is billed, and what to do now.
ENDINGS: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "failed": (
        FAILED,
        ("The model failed", "RunComfy reports: AiError: told to fail"),
        ("whether it is billed is shown on your RunComfy usage page", "Running the cell again sends a new"),
    ),
    "refused": (
        {"on": "submit", "fault": "error", **NO_MONEY},
        ("RunComfy did not take the request", "Your RunComfy balance does not cover this request"),
        ("Top up at runcomfy.com", "Nothing is billed. Running the cell again sends it anew."),
    ),
    "unconfirmed": (
        {"on": "submit", "fault": "drop_after_read"},
        ("Sent, but not confirmed: it may be running, and billed", "not sent again by itself"),
        ("Look under Generations on runcomfy.com.", "running the cell with --again sends it once more"),
    ),
    "undelivered": (
        {"on": "media", "fault": "html"},
        ("Finished and paid, but the file is not here yet", "The host sent a web page"),
        ("%sora resume", "Nothing is billed again."),
    ),
}

pytestmark = pytest.mark.browser


def without_rows(notebook: OpenNotebook, file: Path) -> bool:
    """Save; return whether no row is left, which goes a moment after the card has come."""
    notebook.save()
    return not any(WIDGET_VIEW in kinds_of(cell) for cell in saved_cells(file))


def test_each_bad_ending_is_a_card(desk: Desk, page: Page) -> None:
    """Failed, refused, unconfirmed, undelivered: live, and reopened untrusted; resume mends the last."""
    page.set_viewport_size({"width": 1400, "height": 3200})
    prompts = [f"%%sora\nOne that is {name}" for name in ENDINGS]
    notebook = desk.begin(page, LOAD, *prompts, "%sora resume")
    for number, (rule, happened, way_on) in enumerate(ENDINGS.values(), 1):
        desk.sandbox.misbehave(rule)
        notebook.finish(number)
        for words in (*happened, *way_on):
            expect(notebook.output(number)).to_contain_text(words, timeout=30_000)
        expect(notebook.output(number).get_by_role("button")).to_have_count(0)
    eventually(lambda: without_rows(notebook, desk.file), what="the rows to be gone from the saved notebook")
    assert len(desk.sandbox.submissions()) == len(ENDINGS)

    desk.sandbox.misbehave()
    notebook.finish(5)
    watch_playing(notebook.output(5).locator("video"))

    reopened = desk.open(page, untrusted(desk.file))
    for number, (_, happened, way_on) in enumerate(ENDINGS.values(), 1):
        for words in (*happened, *way_on):
            expect(reopened.output(number)).to_contain_text(words)
        assert not faint(reopened.output(number))
