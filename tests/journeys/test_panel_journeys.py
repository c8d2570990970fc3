"""The panel, by its labels, from an empty form to playing videos."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from journeys.steps import FAILED, LOAD, QUEUED, RUNNING, assert_stood_still, watch_place
from support.looks import nameless
from support.player import watch_playing
from support.polling import eventually

if TYPE_CHECKING:
    from journeys.conftest import Desk

PANEL = "%sora panel"
# The row and the video may differ by a pixel or two.
NEARLY = 2
WIDE, TALL = "1280 × 720 landscape", "720 × 1280 portrait"

pytestmark = pytest.mark.browser


def button(panel: Locator, name: str) -> Locator:
    """Return the panel's button of that name; that of Generate goes on with the price."""
    return panel.get_by_role("button", name=re.compile(rf"^{name}(?: · |$)"))


def ask_for(panel: Locator, prompt: str, resolution: str = WIDE) -> None:
    """Fill in the form and press Generate."""
    panel.get_by_label("Prompt").fill(prompt)
    panel.get_by_label("Resolution").select_option(label=resolution)
    button(panel, "Generate").click()


def test_from_prompt_to_playing_video(desk: Desk, page: Page) -> None:
    """Fields by label, Generate, a row that says how it stands, the video; an empty prompt is not sent."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, PANEL)
    notebook.finish(1)
    panel = notebook.output(1)
    button(panel, "Generate").click()
    expect(panel.get_by_role("status")).to_contain_text("The prompt is empty")

    panel.get_by_label("Duration").select_option(label="8 seconds")
    ask_for(panel, "A paper boat in the rain")
    expect(panel.get_by_role("status")).to_have_text("1 in the queue")
    expect(panel.get_by_text("A paper boat in the rain")).to_be_visible()
    expect(button(panel, "Cancel")).to_be_visible()
    desk.sandbox.misbehave(RUNNING)
    expect(panel.get_by_text("generating").first).to_be_visible()
    expect(button(panel, "Cancel")).to_be_hidden()
    desk.sandbox.misbehave()

    playing = watch_playing(panel.locator("video"))
    assert (playing["width"], playing["height"]) == (1280, 720)
    assert playing["length"] == pytest.approx(8, abs=0.2)
    assert desk.sandbox.submissions() == [
        {"prompt": "A paper boat in the rain", "size": "1280x720", "seconds": 8}
    ]


def test_the_keyboard_alone_will_do(desk: Desk, page: Page) -> None:
    """Tab goes from field to field, Space opens a list, Enter generates, and the focus is seen."""
    notebook = desk.begin(page, LOAD, PANEL)
    notebook.finish(1)
    panel = notebook.output(1)
    panel.get_by_label("Prompt").focus()
    page.keyboard.type("A kite over a harbour")

    page.keyboard.press("Tab")
    expect(panel.get_by_label("Model")).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel.get_by_label("Resolution")).to_be_focused()
    # Arrows in a closed list are JupyterLab's: github.com/jupyter-widgets/ipywidgets/issues/3912
    for key in ("Space", "ArrowUp", "Enter", "Tab"):
        page.keyboard.press(key)
    expect(panel.get_by_label("Duration")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(panel, "Generate")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")

    watch_playing(panel.locator("video"))
    page.keyboard.press("Tab")
    expect(button(panel, "Copy as cell")).to_be_focused()
    assert [body["size"] for body in desk.sandbox.submissions()] == ["1280x720"]


def test_two_panels_do_not_disturb_each_other(desk: Desk, page: Page) -> None:
    """Each keeps its own form and its own jobs; one that fails leaves the other alone."""
    notebook = desk.begin(page, LOAD, PANEL, PANEL)
    notebook.finish(1)
    notebook.finish(2)
    first, second = notebook.output(1), notebook.output(2)
    first.get_by_label("Prompt").fill("A lighthouse")
    button(second, "Generate").click()
    expect(second.get_by_role("status")).to_contain_text("The prompt is empty")
    expect(first.get_by_role("status")).to_be_empty()

    ask_for(second, "A windmill", TALL)
    assert first.get_by_label("Prompt").input_value() == "A lighthouse"
    ask_for(first, "A lighthouse")

    assert watch_playing(first.locator("video"))["width"] == 1280
    assert watch_playing(second.locator("video"))["width"] == 720
    expect(first.get_by_text("A windmill")).to_have_count(0)
    expect(second.get_by_text("A lighthouse")).to_have_count(0)
    assert sorted(body["prompt"] for body in desk.sandbox.submissions()) == ["A lighthouse", "A windmill"]


def test_a_video_that_plays_is_left_alone(desk: Desk, page: Page) -> None:
    """While one plays, another is asked for, made and shown above it: the first plays on."""
    notebook = desk.begin(page, LOAD, PANEL)
    notebook.finish(1)
    panel = notebook.output(1)
    ask_for(panel, "The first")
    watch_playing(panel.locator("video"))
    panel.locator("video").evaluate("video => { window.watched = video; video.loop = true; video.play(); }")

    ask_for(panel, "The second")
    expect(panel.locator("video")).to_have_count(2, timeout=30_000)

    expect(panel.locator(".runcomfy-job").first).to_contain_text("The second")
    assert page.evaluate("[watched.isConnected, watched.paused]") == [True, False]


@pytest.mark.parametrize("ending", ["a video", "a failure"])
@pytest.mark.parametrize("resolution", [WIDE, TALL], ids=["wide", "tall"])
def test_nothing_moves_when_a_row_ends(desk: Desk, page: Page, resolution: str, ending: str) -> None:
    """The cell below the panel stays where it is, in every frame from first to last, good or bad."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, PANEL, "1 + 1")
    notebook.finish(1)
    panel = notebook.output(1)
    ask_for(panel, "A paper boat", resolution)
    expect(button(panel, "Cancel")).to_be_visible()
    notebook.finish(2)
    watch_place(notebook.cell(2))

    desk.sandbox.misbehave(RUNNING)
    expect(panel.get_by_text("generating").first).to_be_visible()
    if ending == "a video":
        desk.sandbox.misbehave()
        watch_playing(panel.locator("video"))
    else:
        desk.sandbox.misbehave(FAILED)
        expect(panel).to_contain_text("The model failed")

    assert_stood_still(page, NEARLY)


