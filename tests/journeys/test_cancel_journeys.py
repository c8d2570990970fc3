"""Cancel: queued and too late, while cells compute or wait, on kernels that differ, by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets
import pytest
from playwright.sync_api import Page, expect

from journeys.steps import LOAD, MAKE, QUEUED, WIDGET_VIEW, kinds_of, saved_cells
from support.player import watch_playing
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeys.conftest import Desk
    from support.lab import OpenNotebook
    from support.sandbox import Sandbox

# JupyterLab's own buttons for a cell may stand between it and ours.
MOST_TABS = 4
WAITING = MAKE.replace("clip", "clip --wait")

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(make_desk: Callable[[Sandbox], Desk], long_queue: Sandbox) -> Desk:
    """Give the journey a desk where everything stays queued until it is cancelled."""
    return make_desk(long_queue)


def cancel(notebook: OpenNotebook, number: int) -> None:
    """Press Cancel under a cell."""
    notebook.output(number).get_by_role("button", name="Cancel").click()


def truth_of(sandbox: Sandbox) -> str:
    """Return how the one request stands at the service."""
    [submission] = [entry for entry in sandbox.journal() if entry["on"] == "submit"]
    return sandbox.state_of(submission["request_id"])


def test_a_queued_job_is_cancelled(desk: Desk, page: Page) -> None:
    """A click ends a queued job in a card, at the service too, while another cell computes."""
    notebook = desk.begin(page, LOAD, MAKE, "import time; time.sleep(600)")
    notebook.finish(1)
    notebook.run(2)

    cancel(notebook, 1)

    expect(notebook.output(1)).to_contain_text("Cancelled while queued")
    expect(notebook.output(1)).to_contain_text("Nothing was generated. Running the cell again sends it anew.")
    expect(notebook.output(1).get_by_role("button")).to_have_count(0)
    assert notebook.execution_count(2) is None
    notebook.interrupt()
    notebook.save()
    assert WIDGET_VIEW not in kinds_of(saved_cells(desk.file)[1])
    assert truth_of(desk.sandbox) == "cancelled"


def test_a_job_that_runs_is_not_cancelled(
    make_desk: Callable[[Sandbox], Desk], sandbox: Sandbox, page: Page
) -> None:
    """A click that comes too late is answered so, the button goes, and the video comes all the same."""
    sandbox.misbehave(QUEUED)
    notebook = make_desk(sandbox).begin(page, LOAD, MAKE)
    notebook.finish(1)
    eventually(lambda: truth_of(sandbox) != "in_queue", what="it has begun")

    cancel(notebook, 1)

    output = notebook.output(1)
    expect(output).to_contain_text("It cannot be cancelled any more: it will finish, and be billed.")
    expect(output.get_by_role("button", name="Cancel")).to_be_hidden()
    sandbox.misbehave()
    watch_playing(output.locator("video"))


def test_the_keyboard_cancels(desk: Desk, page: Page) -> None:
    """From the cell, Tab goes to Cancel, which is seen to have the focus, and Enter presses it."""
    notebook = desk.begin(page, LOAD, MAKE, "1")
    notebook.finish(1)
    button = notebook.output(1).get_by_role("button", name="Cancel")
    expect(button).to_be_visible()

    page.keyboard.press("ArrowUp")
    expect(notebook.cell(1)).to_be_focused()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    expect(button).to_be_focused()
    assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    page.keyboard.press("Enter")

    expect(notebook.output(1)).to_contain_text("Cancelled while queued")


@pytest.mark.parametrize("environment", ["middle", "newest"])
def test_cancel_while_the_cell_waits(desk: Desk, environment: str, page: Page) -> None:
    """With ipykernel 7.0.1, and with the newest, a click is handled at once although its cell is waiting."""
    notebook = desk.begin(page, LOAD, WAITING, kernel=desk.kernel(environment))
    notebook.run(1)

    cancel(notebook, 1)

    expect(notebook.output(1)).to_contain_text("Cancelled while queued")
    eventually(lambda: notebook.execution_count(1), what="the cell is done")
    expect(notebook.output(1)).to_contain_text("JobCancelled: The job was cancelled")


def test_cancel_while_a_cell_of_ipykernel_6_waits(desk: Desk, page: Page, tmp_path: Path) -> None:
    """It handles no click while a cell runs; the click is kept, and cancels once the wait is interrupted."""
    # This JupyterLab draws the widgets of ipywidgets 8 alone; the oldest environment has 7.7.
    (tmp_path / "ipywidgets").symlink_to(Path(ipywidgets.__file__).parent)
    kernel = desk.kernel("oldest", PYTHONPATH=str(tmp_path))
    notebook = desk.begin(
        page, f"import ipykernel; print(ipykernel.__version__)\n{LOAD}", WAITING, kernel=kernel
    )
    expect(notebook.output(0)).to_contain_text("6.31.")
    notebook.run(1)

    cancel(notebook, 1)
    notebook.interrupt()

    expect(notebook.output(1)).to_contain_text("Stopped waiting")
    expect(notebook.output(1)).to_contain_text("Cancelled while queued")
    assert truth_of(desk.sandbox) == "cancelled"
