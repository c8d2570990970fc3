from __future__ import annotations

import signal
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter.errors import TimedOut, WaitInterrupted
from support.children import child, run
from support.polling import eventually
from support.scripted_service import Held, says

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service

IN_A_LOOP = """
import asyncio, sys
import runcomfy_jupyter as rc
ticks = 0

async def tick():
    global ticks
    while True:
        ticks += 1
        if ticks == 5:
            print("ticks", flush=True)
        await asyncio.sleep(0.01)

async def main():
    task = asyncio.ensure_future(tick())
    await asyncio.sleep(0)
    before = ticks
    job = rc.submit("A paper boat").wait(*map(float, sys.argv[1:]))
    print(job.state, ticks > before + 3, "nest_asyncio" in sys.modules, flush=True)
    task.cancel()

asyncio.run(main())
"""
IN_A_KERNEL = """
import asyncio, sys
import ipykernel

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, *rest):
        return None if name in sys.argv[1:] else self.finder.find_spec(name, *rest)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
import runcomfy_jupyter as rc

async def main():
    job = rc.submit("A paper boat").wait(20)
    nests = [name for name in ("nest_asyncio", "nest_asyncio2") if name in sys.modules]
    print(job.state, *nests, flush=True)

asyncio.run(main())
"""
IN_A_FOREIGN_LOOP = """
import asyncio, sys
import runcomfy_jupyter as rc

class Foreign(asyncio.SelectorEventLoop):
    "A loop that nothing can be nested in."

real = asyncio.BaseEventLoop
loop = Foreign()

async def main():
    asyncio.BaseEventLoop = type("Other", (), {})
    print(rc.submit("A paper boat").wait(20).state, "nest_asyncio" in sys.modules)
    asyncio.BaseEventLoop = real

loop.run_until_complete(main())
loop.close()
"""


def calls(thread: int) -> list[str]:
    """Return what a thread is in, the innermost call first."""
    found, frame = [], sys._current_frames().get(thread)
    while frame is not None:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def held_up(service: Service) -> Held:
    """Hold the service's answer on where a request stands."""
    held = Held(says(status="completed"))
    service.on("status", held)
    return held


def test_a_timeout_ends_the_waiting_alone(session: Session, service: Service) -> None:
    """The words say that the job goes on, and how to wait again or to cancel."""
    held = held_up(service)
    job = session.submit("x")
    assert held.asked.wait(20)
    said = (
        f"Job {job.id} is still in_queue after 0.05 s, and goes on. "
        f"rc.get({job.id!r}).wait() waits again, .cancel() asks to cancel it."
    )
    with pytest.raises(TimeoutError) as caught:
        job.wait(0.05)
    assert str(caught.value) == said
    assert isinstance(caught.value, TimedOut)
    assert caught.value._render_traceback_() == [f"TimeoutError: {said}"]
    held.free.set()
    assert job.wait(20).state == "succeeded"


def test_a_timeout_of_a_batch_says_that_the_jobs_go_on(session: Session, service: Service) -> None:
    """In one line: how many are under way, that they go on, and what waits for them."""
    held = held_up(service)
    batch = session.submit_many(["x", "y"])
    assert held.asked.wait(20)
    with pytest.raises(TimeoutError) as caught:
        batch.wait(0.05)
    said = "2 of 2 jobs are still under way after 0.05 s, and go on. batch.wait() waits for all that are."
    assert isinstance(caught.value, TimedOut)
    assert caught.value._render_traceback_() == [f"TimeoutError: {said}"]
    held.free.set()
    assert [job.state for job in batch.wait(20)] == ["succeeded", "succeeded"]


def test_an_interrupt_ends_the_waiting_alone(session: Session, service: Service) -> None:
    """The user is told so, in one line and with the way on; the job goes on."""
    held = held_up(service)
    job = session.submit("x")
    assert held.asked.wait(20)
    me = threading.get_ident()

    def interrupt() -> None:
        eventually(lambda: "result" in calls(me) and calls(me)[0] == "wait")
        signal.pthread_kill(me, signal.SIGINT)

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(WaitInterrupted) as caught:
        job.wait(20)
    other.join()
    assert isinstance(caught.value, KeyboardInterrupt)
    assert f"Stopped waiting; job {job.id} goes on. rc.get({job.id!r}).wait()" in str(caught.value)
    held.free.set()
    assert job.wait(20).state == "succeeded"
    assert service.posts == 1


def test_a_wait_inside_a_running_loop_starves_nobody(service: Service) -> None:
    """Without a kernel the loop is nested, and the user's own task goes on ticking."""
    held = held_up(service)
    with child(IN_A_LOOP) as other:
        assert other.hear() == "ticks"
        held.free.set()
        assert other.hear() == "succeeded True True"
        assert other.end()[0] == 0


@pytest.mark.parametrize("hidden", ["", "nest_asyncio2"])
def test_a_kernel_nests_only_where_no_cell_is_lost(service: Service, hidden: str) -> None:
    """nest_asyncio before ipykernel 7, from then on its successor or nothing; the job comes in any case."""
    version = pytest.importorskip("ipykernel").version_info[0]
    said = run(IN_A_KERNEL, hidden).split()
    assert said[0] == "succeeded"
    assert service.posts == 1
    if version < 7:
        assert "nest_asyncio" in said[1:]
    else:
        assert "nest_asyncio" not in said[1:]
        assert ("nest_asyncio2" in said[1:]) == (not hidden and find_spec("nest_asyncio2") is not None)


def test_a_timeout_inside_a_running_loop_ends_the_waiting(service: Service) -> None:
    """A nested wait keeps its deadline; the process ends in order."""
    held = held_up(service)
    with child(IN_A_LOOP, "0.3") as other:
        assert other.hear() == "ticks"
        status, _ = other.end()
    held.free.set()
    assert status == 1


def test_a_loop_that_cannot_be_nested_is_waited_in_all_the_same(service: Service) -> None:
    """Nothing is patched there, and the job still comes."""
    assert run(IN_A_FOREIGN_LOOP).strip() == "succeeded False"
    eventually(lambda: service.posts == 1)
