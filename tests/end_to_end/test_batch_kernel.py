"""Many shots from one cell of a real kernel."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from support.environment import homes, without_accounts
from support.kernels import running_kernel
from support.media import video_sources
from support.polling import eventually
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.kernels import Kernel
    from support.sandbox import Sandbox

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(400)]

LOAD = "%load_ext runcomfy_jupyter"
SHOTS = "shots = [f'Shot {number}' for number in range(30)]"
THIRTY = "%%sora clips --each shots --seconds 4\n\n"
MANY = 1000
QUICK = ("--plain-clips", "--workers", "64", "--queue-seconds", "0", "--run-seconds", "0.05")


@pytest.fixture
def busy(tmp_path: Path, clips: Path) -> Iterator[Sandbox]:
    """Run a sandbox that is done with a request at once."""
    folder = tmp_path / "busy"
    folder.mkdir()
    with running_sandbox(folder, *QUICK, "--media-dir", str(clips)) as running:
        yield running


@pytest.fixture
def start(tmp_path: Path, kernelspecs: Path, busy: Sandbox) -> Iterator[Callable[[], Kernel]]:
    """Return a function that starts a kernel; all share a home, and the quick sandbox as account."""
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | busy.variables
    variables["JUPYTER_PATH"] = str(kernelspecs)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(running_kernel("newest", tmp_path, variables))


def test_a_kernel_that_is_killed_among_thirty_shots_pays_for_thirty(
    start: Callable[[], Kernel], busy: Sandbox
) -> None:
    """The same cell in a new kernel shows what is done, follows what is under way, and sends the rest."""
    busy.misbehave({"on": "status", "fault": "word", "word": "in_progress", "rate": 0.7})
    first = start()
    assert first.run(LOAD).status == "ok"
    first.run(SHOTS)
    first.submit(THIRTY)
    eventually(lambda: len(busy.submissions()) >= 8, 60, what="the first are out")
    first.kill()
    before = len(busy.submissions())
    busy.misbehave()

    second = start()
    second.run(LOAD)
    second.run(SHOTS)
    cell = second.run(THIRTY)
    assert cell.status == "ok", cell.text
    states = eventually(lambda: _ended(second), 150, what="all shots rest")
    # One whose answer was under way at the kill is honestly unconfirmed, and not sent again.
    assert set(states) <= {"succeeded", "unconfirmed"}
    assert states.count("unconfirmed") <= 8
    assert before < 30
    prompts = [body["prompt"] for body in busy.submissions()]
    assert sorted(prompts) == sorted(set(prompts))
    assert len(prompts) == 30
    eventually(lambda: len(video_sources(cell.html)) == states.count("succeeded"), 60, what="the grid")


def _ended(kernel: Kernel) -> list[str]:
    states: list[str] = kernel.value("[job.state for job in clips]")
    return states if set(states) <= {"succeeded", "unconfirmed", "failed", "undelivered"} else []


def test_a_thousand_shots_leave_the_kernel_free(start: Callable[[], Kernel], busy: Sandbox) -> None:
    """Each is paid once, 50 are out at a time, 1 + 1 is answered throughout, little is sent to the page."""
    kernel = start()
    kernel.run(LOAD)
    kernel.run("%config Sora.max_in_flight = 50")
    kernel.run(f"shots = [f'Shot {{number}}' for number in range({MANY})]")
    cell = kernel.run(THIRTY, 120)
    assert cell.status == "ok", cell.text
    began, answers = time.monotonic(), 0
    while not _all_done(kernel):
        sum_cell = kernel.run("1 + 1", 20)
        assert [output.data["text/plain"] for output in sum_cell.outputs] == ["2"]
        answers += 1
        assert time.monotonic() - began < 300
    seconds = time.monotonic() - began
    assert answers > 10
    assert len(busy.submissions()) == MANY
    assert len({body["prompt"] for body in busy.submissions()}) == MANY
    eventually(lambda: video_sources(cell.html), 60, what="the grid is there")
    # A table of a few kilobytes once a second, and the grid at the end, up to the limit of what is embedded.
    assert kernel.received < 60_000 * (seconds + 60) + 2 * 30_000_000


def _all_done(kernel: Kernel) -> bool:
    counted: int = kernel.value("sum(record.state == 'succeeded' for record in clips.records)")
    return counted == MANY
