"""Models besides the first: picked in the panel, completed in a cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from journeys.steps import LOAD, box_of
from support.polling import eventually

if TYPE_CHECKING:
    from journeys.conftest import Desk
    from support.lab import OpenNotebook

STILL_LIFE = "Still Life (sandbox)"
UPSCALER = "Upscaler (sandbox)"
PICTURE = """image => ({loaded: image.complete, width: image.naturalWidth,
    height: image.naturalHeight, source: image.getAttribute("src").slice(0, 40)})"""

pytestmark = pytest.mark.browser


def test_another_model_is_picked_and_makes_a_picture(desk: Desk, page: Page) -> None:
    """Its fields take the place of the first model's, the prompt stays, a picture is shown."""
    notebook = desk.begin(page, LOAD, "%sora panel")
    notebook.finish(1)
    panel = notebook.output(1)
    panel.get_by_label("Prompt", exact=True).fill("A bowl of pears")
    expect(panel.get_by_role("button", name="Generate · about $0.40")).to_be_visible()

    panel.get_by_label("Model").select_option(label=UPSCALER)
    expect(panel.get_by_label("Video")).to_be_visible()
    expect(panel.get_by_label("Prompt", exact=True)).to_have_count(0)
    expect(panel.get_by_label("Keep the grain")).to_have_value("as the model likes")
    panel.get_by_label("Model").select_option(label=STILL_LIFE)
    expect(panel.get_by_label("Aspect ratio")).to_be_visible()
    expect(panel.get_by_label("Duration")).to_have_count(0)
    expect(panel.get_by_label("Resolution")).to_have_count(0)
    expect(panel.get_by_label("Prompt", exact=True)).to_have_value("A bowl of pears")
    number = panel.get_by_role("spinbutton", name="Style strength")
    number.fill("0.8")
    number.blur()
    sliders = panel.locator(".runcomfy-slider")
    expect(sliders.last.locator(".noUi-handle")).to_have_attribute("aria-valuenow", "0.8")
    # A handle has no name, so it is there for the pointer alone.
    expect(panel.get_by_role("slider")).to_have_count(0)
    sliders.first.locator(".noUi-touch-area").hover()
    page.mouse.down()
    page.mouse.move(0, 0)
    page.mouse.move(1400, 0)
    page.mouse.up()
    images = panel.get_by_role("spinbutton", name="Number of images")
    expect(images).to_have_value("4")
    images.press("ArrowDown")
    expect(images).to_have_value("3")
    images.fill("1")
    images.blur()
    for slider in sliders.all():
        assert box_of(slider)["height"] < 60

    panel.get_by_label("Aspect ratio").select_option(label="16:9")
    panel.get_by_role("button", name="Generate · about $0.04").click()
    picture = panel.get_by_role("img")
    expect(picture).to_be_visible(timeout=30_000)

    eventually(lambda: picture.evaluate(PICTURE)["loaded"], what="the picture is loaded")
    shown = picture.evaluate(PICTURE)
    assert shown["width"] / shown["height"] == pytest.approx(16 / 9, abs=0.02)
    [sent] = [entry for entry in desk.sandbox.journal() if entry["on"] == "submit"]
    assert (sent["body"]["prompt"], sent["body"]["aspect_ratio"]) == ("A bowl of pears", "16:9")
    expect(panel.get_by_role("status")).not_to_contain_text("Traceback")


def offer(notebook: OpenNotebook, text: str) -> Locator:
    """Write into the second cell and press Tab at its end; return the list that Tab opens."""
    notebook.write(1, text)
    notebook.page.keyboard.press("End")
    notebook.page.keyboard.press("Tab")
    offers = notebook.page.locator(".jp-Completer:not(.lm-mod-hidden)")
    expect(offers).to_be_visible()
    return offers


def test_tab_completes_an_option_and_a_value(desk: Desk, page: Page) -> None:
    """Tab offers the options that begin so, and a field's legal values; Enter takes the marked one."""
    notebook = desk.begin(page, LOAD, "1")
    editor = notebook.cell(1).locator(".cm-content")

    expect(offer(notebook, "%%sora --se")).to_contain_text("--seconds")
    page.keyboard.press("Enter")
    expect(editor).to_have_text("%%sora --seconds")

    offers = offer(notebook, "%%sora --size ")
    expect(offers).to_contain_text("1280x720")
    expect(offers).to_contain_text("720x1280")
    page.keyboard.press("Enter")
    expect(editor).to_have_text(re.compile("^%%sora --size (1280x720|720x1280)$"))
