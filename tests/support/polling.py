"""Wait for what happens elsewhere, in another process or thread, without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")
INTERVAL_SECONDS = 0.05


def eventually(ask: Callable[[], Answer], seconds: float = 20.0, *, what: str = "") -> Answer:
    """Ask until the answer is truthy, and return it; fail with the last answer when the deadline has passed.

    An AssertionError of `ask` counts as "not yet" and is raised as it is at the deadline.
    """
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        failure: AssertionError | None = None
        try:
            if answer := ask():
                return answer
        except AssertionError as error:
            failure = error
        if time.monotonic() >= deadline:
            break
        pause.wait(INTERVAL_SECONDS)
    if failure is not None:
        raise failure
    raise AssertionError(
        f"{what or getattr(ask, '__name__', 'it')}: not within {seconds:g} s; last answer: {answer!r}"
    )
