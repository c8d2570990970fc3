from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

from jobs.stage import endpoint
from runcomfy_jupyter._jobs.background import Background
from support.children import child
from support.polling import eventually
from support.scripted_service import Held, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.scripted_service import Service

WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("WHERE", default="nowhere")


@pytest.fixture
def background() -> Iterator[Background]:
    """Start one with little patience, and without any ledger."""
    made = Background(patience=0.2)
    yield made
    made.close()


async def thread_of(_: object = None) -> str:
    """Return where this runs."""
    return f"{threading.current_thread().name} {WHERE.get()}"


def test_a_coroutine_runs_beside_the_cells(background: Background) -> None:
    """In the daemon thread, in the context of whoever handed it over."""
    WHERE.set("cell 7")
    assert background.run(thread_of()).result(20) == "runcomfy_jupyter cell 7"


def test_what_a_coroutine_raises_is_its_callers(background: Background) -> None:
    """Nothing is lost in the thread."""

    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        background.run(fails()).result(20)


def test_there_is_one_pair_of_connections_for_each_address_and_token(
    background: Background, service: Service
) -> None:
    """They serve calls here, and are the same however often and from wherever they are asked for."""
    one = background.wire(endpoint(service))
    assert background.wire(endpoint(service)) is one
    assert background.wire(endpoint(service, "another-good-token")) is not one
    service.on("balance", says(balance_usd="3.5"))
    assert float(background.run(one[0].balance()).result(20).usd) == 3.5


def test_closing_ends_what_runs_and_closes_the_connections(background: Background, service: Service) -> None:
    """Nothing is waited for but the ends of what is cancelled; twice is once."""
    held = Held(says(balance_usd=1))
    service.on("balance", held)
    client, _ = background.wire(endpoint(service))
    asked = background.run(client.balance())
    assert held.asked.wait(20)
    background.close()
    background.close()
    held.free.set()
    assert asked.cancelled()
    assert not background._thread.is_alive()


def test_what_is_cancelled_at_the_end_costs_no_patience() -> None:
    """A kernel ends at once, though what runs would take long."""
    background = Background(patience=60.0)
    asked = background.run(asyncio.sleep(3600))
    closing = threading.Thread(target=background.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    assert asked.cancelled()


def test_what_does_not_end_is_not_waited_for_for_ever(background: Background) -> None:
    """A coroutine that clings on after it is cancelled has its time, and then no more."""
    clings = threading.Event()

    async def cling() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if clings.is_set():
                    raise
                clings.set()

    clinging = background.run(cling())
    background.run(thread_of()).result(20)
    background.close()
    assert clings.is_set()
    assert clinging.cancelled()


def test_at_the_end_nothing_runs_any_more(background: Background) -> None:
    """What clings on is told a second time, and has ended when closing returns."""
    ended: list[str] = []

    async def cling() -> None:
        for told in ("once", "twice"):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append(told)

    background.run(cling())
    background.run(thread_of()).result(20)
    background.close()
    assert ended == ["once", "twice"]


def test_what_has_run_is_not_kept(background: Background) -> None:
    """A kernel runs for weeks: a coroutine leaves nothing behind but its result."""
    ran = background.run(thread_of())
    ran.result(20)
    known = weakref.ref(ran)
    del ran
    eventually(lambda: gc.collect() >= 0 and known() is None)


def test_a_process_ends_though_nobody_closed_its_background() -> None:
    """A script that forgets to is not kept for ever."""
    code = "from runcomfy_jupyter._jobs.background import Background; Background(); print('end')"
    with child(code) as other:
        assert other.end() == (0, "end\n")


def test_after_the_end_nothing_is_taken(background: Background) -> None:
    """It says so, and leaves no coroutine behind that nobody awaits."""
    background.close()
    with pytest.raises(RuntimeError):
        background.run(thread_of())
