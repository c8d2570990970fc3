"""Both themes can be read, controls have names, and a page is not flooded with news."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from journeys.steps import LOAD, MAKE, QUEUED
from support.lab import DARK, LIGHT
from support.looks import faint, nameless, texts

if TYPE_CHECKING:
    from journeys.conftest import Desk

SECONDS = 6.0
MANY = 20
SUBMIT_MANY = f"""
import runcomfy_jupyter
jobs = [runcomfy_jupyter.submit("number %d" % number) for number in range({MANY})]
for job in jobs:
    get_ipython().run_line_magic("sora", "show " + job.id)
"""

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_everything_can_be_read(desk: Desk, page: Page, theme: str) -> None:
    """Texts of row, card, caption, table and panel have a contrast of 4.5 at least, all controls a name."""
    desk.lab.dress(theme)
    page.set_viewport_size({"width": 1400, "height": 3000})
    asked = MAKE.replace("clip", "")
    cells = [LOAD, asked, asked, "%sora jobs", asked + " again", asked + " too", "%sora panel"]
    notebook = desk.open(page, desk.write(*cells))
    assert page.locator("body").get_attribute("data-jp-theme-name") == theme
    notebook.finish(0)
    notebook.finish(1)
    expect(notebook.output(1).locator("video")).to_be_visible(timeout=60_000)
    notebook.finish(2)
    notebook.finish(3)
    desk.sandbox.misbehave({"on": "result", "fault": "failed"})
    notebook.finish(4)
    expect(notebook.output(4)).to_contain_text("The model failed")
    desk.sandbox.misbehave(QUEUED)
    notebook.finish(5)
    expect(notebook.output(5)).to_contain_text("in the queue")
    notebook.finish(6)
    panel = notebook.output(6)
    panel.get_by_role("button", name="Generate").click()
    expect(panel.get_by_role("status")).to_contain_text("The prompt is empty")
    panel.get_by_role("button", name="Copy as cell").click()
    expect(panel.get_by_label("Cell")).to_be_visible()

    for number in range(1, 7):
        output = notebook.output(number)
        assert texts(output)
        assert not faint(output), f"cell {number}"
        assert not nameless(output)


def kind_of(frame: str | bytes) -> str:
    """Return the type of a kernel's message, which stands in the header at its beginning."""
    head = frame[:2000].encode() if isinstance(frame, str) else frame[:2000]
    found = re.search(rb'"msg_type": ?"(\w+)"', head)
    return found[1].decode() if found else ""


def test_many_jobs_send_little(desk: Desk, page: Page) -> None:
    """With twenty live rows the kernel sends at most a few changes of widgets a second."""
    desk.sandbox.misbehave(QUEUED)
    news: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: news.append(kind_of(frame))))
    notebook = desk.begin(page, LOAD, SUBMIT_MANY)
    notebook.finish(1)
    expect(notebook.output(1).get_by_text("in the queue")).to_have_count(MANY)
    # Trouble that comes and goes with every other answer: more changes than a service ever makes.
    desk.sandbox.misbehave({"on": "status", "fault": "status_code", "rate": 0.5}, QUEUED)
    expect(notebook.output(1).get_by_text("Asking again").first).to_be_visible()

    asked = len([entry for entry in desk.sandbox.journal() if entry["on"] == "status"])
    news.clear()
    page.wait_for_timeout(SECONDS * 1000)  # what is measured is what comes in so long a time
    changes = news.count("comm_msg")
    answers = len([entry for entry in desk.sandbox.journal() if entry["on"] == "status"]) - asked

    assert answers > MANY
    assert 0 < changes / SECONDS <= 6
