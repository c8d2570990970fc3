"""Fault 6: the disk is full, read-only, in the way, moved away."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.checks import CELL, NOTHING, WHOLE, Expected, on, words
from faults.forks import Mount, can_mount
from support.polling import eventually

if TYPE_CHECKING:
    from faults.notebook import Notebook
    from support.sandbox import Sandbox

SMALL = 1_048_576
ROOMY = 12 * SMALL
NOT_SENT = "Nothing was sent."
NOT_HERE = ("Finished and paid, but the file is not here yet", "%sora resume", "Nothing is billed again.")
RUNS_ON = on("status", "word", word="in_progress")

needs_mounts = pytest.mark.skipif(not can_mount(), reason="this machine does not let a test mount a disk")


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill the disk that a folder lies on but for so many bytes; return the file to be deleted."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))
    with ballast.open("r+b") as stream:
        stream.truncate(max(0, ballast.stat().st_size - leave))
    return ballast


@needs_mounts
def test_a_disk_too_full_for_the_video(notebook: Notebook, sandbox: Sandbox) -> None:
    """It is said before anything is paid for; once there is room the same cell works."""
    videos = notebook.folder / "videos"
    notebook.start(Mount(videos, ROOMY))
    ballast = fill(notebook.inside(videos), leave=200_000)

    cell = notebook.run(CELL)

    assert cell.status == "error"
    for part in ("The disk is full", "MB free. Make room.", NOT_SENT):
        assert part in words(cell)
    assert sandbox.submissions() == []
    assert notebook.rows() == []
    assert [path.name for path in notebook.inside(videos).iterdir()] == ["ballast"]
    ballast.unlink()
    second = notebook.run(CELL)
    assert second.status == "ok"
    eventually(lambda: "<video" in second.html, 30, what="it is made")


@needs_mounts
def test_a_disk_that_fills_up_before_the_video(notebook: Notebook, sandbox: Sandbox) -> None:
    """The card says what is needed and what is free; once there is room `resume` brings the file."""
    sandbox.misbehave(RUNS_ON)
    videos = notebook.folder / "videos"
    notebook.start(Mount(videos, ROOMY))
    cell = notebook.run(CELL)
    ballast = fill(notebook.inside(videos), leave=200_000)
    sandbox.misbehave()

    job = notebook.comes_to("undelivered")
    eventually(lambda: [part for part in (*NOT_HERE, "The disk is full") if part not in words(cell)] == [])
    assert "MB are free. Make room." in words(cell)
    there = [path.name.replace(job["id"], "ID") for path in notebook.inside(videos).iterdir()]
    assert not [name for name in there if name.endswith((".mp4", ".json")) and ".part" not in name]
    ballast.unlink()
    resumed = notebook.run("%sora resume")
    notebook.comes_to("succeeded")
    eventually(lambda: "<video" in resumed.html, what="it is shown")
    whole = sorted(path.name.replace(job["id"], "ID") for path in notebook.inside(videos).iterdir())
    assert whole == [Path(name).name for name in WHOLE]
    assert len(sandbox.submissions()) == 1


@needs_mounts
def test_a_disk_too_full_for_the_intent(notebook: Notebook, sandbox: Sandbox) -> None:
    """Where the intent cannot be written nothing is sent; once there is room the same cell works."""
    ledger = notebook.home / "ledger"
    notebook.start(Mount(ledger, SMALL))
    ballast = fill(notebook.inside(ledger))

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert "cannot be used" in words(cell)
    assert NOT_SENT in words(cell)
    assert sandbox.submissions() == []
    assert notebook.files() == []
    ballast.unlink()
    second = notebook.run(CELL)
    assert second.status == "ok"
    eventually(lambda: "<video" in second.html, what="it is made")
    assert len(sandbox.submissions()) == 1


@needs_mounts
def test_a_disk_that_fills_up_while_the_job_runs(notebook: Notebook, sandbox: Sandbox) -> None:
    """What cannot be written down is shown with the request id, and written once there is room."""
    sandbox.misbehave(RUNS_ON)
    ledger = notebook.home / "ledger"
    notebook.start(Mount(ledger, SMALL))
    cell = notebook.run(CELL)
    request = notebook.kernel.value("boat.request_id")
    eventually(lambda: notebook.kernel.value("boat.state") == "in_progress", what="it is in progress")
    ballast = fill(notebook.inside(ledger))
    sandbox.misbehave()

    kernel = notebook.kernel
    eventually(lambda: kernel.has_said(f"Until it can: the request id is {request}."), what="the id is said")

    assert kernel.has_said("database or disk is full")
    ballast.unlink()
    eventually(lambda: "<video" in cell.html, 30, what="it is made")
    assert notebook.kernel.value("boat.state") == "succeeded"
    assert len(sandbox.submissions()) == 1


@needs_mounts
def test_a_read_only_folder_of_videos(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """The reason is said before anything is paid for; in a place that can be written the same cell works."""
    notebook.start(Mount(notebook.folder / "videos"))

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert "videos cannot be written: Read-only file system" in words(cell)
    assert NOT_SENT in words(cell)
    assert sandbox.submissions() == []
    notebook.kill()
    second = notebook.run(CELL)
    Expected("succeeded", posts=1, disk=WHOLE).check(second, notebook, sandbox, clips)


@needs_mounts
@pytest.mark.parametrize("had_a_ledger", [False, True])
def test_a_read_only_home(notebook: Notebook, sandbox: Sandbox, had_a_ledger: bool) -> None:  # noqa: FBT001 - a parameter
    """Where the intent cannot be written nothing is sent, and what earlier kernels did stays there."""
    if had_a_ledger:
        notebook.run("%%sora\nEarlier")
        eventually(lambda: [row["state"] for row in notebook.rows()] == ["succeeded"], what="an earlier job")
        notebook.close()
    before = len(sandbox.submissions())
    notebook.start(Mount(notebook.home / "ledger"))

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert "StorageError" in words(cell)
    assert NOT_SENT in words(cell)
    assert len(sandbox.submissions()) == before
    assert len(notebook.rows()) == before


def test_a_file_where_the_home_should_be(notebook: Notebook, sandbox: Sandbox) -> None:
    """A home that is no folder is named, and nothing is sent."""
    (notebook.home / "ledger").write_text("not a folder")

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert f"{notebook.home}/ledger" in words(cell)
    assert NOT_SENT in words(cell)
    assert sandbox.submissions() == []


def test_a_file_where_the_videos_should_be(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """Nothing is paid for that has no place to go; without the file the same cell works."""
    (notebook.folder / "videos").write_text("not a folder")

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert "videos cannot be written" in words(cell)
    assert NOT_SENT in words(cell)
    assert sandbox.submissions() == []
    (notebook.folder / "videos").unlink()
    second = notebook.run(CELL)
    Expected("succeeded", posts=1, disk=WHOLE).check(second, notebook, sandbox, clips)


def test_a_folder_that_breaks_while_the_job_runs(notebook: Notebook, sandbox: Sandbox) -> None:
    """A paid video is not lost to a file that is in its way; another folder takes it."""
    sandbox.misbehave(RUNS_ON)
    cell = notebook.run(CELL)
    (notebook.folder / "videos").rmdir()
    (notebook.folder / "videos").write_text("not a folder")
    sandbox.misbehave()
    notebook.comes_to("undelivered")
    eventually(lambda: "videos cannot be written" in words(cell), what="the reason is said")

    resumed = notebook.run("%config Sora.save_dir = 'other'\n%sora resume")

    job = notebook.comes_to("succeeded")
    eventually(lambda: "<video" in resumed.html, what="it is shown")
    assert [name.replace(job["id"], "ID") for name in notebook.files()] == [
        *(name.replace("videos", "other") for name in WHOLE),
        "videos",
    ]
    assert len(sandbox.submissions()) == 1


def test_a_folder_moved_away_during_the_download(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """The file is not there under its name, which is said; `resume` makes the folder anew and fetches it."""
    sandbox.misbehave(on("media", "trickle", bytes_per_second=300_000))
    cell = notebook.run(CELL)
    videos = notebook.folder / "videos"
    eventually(lambda: any(path.stat().st_size for path in videos.glob("*.part")), what="bytes are there")
    videos.rename(notebook.folder.parent / "elsewhere")

    Expected("undelivered", posts=1, disk=NOTHING, says=NOT_HERE).check(cell, notebook, sandbox, clips)

    sandbox.misbehave()
    resumed = notebook.run("%sora resume")
    Expected("succeeded", posts=1, disk=WHOLE).check(resumed, notebook, sandbox, clips)


def test_the_notebooks_own_folder_deleted_before_the_cell(notebook: Notebook, sandbox: Sandbox) -> None:
    """Without a folder to save to, the cell says so in a line, and nothing is sent."""
    notebook.start()
    shutil.rmtree(notebook.folder)

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert "StorageError" in words(cell)
    assert NOT_SENT in words(cell)
    assert sandbox.submissions() == []
