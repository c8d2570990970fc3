"""What else becomes of a cell: reopened untrusted, too large, exported, in Notebook 7, on old kernels."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from journeys.steps import LOAD, MAKE, RUNNING, WIDGET_VIEW, kinds_of, saved_cells, untrusted
from support.player import watch_playing

if TYPE_CHECKING:
    from pathlib import Path

    from journeys.conftest import Desk

CONVERT_SECONDS = 60

pytestmark = pytest.mark.browser


def exported(file: Path) -> str:
    """Return what nbconvert makes of a notebook."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", "--log-level=ERROR", str(file)]
    done = subprocess.run(command, check=True, timeout=CONVERT_SECONDS, capture_output=True, text=True)
    return done.stdout


def test_an_untrusted_notebook_plays(desk: Desk, page: Page) -> None:
    """A saved notebook that this server never saw run is sanitised, and its video plays all the same."""
    notebook = desk.open(
        page, desk.write(LOAD, MAKE, "from IPython.display import HTML; HTML('<p data-probe=x>probe</p>')")
    )
    notebook.run_all()
    expect(notebook.output(1).locator("video")).to_be_visible(timeout=60_000)
    expect(notebook.output(2).locator("[data-probe]")).to_be_visible()
    notebook.save()

    reopened = desk.open(page, untrusted(desk.file))

    expect(reopened.output(2)).to_contain_text("probe")
    expect(reopened.output(2).locator("[data-probe]")).to_have_count(0)
    playing = watch_playing(reopened.output(1).locator("video"))
    assert (playing["width"], playing["height"]) == (1280, 720)
    assert playing["source"].startswith("data:video/mp4;base64,")
    expect(reopened.output(1)).to_contain_text("A red panda surfs a long wave at dawn")


def test_an_exported_page_plays(desk: Desk, page: Page) -> None:
    """What nbconvert makes of the saved notebook is a page that plays the video by itself."""
    notebook = desk.open(page, desk.write(LOAD, MAKE))
    notebook.run_all()
    expect(notebook.output(1).locator("video")).to_be_visible(timeout=60_000)
    notebook.save()
    page_file = desk.file.with_suffix(".html")
    page_file.write_text(exported(desk.file))

    page.goto(page_file.as_uri())

    assert watch_playing(page.locator("video"))["width"] == 1280


def test_a_large_video_plays_from_its_file(desk: Desk, page: Page) -> None:
    """Above embed_limit_mb the output refers to the file by a relative path, says so, and plays."""
    limit = "%config Sora.embed_limit_mb = 0.01"
    notebook = desk.begin(page, f"{LOAD}\n{limit}", MAKE, "%sora panel")
    notebook.finish(1)

    playing = watch_playing(notebook.output(1).locator("video"))

    assert "/files/" in playing["source"]
    expect(notebook.output(1)).to_contain_text("Too large to be put into the notebook")
    notebook.finish(2)
    watch_playing(notebook.output(2).locator("video"))
    notebook.save()
    [made] = re.findall(
        r'src="(videos/[^"]+\.mp4)"', json.dumps(saved_cells(desk.file)[1].outputs).replace("\\", "")
    )
    assert (desk.file.parent / made).exists()


def test_notebook_7(desk: Desk, page: Page) -> None:
    """In Notebook 7: a row that says how it stands, the playing video, no widget in the saved file."""
    desk.sandbox.misbehave(RUNNING)
    notebook = desk.begin(page, LOAD, MAKE, "%sora panel", front_end="notebooks")
    notebook.finish(1)
    expect(notebook.output(1)).to_contain_text("generating")
    desk.sandbox.misbehave()
    watch_playing(notebook.output(1).locator("video"))
    notebook.save()
    assert WIDGET_VIEW not in kinds_of(saved_cells(desk.file)[1])

    notebook.finish(2)
    watch_playing(notebook.output(2).locator("video"))
    expect(notebook.output(2).get_by_label("Prompt")).to_be_visible()


def test_where_the_page_cannot_draw_the_kernels_widgets(desk: Desk, page: Page) -> None:
    """With ipywidgets 7.7, IPython 7.34 and ipykernel 6.31 the card and the playing video are there."""
    versions = "import IPython, ipywidgets; print(IPython.__version__, ipywidgets.__version__)"
    desk.sandbox.misbehave(RUNNING)
    notebook = desk.begin(page, f"{versions}\n{LOAD}", MAKE, kernel=desk.kernel("oldest"))
    expect(notebook.output(0)).to_contain_text("7.34.0 7.7.0")
    notebook.finish(1)
    expect(notebook.output(1)).to_contain_text("A red panda surfs a long wave at dawn")
    desk.sandbox.misbehave()

    watch_playing(notebook.output(1).locator("video"))
    expect(notebook.output(1)).not_to_contain_text("error")
