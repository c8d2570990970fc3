"""Fault 7: the user stops a job, or stops waiting for it, and is told the truth."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from faults.checks import CELL, NOTHING, WHOLE, Expected, on, words
from support.polling import eventually
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from faults.notebook import Notebook
    from support.kernels import Cell
    from support.sandbox import Sandbox

TOO_LATE = "It cannot be cancelled any more: it will finish, and be billed."
UNCLEAR = "Whether it is cancelled could not be confirmed"
WAIT = "print('waiting'); boat.wait()"
FOLLOWED = "It is still followed."


@pytest.fixture(scope="module")
def long_line(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run a sandbox in which requests wait in the queue for longer than any test."""
    options = ("--queue-seconds", "600", "--media-dir", str(clips))
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *options) as running:
        yield running


@pytest.fixture
def queued(new_notebook: Callable[[dict[str, str]], Notebook], long_line: Sandbox) -> Notebook:
    """Make a notebook whose jobs wait in the queue."""
    long_line.misbehave()
    long_line.forget()
    return new_notebook(long_line.variables)


def by_command(notebook: Notebook, _: Cell) -> Cell:
    """Cancel by `%sora cancel`."""
    return notebook.run(f"%sora cancel {notebook.job()['id']}")


def by_click(notebook: Notebook, cell: Cell) -> Cell:
    """Cancel by the button of the row."""
    kernel = notebook.kernel

    def button() -> str | None:
        kernel.pump()
        found = [comm for comm, state in kernel.comms.items() if state.get("description") == "Cancel"]
        return found[0] if found else None

    found = eventually(button, what="the Cancel button")
    assert found is not None
    kernel.click(found)
    return cell


WAYS = pytest.mark.parametrize("cancel", [by_command, by_click])


@WAYS
def test_cancelled_while_queued(
    queued: Notebook, long_line: Sandbox, clips: Path, cancel: Callable[[Notebook, Cell], Cell]
) -> None:
    """What still waits in the queue is cancelled, is not generated, and can be sent anew."""
    cell = queued.run(CELL)
    eventually(lambda: queued.kernel.has_said("in the queue"), what="it is queued")

    cancel(queued, cell)

    eventually(lambda: queued.kernel.has_said("Cancelled while queued"), what="the truth is said")
    said = ("Cancelled while queued", "Nothing was generated.", "Running the cell again sends it anew.")
    Expected("cancelled", posts=1, disk=NOTHING, says=said).check(cell, queued, long_line, clips)
    assert queued.run(CELL).status == "ok"
    assert len(long_line.submissions()) == 2


@WAYS
def test_too_late_to_cancel(
    notebook: Notebook, sandbox: Sandbox, clips: Path, cancel: Callable[[Notebook, Cell], Cell]
) -> None:
    """What runs cannot be cancelled: that is said, the job is followed on, and its video comes."""
    hold = on("status", "word", word="in_queue")  # so that the button is there, though it is too late
    sandbox.misbehave(hold)
    cell = notebook.run(CELL)
    request = notebook.job()["request_id"]
    eventually(lambda: sandbox.state_of(request) != "in_queue", what="it is in progress at the service")

    cancel(notebook, cell)

    eventually(lambda: notebook.kernel.has_said(TOO_LATE), what="the truth is said")
    sandbox.misbehave()
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)


@WAYS
@pytest.mark.parametrize("fault", ["drop_after_read", "status_code", "garbage", "html"])
def test_a_cancel_call_that_fails_confirms_nothing(
    notebook: Notebook, sandbox: Sandbox, clips: Path, cancel: Callable[[Notebook, Cell], Cell], fault: str
) -> None:
    """Without an answer nobody knows, which is said; the job is followed to whatever end it has."""
    sandbox.misbehave(on("cancel", fault), on("status", "word", word="in_queue"))
    cell = notebook.run(CELL)
    request = notebook.job()["request_id"]
    eventually(lambda: sandbox.state_of(request) != "in_queue", what="it is in progress at the service")

    cancel(notebook, cell)

    eventually(lambda: notebook.kernel.has_said(UNCLEAR), what="the truth is said")
    assert notebook.kernel.has_said(FOLLOWED)
    sandbox.misbehave()
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)


def test_a_cancel_call_that_fails_in_a_new_kernel(notebook: Notebook, sandbox: Sandbox) -> None:
    """Where it is said that the job is still followed, it is, though this kernel did not begin it."""
    sandbox.misbehave(on("status", "word", word="in_queue"), on("cancel", "drop_after_read"))
    notebook.run(CELL)
    notebook.kill()

    cell = notebook.run(f"%sora cancel {notebook.job()['id']}")

    assert cell.status == "error"
    assert UNCLEAR in words(cell)
    assert FOLLOWED in words(cell)
    sandbox.misbehave()
    job = notebook.rests("succeeded")
    assert job["files"] != "[]"
    assert len(sandbox.submissions()) == 1


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("code", ["%%sora boat --wait --seconds 4\nA paper boat", WAIT])
def test_an_interrupt_stops_the_waiting_alone(
    notebook: Notebook, sandbox: Sandbox, clips: Path, code: str, *, watched: bool
) -> None:
    """The job goes on, the words say how to wait for it or cancel it, and waiting again shows the video."""
    sandbox.misbehave(on("status", "word", word="in_progress"))
    if not code.startswith("%%"):
        notebook.run("%%sora boat --no-wait --seconds 4\nA paper boat")
    cell = notebook.kernel.submit(code, watched=watched)
    eventually(lambda: notebook.rows() and notebook.job()["state"] == "in_progress", what="it is in progress")
    eventually(lambda: cell.html or "waiting" in words(cell), what="it has come to the waiting")

    notebook.process.signal(signal.SIGINT)

    assert cell.finish().status == "error"
    job = notebook.job()
    assert job["state"] == "in_progress"
    told = words(cell)
    assert f"Stopped waiting; job {job['id']} goes on." in told
    assert f"%sora wait {job['id']} waits again, %sora cancel {job['id']} asks to cancel it." in told
    sandbox.misbehave()
    later = notebook.run(f"%sora wait {job['id']}", watched=watched)
    assert later.status == "ok"
    Expected("succeeded", posts=1, disk=WHOLE).check(later, notebook, sandbox, clips)


def test_an_interrupt_while_it_is_being_sent(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """The answer is still waited for in the background, and the words say how to wait for it."""
    sandbox.misbehave(on("submit", "slow", seconds=1.5))
    cell = notebook.kernel.submit(CELL)
    eventually(sandbox.submissions, what="it is being sent")

    notebook.process.signal(signal.SIGINT)

    assert cell.finish().status == "error"
    assert "Stopped waiting for RunComfy's answer; job" in words(cell)
    assert "%sora wait" in words(cell)
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
