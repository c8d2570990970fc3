"""Both themes can be read, controls have names, and a page is not flooded with news."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from journeys.steps import FAILED, LOAD, MAKE, QUEUED
from support.lab import DARK, LIGHT
from support.looks import faint, nameless, overflowing, texts
from support.polling import eventually

if TYPE_CHECKING:
    from journeys.conftest import Desk

MANY = 20
MOST_A_SECOND = 6
SUBMIT_MANY = f"""
import runcomfy_jupyter
jobs = [runcomfy_jupyter.submit("number %d" % number) for number in range({MANY})]
for job in jobs:
    get_ipython().run_line_magic("sora", "show " + job.id)
"""
HEARD = """
- textbox "Prompt": A kite
- combobox "Model"
- combobox "Resolution":
  - option "1280 × 720 landscape"
  - option "720 × 1280 portrait" [selected]
- combobox "Duration"
- button /Generate.*/
- button "Copy as cell"
- status: 1 in the queue
- text: /Sora 2 · in the queue.* A kite/
- button "Cancel"
"""

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("theme", "width"), [(LIGHT, 1400), (DARK, 700)])
def test_everything_can_be_read(desk: Desk, page: Page, theme: str, width: int) -> None:
    """All texts have a contrast of 4.5 at least, all controls a name, and nothing is cut off."""
    desk.lab.dress(theme)
    page.set_viewport_size({"width": width, "height": 4000})
    asked = MAKE.replace("clip", "")
    cells = [LOAD, asked, asked, "%sora jobs", asked + " again", asked + " too", "%sora panel"]
    notebook = desk.open(page, desk.write(*cells))
    assert page.locator("body").get_attribute("data-jp-theme-name") == theme
    page.keyboard.press("Control+b")  # a narrow page has no room for a side bar
    notebook.finish(0)
    notebook.finish(1)
    expect(notebook.output(1).locator("video")).to_be_visible(timeout=60_000)
    notebook.finish(2)
    notebook.finish(3)
    desk.sandbox.misbehave(FAILED)
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
        assert not overflowing(output), f"cell {number}"


def test_what_a_screen_reader_is_told(desk: Desk, page: Page) -> None:
    """Every control has its role and its name, in the order of the page; what is said is a status."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, "%sora panel")
    notebook.finish(1)
    panel = notebook.output(1)
    panel.get_by_label("Prompt").fill("A kite")
    panel.get_by_role("button", name="Generate").click()
    expect(panel.get_by_role("button", name="Cancel")).to_be_visible()
    expect(panel).to_match_aria_snapshot(HEARD)


def kind_of(frame: str | bytes) -> str:
    """Return the type of a kernel's message, which stands in the header at its beginning."""
    head = frame[:2000].encode() if isinstance(frame, str) else frame[:2000]
    found = re.search(rb'"msg_type": ?"(\w+)"', head)
    return found[1].decode() if found else ""


def answers(desk: Desk) -> int:
    """Return how often the service has been asked how a job stands."""
    return len([entry for entry in desk.sandbox.journal() if entry["on"] == "status"])


def test_many_jobs_send_little(desk: Desk, page: Page) -> None:
    """With twenty live rows the kernel sends at most a few changes of widgets a second."""
    desk.sandbox.misbehave(QUEUED)
    news: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: news.append(kind_of(frame))))
    notebook = desk.begin(page, f"{LOAD}\n%config Sora.max_in_flight = {MANY}", SUBMIT_MANY)
    notebook.finish(1)
    expect(notebook.output(1).get_by_text("in the queue")).to_have_count(MANY)
    # Trouble that comes and goes with every other answer: more changes than a service ever makes.
    desk.sandbox.misbehave({"on": "status", "fault": "status_code", "rate": 0.5}, QUEUED)
    expect(notebook.output(1).get_by_text("Asking again").first).to_be_visible()

    asked = answers(desk)
    news.clear()
    began = time.monotonic()
    eventually(lambda: answers(desk) >= asked + 12 * MANY, 60, what="the service was asked often")
    page.evaluate("1")  # so that what the page has been sent meanwhile is counted
    seconds = time.monotonic() - began

    assert seconds > 2, "too short to count anything"
    assert 0 < news.count("comm_msg") / seconds <= MOST_A_SECOND
