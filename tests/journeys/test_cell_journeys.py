"""A `%%sora` cell from its first run to the saved file, as a person meets it in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from journeys.steps import (
    FAILED,
    LOAD,
    MAKE,
    QUEUED,
    RUNNING,
    WIDGET_VIEW,
    assert_stood_still,
    kinds_of,
    saved_cells,
    watch_place,
)
from support.media import embedded_videos, probe
from support.player import watch_playing
from support.polling import eventually

if TYPE_CHECKING:
    from journeys.conftest import Desk

# Above and below an output JupyterLab leaves some room.
NEARLY = 8

pytestmark = pytest.mark.browser


def test_a_video_is_made_played_and_saved(desk: Desk, page: Page) -> None:
    """Status moves, 1 + 1 answers meanwhile, the video plays with its sound, and the saved file holds it."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, MAKE, "1 + 1")
    notebook.finish(1)
    output = notebook.output(1)
    expect(output).to_contain_text("in the queue")

    desk.sandbox.misbehave(RUNNING)
    expect(output).to_contain_text("generating")
    notebook.finish(2)
    expect(notebook.output(2)).to_contain_text("2")
    assert output.locator("video").count() == 0

    desk.sandbox.misbehave()
    playing = watch_playing(output.locator("video"))
    assert (playing["width"], playing["height"]) == (1280, 720)
    assert playing["length"] == pytest.approx(4, abs=0.2)

    notebook.save()
    made = saved_cells(desk.file)[1]
    assert probe(embedded_videos(made.outputs)[0]).audio_codec == "aac"
    assert WIDGET_VIEW not in kinds_of(made)


@pytest.mark.parametrize("asked", [MAKE, MAKE.replace("1280x720", "720x1280")], ids=["wide", "tall"])
@pytest.mark.parametrize("ending", ["a video", "a failure"])
def test_nothing_moves_when_a_job_ends(desk: Desk, page: Page, asked: str, ending: str) -> None:
    """The cell below stays where it is, in every frame from the first status to the end, good or bad."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, asked, "1 + 1")
    notebook.finish(1)
    output = notebook.output(1)
    expect(output).to_contain_text("in the queue")
    watch_place(notebook.cell(2))

    desk.sandbox.misbehave(RUNNING)
    expect(output).to_contain_text("generating")
    if ending == "a video":
        desk.sandbox.misbehave()
        watch_playing(output.locator("video"))
    else:
        desk.sandbox.misbehave(FAILED)
        expect(output).to_contain_text("The model failed")
    expect(output.locator(".runcomfy-row")).to_have_count(0)

    assert_stood_still(page, NEARLY)


def test_another_cell_that_computes_disturbs_nothing(desk: Desk, page: Page) -> None:
    """While a cell computes, the status moves and the video comes, under the cell that asked for it."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, MAKE, "import time; time.sleep(600)")
    notebook.finish(1)
    notebook.run(2)
    expect(notebook.output(1)).to_contain_text("in the queue")

    desk.sandbox.misbehave(RUNNING)
    expect(notebook.output(1)).to_contain_text("generating")
    desk.sandbox.misbehave()
    watch_playing(notebook.output(1).locator("video"))

    assert notebook.execution_count(2) is None
    expect(notebook.output(2)).to_have_text("")


def test_what_is_paid_is_shown_again(desk: Desk, page: Page) -> None:
    """The same cell, and `%sora show`, play the video that is there: one POST."""
    show = "get_ipython().run_line_magic('sora', 'show ' + clip.id)"
    notebook = desk.begin(page, LOAD, MAKE, MAKE, show)
    notebook.finish(1)
    watch_playing(notebook.output(1).locator("video"))

    notebook.finish(2)
    expect(notebook.output(2)).to_contain_text("Shown from your ledger, nothing was sent")
    watch_playing(notebook.output(2).locator("video"))
    notebook.finish(3)
    watch_playing(notebook.output(3).locator("video"))
    assert len(desk.sandbox.submissions()) == 1


def test_a_reloaded_page_goes_on(desk: Desk, page: Page) -> None:
    """A page reloaded in mid-job shows the live row again, and ends with the video."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, MAKE)
    notebook.finish(1)
    expect(notebook.output(1)).to_contain_text("in the queue")
    notebook.save()

    notebook.reload()

    expect(notebook.output(1)).to_contain_text("in the queue")
    expect(notebook.output(1).get_by_role("button", name="Cancel")).to_be_visible()
    desk.sandbox.misbehave(RUNNING)
    expect(notebook.output(1)).to_contain_text("generating")
    expect(notebook.output(1).get_by_role("button", name="Cancel")).to_be_hidden()
    desk.sandbox.misbehave()
    watch_playing(notebook.output(1).locator("video"))
    assert len(desk.sandbox.submissions()) == 1


def test_a_restarted_kernel_takes_the_job_up(desk: Desk, page: Page) -> None:
    """After a restart in mid-job, loading says that one is unfinished; resume brings its video, one POST."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, MAKE, "%sora resume")
    notebook.finish(1)
    expect(notebook.output(1)).to_contain_text("in the queue")

    notebook.restart()
    notebook.finish(0)
    expect(notebook.output(0)).to_contain_text("1 job is unfinished")
    desk.sandbox.misbehave()
    notebook.finish(2)

    playing = watch_playing(notebook.output(2).locator("video"))
    assert playing["width"] == 1280
    assert len(desk.sandbox.submissions()) == 1


def test_run_all_puts_each_video_under_its_own_cell(desk: Desk, page: Page) -> None:
    """Five cells in one go: five POSTs, five videos, each under the cell that asked for it."""
    page.set_viewport_size({"width": 1400, "height": 4200})
    prompts = [f"Take number {number}" for number in range(5)]
    cells = [f"%%sora --size 1280x720\n{prompt}" for prompt in prompts]
    notebook = desk.open(page, desk.write(LOAD, *cells, "6 * 7"))

    notebook.run_all()

    eventually(lambda: notebook.execution_count(6), 30, what="all cells have run")
    for number, prompt in enumerate(prompts, 1):
        expect(notebook.output(number).locator("video")).to_have_count(1, timeout=60_000)
        expect(notebook.output(number)).to_contain_text(prompt)
    assert [body["prompt"] for body in desk.sandbox.submissions()] == prompts
    assert all(notebook.video(number)["error"] is None for number in range(1, 6))
