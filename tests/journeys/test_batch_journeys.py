"""Many from one cell: a table while they are made, then a grid; all cancelled; a page that is reloaded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from journeys.steps import LOAD, QUEUED, RUNNING, WIDGET_VIEW, box_of, kinds_of, saved_cells
from support.player import watch_playing
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator

    from journeys.conftest import Desk
    from support.sandbox import Sandbox

FIVE = "%%sora clips --size 1280x720 --seconds 4 --takes 5\nA red panda surfs a long wave at dawn"
BELOW = "'what stands below'"
# Two are generated for as long as the journey takes, the others wait behind them.
TWO_AT_ONCE = ("--workers", "2", "--queue-seconds", "0", "--run-seconds", "15", "--plain-clips")

pytestmark = pytest.mark.browser


@pytest.fixture
def two_at_once(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run a sandbox that generates two at a time, and takes its time."""
    folder = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(folder, *TWO_AT_ONCE, "--media-dir", str(clips)) as running:
        yield running


def stands_in_the_corner(button: Locator, table: Locator) -> bool:
    """Tell whether a button is in the room that a table leaves at its top right, 110 pixels wide."""
    inner, outer = box_of(button), box_of(table)
    right = outer["x"] + outer["width"]
    return (
        right - 110 <= inner["x"]
        and inner["x"] + inner["width"] <= right
        and outer["y"] <= inner["y"]
        and inner["y"] + inner["height"] <= outer["y"] + 52
    )


def test_five_from_one_cell(desk: Desk, page: Page) -> None:
    """One table while they are made, its button within it; then five videos in its place, and in the file."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, FIVE, BELOW)
    notebook.finish(1)
    notebook.finish(2)
    output = notebook.output(1)
    expect(output).to_contain_text("0 of 5 done")
    expect(output.get_by_text("in the queue")).to_have_count(5)
    button, table = output.get_by_role("button", name="Cancel all"), output.locator(".runcomfy-live")
    assert stands_in_the_corner(button, table)
    top = box_of(notebook.cell(2))["y"]
    desk.sandbox.misbehave(RUNNING)
    expect(output.get_by_text("generating", exact=True)).to_have_count(5)
    expect(button).to_be_hidden()
    assert box_of(notebook.cell(2))["y"] == pytest.approx(top, abs=1)
    desk.sandbox.misbehave()

    expect(output.locator("video")).to_have_count(5, timeout=60_000)
    expect(output).to_contain_text("5 of 5 done")
    expect(table).to_have_count(0)
    expect(output.get_by_role("button", name="Cancel all")).to_have_count(0)
    for number in range(5):
        watch_playing(output.locator("video").nth(number))
    notebook.save()
    saved = saved_cells(desk.file)[1]
    assert kinds_of(saved) == {"text/html", "text/plain"}
    assert WIDGET_VIEW not in str(saved)
    assert str(saved).count("<video") == 5
    assert len(desk.sandbox.submissions()) == 5


def test_one_is_cancelled_then_all(
    make_desk: Callable[[Sandbox], Desk], two_at_once: Sandbox, page: Page
) -> None:
    """Only what waits can be, one row by the keyboard, then the rest; what is generated finishes."""
    desk = make_desk(two_at_once)
    notebook = desk.begin(page, LOAD, FIVE)
    notebook.finish(1)
    output = notebook.output(1)
    expect(output.get_by_text("generating", exact=True)).to_have_count(2)
    expect(output.get_by_text("in the queue")).to_have_count(3)

    one = output.get_by_role("button", name=re.compile(r"^Cancel \d$"))
    expect(one).to_have_count(3)
    waiting = output.locator(".runcomfy-live").get_by_text("in the queue")
    for place in range(3):
        button, row = one.nth(place), waiting.nth(place).locator("..")
        assert button.inner_text().removeprefix("Cancel ") == row.inner_text().split()[0]
        assert box_of(button)["y"] == pytest.approx(box_of(row)["y"], abs=4)
    one.last.focus()
    page.keyboard.press("Enter")
    expect(output.get_by_text("cancelled", exact=True)).to_have_count(1)
    expect(output).to_contain_text("1 cancelled.")
    expect(one).to_have_count(2)

    output.get_by_role("button", name="Cancel all").click()

    expect(output.get_by_text("cancelled", exact=True)).to_have_count(3)
    expect(output).to_contain_text("2 cancelled")
    expect(output).to_contain_text("2 cannot be cancelled any more: they will finish, and be billed")
    expect(output.get_by_role("button", name="Cancel all")).to_be_hidden()
    expect(output.locator("video")).to_have_count(2, timeout=60_000)
    expect(output).to_contain_text("2 of 5 done, 3 cancelled")
    expect(output.get_by_text("Cancelled while queued")).to_have_count(3)
    asked = [entry["request_id"] for entry in desk.sandbox.journal() if entry["on"] == "submit"]
    assert sorted(map(desk.sandbox.state_of, asked)) == 3 * ["cancelled"] + 2 * ["succeeded"]


def test_a_page_reloaded_during_a_batch(desk: Desk, page: Page) -> None:
    """The saved page shows the table again, and goes on with it to the grid; nothing is sent twice."""
    desk.sandbox.misbehave(QUEUED)
    notebook = desk.begin(page, LOAD, FIVE)
    notebook.finish(1)
    expect(notebook.output(1).get_by_text("in the queue")).to_have_count(5)
    notebook.save()

    notebook.reload()

    output = notebook.output(1)
    expect(output.get_by_text("in the queue")).to_have_count(5)
    expect(output.get_by_role("button", name="Cancel all")).to_be_visible()
    desk.sandbox.misbehave()
    expect(output.locator("video")).to_have_count(5, timeout=60_000)
    assert len(desk.sandbox.submissions()) == 5
