from __future__ import annotations

import pytest

from runcomfy_jupyter.errors import InputError, RunComfyError, TimedOut, WaitInterrupted


@pytest.mark.parametrize("kind", [InputError, WaitInterrupted])
def test_ipython_gets_one_line(kind: type[InputError | WaitInterrupted]) -> None:
    """What is raised on purpose renders as its name, what happened and what to do, on one line."""
    error = kind("It stopped.", hint="Go on like this.")
    assert error._render_traceback_() == [f"{kind.__name__}: It stopped. Go on like this."]


def test_a_timeout_is_pythons_own_in_one_line() -> None:
    """It is caught as TimeoutError, and shown by that name without a traceback."""
    error = TimedOut("It goes on.", hint="Wait again.")
    assert isinstance(error, TimeoutError)
    assert not isinstance(error, RunComfyError)
    assert str(error) == "It goes on. Wait again."
    assert error._render_traceback_() == ["TimeoutError: It goes on. Wait again."]
    assert str(TimedOut("It goes on.")) == "It goes on."


def test_an_interrupt_is_no_exception() -> None:
    """A loop that goes on after errors does not go on after an interrupt."""
    assert not issubclass(WaitInterrupted, Exception)
    assert issubclass(WaitInterrupted, KeyboardInterrupt)
