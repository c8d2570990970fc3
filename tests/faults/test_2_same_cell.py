"""Fault 2: the same cell is run again: later, elsewhere, at the same instant, after every ending."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from faults.checks import AGAIN, CELL, NOTHING, WHOLE, Expected, assert_whole, on, words
from support.polling import eventually

if TYPE_CHECKING:
    from faults.notebook import Notebook
    from support.kernels import Cell
    from support.sandbox import Sandbox

SHOWN = ("Shown from your ledger, nothing was sent", "--again makes a new take")


def shows_video(cell: Cell) -> bool:
    """Tell whether a cell shows a video now."""
    return "<video" in cell.html


def test_a_finished_one_is_shown_again_by_any_later_kernel(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """After a restart the same cell shows the video that was paid for, says so, and sends nothing."""
    first = notebook.run(CELL)
    Expected("succeeded", posts=1, disk=WHOLE).check(first, notebook, sandbox, clips)
    notebook.kill()

    later = notebook.run(CELL)

    assert later.status == "ok"
    Expected("succeeded", posts=1, disk=WHOLE, says=SHOWN).check(later, notebook, sandbox, clips)


def test_one_under_way_is_shown_again_in_the_same_kernel(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """Run twice in a row, a cell sends once, and both runs end as the video."""
    first, second = notebook.run(CELL), notebook.run(CELL)

    for cell in (first, second):
        Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    assert SHOWN[0] in words(second)


def test_two_kernels_at_the_same_instant_send_one_post(
    notebook: Notebook, neighbour: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """The ledger decides which of two kernels sends; both show the video."""
    kernels = [notebook.start(), neighbour.start()]

    cells = [kernel.submit(CELL) for kernel in kernels]

    assert [cell.finish().status for cell in cells] == ["ok", "ok"], [words(cell) for cell in cells]
    job = notebook.rests("succeeded")
    for cell in cells:
        eventually(partial(shows_video, cell), what="the video is shown")
    assert len(sandbox.submissions()) == 1
    assert sum("Shown from your ledger" in words(cell) for cell in cells) == 1
    folder = Path(json.loads(job["files"])[0]["path"]).parent.parent
    owner = notebook if folder == notebook.folder else neighbour
    assert_whole(owner, job, clips)


def test_again_pays_for_a_new_take(notebook: Notebook, sandbox: Sandbox) -> None:
    """With --again the same request is sent a second time, and both videos stay."""
    notebook.run(CELL)
    notebook.rests("succeeded")

    notebook.run(AGAIN)

    eventually(lambda: [row["state"] for row in notebook.rows()] == ["succeeded"] * 2, what="two takes")
    assert len(sandbox.submissions()) == 2
    assert len(notebook.files()) == 4


def test_a_cancelled_one_is_sent_anew(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """A cancelled request is over: the same cell buys it."""
    sandbox.misbehave(on("status", "word", word="cancelled"))
    first = notebook.run(CELL)
    Expected("cancelled", posts=1, disk=NOTHING).check(first, notebook, sandbox, clips)
    sandbox.misbehave()

    notebook.run(CELL)

    eventually(
        lambda: [row["state"] for row in notebook.rows()] == ["cancelled", "succeeded"], what="it is made"
    )
    assert len(sandbox.submissions()) == 2


def test_a_deleted_video_is_fetched_again_not_bought_again(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """The service still has what was paid for."""
    Expected("succeeded", disk=WHOLE).check(notebook.run(CELL), notebook, sandbox, clips)
    notebook.run("boat.wait().path.unlink()")

    cell = notebook.run(CELL)

    eventually(lambda: notebook.files() and words(cell).count(SHOWN[0]), what="it is fetched")
    Expected("succeeded", posts=1, disk=WHOLE, says=SHOWN).check(cell, notebook, sandbox, clips)


def test_a_deleted_video_that_the_service_has_no_more_is_not_bought_again_either(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """Paid for and gone: that is said, and only --again pays again."""
    Expected("succeeded", disk=WHOLE).check(notebook.run(CELL), notebook, sandbox, clips)
    notebook.run("boat.wait().path.unlink()")
    sandbox.misbehave(on("result", "expired"))

    cell = notebook.run(CELL)

    said = ("RunComfy has no such request for this token", "%sora resume")
    left = ("videos/paper-boat-ID.json",)
    Expected("undelivered", posts=1, disk=left, says=said).check(cell, notebook, sandbox, clips)