def test_a_long_form_is_short_and_reached_by_the_keyboard(desk: Desk, page: Page) -> None:
    """Of five hundred fields a dozen are seen; the button below them shows more, and a box takes the rest."""
    notebook = desk.begin(page, LOAD, "%sora panel --model sandbox/hostile/many")
    notebook.finish(1)
    panel = notebook.output(1)
    expect(panel.get_by_role("textbox")).to_have_count(11)
    more = button(panel, "More inputs")
    more.focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_label("Further inputs")).to_be_visible()
    expect(button(panel, "Fewer inputs")).to_be_focused()
    panel.get_by_label("Prompt", exact=True).fill("A kite")
    panel.get_by_label("Field 30", exact=True).fill("30")
    panel.get_by_label("Further inputs").fill('{"field_499": 499}')
    button(panel, "Copy as cell").click()
    expect(panel.get_by_label("Cell")).to_have_value(re.compile("--field_30 30 --field_499 499\nA kite$"))
    assert not nameless(panel)


def test_nothing_is_paid_twice_by_double_clicks(desk: Desk, page: Page) -> None:
    """Generate twice in a row sends one request; New take, pressed twice in a row, one more."""
    notebook = desk.begin(page, LOAD, PANEL)
    notebook.finish(1)
    panel = notebook.output(1)
    panel.get_by_label("Prompt").fill("A red kite")
    button(panel, "Generate").dblclick()
    expect(panel.get_by_role("status")).to_contain_text("nothing was sent")
    expect(panel.locator("video")).to_have_count(1, timeout=30_000)
    assert len(desk.sandbox.submissions()) == 1

    button(panel, "New take").dblclick()
    expect(panel.locator("video")).to_have_count(2, timeout=30_000)
    expect(button(panel, "New take")).to_be_hidden()
    assert len(desk.sandbox.submissions()) == 2


def test_copy_as_cell_shows_the_same_job(desk: Desk, page: Page) -> None:
    """The cell it gives, put into the notebook and run, shows the job of the form: nothing is sent again."""
    notebook = desk.begin(page, LOAD, PANEL, "1")
    notebook.finish(1)
    panel = notebook.output(1)
    ask_for(panel, 'Braces {like these}, "quotes" and $5\nand a second line')
    expect(panel.locator("video")).to_be_visible(timeout=30_000)
    button(panel, "Copy as cell").click()
    expect(panel.get_by_label("Cell")).to_be_visible()
    text = panel.get_by_label("Cell").input_value()

    notebook.write(2, text)
    notebook.finish(2)

    expect(notebook.output(2)).to_contain_text("Shown from your ledger, nothing was sent")
    watch_playing(notebook.output(2).locator("video"))
    assert len(desk.sandbox.submissions()) == 1


def test_a_panel_of_a_new_kernel_shows_the_recent_jobs(desk: Desk, page: Page) -> None:
    """After a restart the panel has this notebook's jobs, and goes on with those under way."""
    notebook = desk.begin(page, LOAD, PANEL)
    notebook.finish(1)
    ask_for(notebook.output(1), "The first")
    expect(notebook.output(1).locator("video")).to_be_visible(timeout=30_000)
    desk.sandbox.misbehave(QUEUED)
    ask_for(notebook.output(1), "The second")
    expect(notebook.output(1).get_by_role("status")).to_have_text("1 in the queue")
    eventually(lambda: len(desk.sandbox.submissions()) == 2, what="both are sent")

    notebook.restart()
    notebook.finish(0)
    notebook.finish(1)
    panel = notebook.output(1)

    expect(panel.locator("video")).to_have_count(1)
    expect(panel.get_by_role("status")).to_have_text("1 in the queue")
    desk.sandbox.misbehave()
    expect(panel.locator("video")).to_have_count(2, timeout=30_000)
    expect(panel.locator(".runcomfy-job").first).to_contain_text("The second")
    assert len(desk.sandbox.submissions()) == 2
