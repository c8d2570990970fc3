from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from support.media import DATA_URI, probe, video_sources
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.kernels import Cell, Kernel
    from support.media import Clip
    from support.sandbox import Sandbox

LOAD = "%load_ext runcomfy_jupyter"
WIDE = "%%sora wide --size 1280x720 --seconds 4\nA lighthouse in the rain"
PAIR = "%%sora pair --takes 2 --seconds 4\nA lighthouse in the rain"
RUNNING = {"on": "status", "fault": "word", "word": "in_progress"}
TALL = "%%sora tall --size 720x1280 --seconds 4\nA lighthouse in the rain"
CLIP_SECONDS = 60

pytestmark = pytest.mark.kernel


def video_under(cell: Cell) -> Clip:
    """Wait for the one video under a cell, and decode it."""

    def embedded() -> list[str]:
        return [source for source in video_sources(cell.html) if source.startswith(DATA_URI)]

    [source] = eventually(embedded, CLIP_SECONDS, what="the video is under the cell")
    return probe(base64.b64decode(source.removeprefix(DATA_URI)))


def test_kernel_is_free_while_the_job_runs(kernel: Kernel, sandbox: Sandbox) -> None:
    """The cell is done once its request is accepted; 1 + 1 is computed before the video is there."""
    assert kernel.run(LOAD).status == "ok"
    cell = kernel.run(WIDE)
    assert cell.status == "ok", cell.text

    sum_cell = kernel.run("1 + 1")

    assert len(sandbox.submissions()) == 1
    assert kernel.value("wide.state") in {"in_queue", "in_progress"}
    assert not video_sources(cell.html)
    clip = video_under(cell)
    assert (clip.video_codec, clip.audio_codec, clip.width, clip.height) == ("h264", "aac", 1280, 720)
    assert [output.data for output in sum_cell.outputs] == [{"text/plain": "2"}]
    assert kernel.value("wide.state") == "succeeded"
    eventually(lambda: not cell.widgets, what="no widget is left under the cell")
    assert not kernel.stray


def test_what_another_cell_captures_is_not_a_batch(
    start_kernel: Callable[[str], Kernel], sandbox: Sandbox
) -> None:
    """While a cell with %%capture runs, the table goes on and ends as its grid; nothing is caught."""
    sandbox.misbehave(RUNNING)
    kernel = start_kernel("newest")
    kernel.run(LOAD)
    batch = kernel.run(PAIR)
    eventually(lambda: batch.html and "generating" in str(kernel.comms), what="the table says so")

    capturing = kernel.submit("%%capture caught\n_ = pair.wait()")
    sandbox.misbehave()
    capturing.finish()

    assert capturing.status == "ok", capturing.text
    assert len(video_sources(batch.html)) == 2
    assert not batch.widgets
    assert kernel.value("len(caught.outputs)") == 0
    assert not kernel.stray


def test_each_video_lands_under_its_own_cell(kernel: Kernel) -> None:
    """With two jobs under way and another cell computing, each video appears under the cell that asked."""
    kernel.run(LOAD)
    wide, tall = kernel.run(WIDE), kernel.run(TALL)
    busy = kernel.run("import math; sum(math.sin(n) for n in range(10_000_000)) < 0")

    wide_clip, tall_clip = video_under(wide), video_under(tall)

    assert (wide_clip.width, wide_clip.height) == (1280, 720)
    assert (tall_clip.width, tall_clip.height) == (720, 1280)
    assert len(busy.outputs) == 1
    assert not kernel.stray
