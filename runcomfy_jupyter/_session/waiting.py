"""Waiting for the runner's thread from wherever the user stands.

A kernel's main thread runs an event loop. A wait inside it that only blocks would starve the
user's own tasks, so the loop is run nested, where that is safe. With ipykernel 7 and later,
nest_asyncio drops the cells queued behind a nested run; nest_asyncio2 does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
import threading
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter.errors import InputError, RunComfyError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.replies import Cancellation

_FIRST_UNSAFE_IPYKERNEL = 7


def wait(future: Future[Any], timeout: float | None = None) -> Any:
    """Block until the future is done; return its result, or raise `TimeoutError`.

    `timeout`: seconds. An interrupt, a timeout or a cancellation ends the waiting alone.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return future.result(timeout)
    nest = _nest(loop)
    if nest is None:
        return future.result(timeout)
    nest.apply(loop)
    return loop.run_until_complete(bridge(future, timeout))


def answer(asked: Future[Any], seconds: float, hint: str = "") -> Any:
    """Return what a question to the service gave; raise `ServiceError` where it takes longer than that."""
    try:
        return asked.result(seconds)
    except TimeoutError:
        asked.cancel()
        message = f"RunComfy did not answer within {seconds:g} s."
    raise ServiceError(message, hint=hint)


def all_of(futures: Sequence[Future[Any]]) -> Future[None]:
    """Return a future that is done, without a result, when all of these are."""
    together: Future[None] = Future()
    left = len(futures)
    guard = threading.Lock()

    def one_is_done(_: Future[Any]) -> None:
        nonlocal left
        with guard:
            left -= 1
            last = left == 0
        if last:
            together.set_result(None)

    for future in futures:
        future.add_done_callback(one_is_done)
    if not futures:
        together.set_result(None)
    return together


async def bridge(future: Future[Any], timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as above
    """Await a future of the runner's thread; cancelling this leaves the job running."""
    inner = asyncio.shield(asyncio.wrap_future(future))
    return await asyncio.wait_for(inner, timeout)


def _nest(loop: asyncio.AbstractEventLoop) -> Any:
    """Return the module that can nest in this loop, or None where nothing can."""
    if not isinstance(loop, asyncio.BaseEventLoop):
        return None  # uvloop and its like cannot be patched
    ipykernel = sys.modules.get("ipykernel")
    kernel = getattr(ipykernel, "version_info", (0,))
    if kernel[0] < _FIRST_UNSAFE_IPYKERNEL:
        return importlib.import_module("nest_asyncio")
    with contextlib.suppress(ImportError):
        return importlib.import_module("nest_asyncio2")
    return None


def came_of(asked: Future[Cancellation], patience: float = 0.0) -> str:
    """Say what came of asking to cancel, in the words of `Batch.cancel`. `patience`: seconds."""
    try:
        return asked.result(patience).outcome.value
    except InputError:
        return "over"
    except (TimeoutError, CancelledError, RunComfyError):
        return "unknown"
