from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import Page, expect

from support.media import embedded_videos, probe
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.lab import Lab

LOAD = "%load_ext runcomfy_jupyter"
MAKE = "%%sora clip --size 1280x720 --seconds 4\nA red panda surfs a long wave at dawn"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
VIDEO_MS = 60_000

pytestmark = pytest.mark.browser


def test_a_video_is_made_played_and_saved(lab: Lab, page: Page, shot: Callable[[str], None]) -> None:
    """Status moves, 1 + 1 answers meanwhile, the video plays with its sound, and the saved file holds it."""
    file = lab.write("film.ipynb", LOAD, MAKE, "1 + 1", kernel="newest")
    notebook = lab.open(page, file.name)
    notebook.run(0)
    notebook.run(1)
    output = notebook.output(1)
    expect(output).to_contain_text(re.compile("queue|running|in progress", re.IGNORECASE))
    shot("running")

    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("2")
    assert output.locator("video").count() == 0

    expect(output.locator("video").first).to_be_visible(timeout=VIDEO_MS)
    eventually(lambda: notebook.video(1)["ready"] >= 2, what="the video can play")
    notebook.play(1)
    eventually(lambda: notebook.video(1)["time"] > 0.5, what="the video plays")
    playing = notebook.video(1)
    assert (playing["width"], playing["height"]) == (1280, 720)
    assert playing["length"] == pytest.approx(4, abs=0.2)
    assert playing["sound"] > 0
    assert playing["error"] is None
    shot("playing")

    notebook.save()
    saved: nbformat.NotebookNode = nbformat.read(file, as_version=4)
    outputs = saved.cells[1].outputs
    assert probe(embedded_videos(outputs)[0]).audio_codec == "aac"
    assert not [kind for one in outputs for kind in one.get("data", {}) if kind == WIDGET_VIEW]
