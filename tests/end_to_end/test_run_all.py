from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.kernels import Kernel

MAKE = "%%sora clip --size 1280x720 --seconds 4\nA kite over a quiet harbour"
TICK = """
import asyncio
ticks = 0
async def tick():
    global ticks
    while True:
        await asyncio.sleep(0.05)
        ticks += 1
ticking = asyncio.get_running_loop().create_task(tick())
"""

pytestmark = pytest.mark.kernel


def test_cells_behind_a_wait_all_run(kernel: Kernel) -> None:
    """Run All: the three cells that stand behind job.wait() run, in order, once the video is there."""
    codes = ["%load_ext runcomfy_jupyter", MAKE, "clip.wait().state", "a = 1", "b = a + 1", "print(a + b)"]
    cells = [kernel.submit(code) for code in codes]

    for cell in cells:
        cell.finish(60)

    assert [cell.status for cell in cells] == ["ok"] * 6, "\n".join(cell.text for cell in cells)
    assert cells[2].text == "'succeeded'"
    assert cells[5].text.strip() == "3"


@pytest.mark.parametrize("name", ["oldest", "newest"])
def test_own_tasks_tick_during_a_wait(start_kernel: Callable[[str], Kernel], name: str) -> None:
    """Where nesting is safe, a user's own task on the kernel's loop goes on while job.wait() waits."""
    kernel = start_kernel(name)
    kernel.run("%load_ext runcomfy_jupyter")
    assert kernel.run(TICK).status == "ok"
    kernel.run(MAKE)

    waited = kernel.run("before = ticks; clip.wait(); ticks - before")

    assert waited.status == "ok", waited.text
    assert int(waited.text) >= 10
