"""Fault 3: the kernel dies while a job is under way, and another takes it up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from faults.checks import BEGUN, CELL, NOTHING, WHOLE, Expected, on, on_disk, words
from faults.notebook import LOAD
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from faults.checks import Rules
    from faults.notebook import Notebook
    from support.sandbox import Sandbox

UNFINISHED = ("1 job is unfinished", "%sora resume takes up what was begun", "Nothing is sent anew.")
TRICKLE = on("media", "trickle", bytes_per_second=100_000)


def kill_before_the_answer(notebook: Notebook, sandbox: Sandbox) -> None:
    """Send a request, and kill the kernel while it waits to hear that it is accepted."""
    sandbox.misbehave(on("submit", "hang", taken=True))
    notebook.kernel.submit(CELL)
    eventually(sandbox.submissions, what="the request is sent")
    notebook.kill()
    sandbox.misbehave()


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        ("in_queue", (on("status", "word", word="in_queue"),)),
        ("in_progress", (on("status", "word", word="in_progress"),)),
        ("downloading", (TRICKLE,)),
    ],
)
@pytest.mark.parametrize("command", ["%sora resume", "%sora wait", CELL])
def test_a_dead_kernels_job_goes_on_from_where_it_stood(
    notebook: Notebook, sandbox: Sandbox, clips: Path, state: str, rules: Rules, command: str
) -> None:
    """The next kernel says that a job is unfinished, and brings its video without another POST."""
    sandbox.misbehave(*rules)
    notebook.run(CELL)
    eventually(lambda: notebook.job()["state"] == state, what=f"the job is {state}")
    notebook.kill()
    sandbox.misbehave()

    loaded = notebook.start(load=False).run(LOAD)

    assert [part for part in UNFINISHED if part not in words(loaded)] == []
    cell = notebook.run(command)
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    assert "Nothing to take up" in words(notebook.run("%sora resume"))


def test_a_download_begun_by_a_dead_kernel_is_built_upon(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """What lies in `.part` is not shown, not thrown away, and not fetched a second time."""
    sandbox.misbehave(TRICKLE)
    cell = notebook.run(CELL)
    part = notebook.folder / "videos"
    eventually(lambda: any(path.stat().st_size for path in part.glob("*.part")), what="bytes are there")
    assert "<video" not in cell.html
    notebook.kill()
    assert on_disk(notebook, notebook.job()["id"]) == BEGUN
    [begun] = part.glob("*.part")
    size = begun.stat().st_size
    sandbox.misbehave()

    resumed = notebook.run("%sora resume")

    Expected("succeeded", posts=1, disk=WHOLE).check(resumed, notebook, sandbox, clips)
    fetched = [entry for entry in sandbox.journal() if entry["on"] == "media"]
    assert fetched[-1]["range"] == f"bytes={size}-"


def test_a_part_that_is_no_beginning_of_the_video_is_replaced(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """A `.part` under another validator than the host's is thrown away, never joined to."""
    sandbox.misbehave(TRICKLE)
    notebook.run(CELL)
    part = notebook.folder / "videos"
    eventually(lambda: any(path.stat().st_size for path in part.glob("*.part")), what="bytes are there")
    notebook.kill()
    [note] = part.glob("*.part.json")
    note.write_text(json.dumps({"validator": '"another version"'}))
    note.with_suffix("").write_bytes(b"not the beginning of any video" * 1000)
    sandbox.misbehave()

    resumed = notebook.run("%sora resume")

    Expected("succeeded", posts=1, disk=WHOLE).check(resumed, notebook, sandbox, clips)


def test_a_kernel_killed_before_the_answer_leaves_it_unconfirmed(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """Nobody can know whether it was accepted, so nothing is sent, and the words say so."""
    kill_before_the_answer(notebook, sandbox)

    cell = notebook.run("%sora resume")

    said = (
        "Sent, but not confirmed: it may be running, and billed",
        "The kernel ended before RunComfy's answer",
    )
    Expected("unconfirmed", posts=1, disk=NOTHING, says=said).check(cell, notebook, sandbox, clips)
    same = notebook.run(CELL)
    assert same.status == "error"
    assert "was sent but not confirmed" in words(same)
    assert len(sandbox.submissions()) == 1


def test_the_same_cell_after_a_kill_before_the_answer_fails(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """The cell that finds its request neither accepted nor refused is no green cell."""
    kill_before_the_answer(notebook, sandbox)

    cell = notebook.run(CELL)

    said = ("Sent, but not confirmed: it may be running, and billed", "SubmissionUnconfirmed")
    Expected("unconfirmed", posts=1, disk=NOTHING, says=said).check(cell, notebook, sandbox, clips)
    assert cell.status == "error"


def test_a_living_kernels_job_is_left_to_it_until_it_dies(
    notebook: Notebook, neighbour: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """A second kernel is told of nothing unfinished; it shows the job, and takes it over at a death."""
    sandbox.misbehave(on("status", "word", word="in_progress"))
    notebook.run(CELL)
    eventually(lambda: notebook.job()["state"] == "in_progress", what="it is in progress")
    owner = notebook.job()["owner"]

    loaded = neighbour.start(load=False).run(LOAD)
    cell = neighbour.run("%sora resume")

    assert "unfinished" not in words(loaded)
    assert notebook.job()["owner"] == owner
    notebook.kill()
    eventually(lambda: notebook.job()["owner"] != owner, what="the second has taken it over")
    sandbox.misbehave()
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)


def test_one_job_that_cannot_be_taken_up_does_not_keep_the_others(
    notebook: Notebook, sandbox: Sandbox
) -> None:
    """`%sora resume` takes up every job, though the first of them belongs to another address."""
    sandbox.misbehave(on("status", "word", word="in_progress"))
    notebook.variables["RUNCOMFY_MODEL_API_BASE"] = sandbox.base_url.replace("127.0.0.1", "localhost")
    notebook.run("%%sora\nElsewhere")
    notebook.kill()
    notebook.variables["RUNCOMFY_MODEL_API_BASE"] = sandbox.base_url
    notebook.run(CELL)
    notebook.kill()
    sandbox.misbehave()

    cell = notebook.run("%sora resume")

    assert cell.status == "error"
    assert "belongs to http://localhost" in words(cell)
    eventually(lambda: [row["state"] for row in notebook.rows()][1] == "succeeded", what="the second is made")
    eventually(lambda: "<video" in cell.html, what="it is shown")
    assert len(sandbox.submissions()) == 2
