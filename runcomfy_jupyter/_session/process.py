"""The one session of this process, and the functions of the package that use it.

This is the only place with global state.
"""

from __future__ import annotations

import atexit
import inspect
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from runcomfy_jupyter._session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_T = TypeVar("_T")
_guard = threading.RLock()
_sessions: list[Session] = []
# Of the process that this one was forked from: not ours to use, to close, or to let go of.
_inherited: list[Session] = []


def session() -> Session:
    """Return this process's session; begin one if there is none."""
    with _guard:
        if not _sessions:
            _end_with_the_process()
            _sessions.append(Session())
        return _sessions[0]


def end() -> None:
    """Close this process's session. Its settings stay, and whoever uses it later opens it again.

    It stays the process's one session, so that what is opened again is closed again at the end.
    """
    with _guard:
        for open_one in _sessions:
            open_one.close()


@cache
def _end_with_the_process() -> None:
    """See to it that a process that ends waits for the answers to what it is sending.

    What atexit calls comes too late for that: by then no thread takes work any more, so an answer
    could not be written down. The earlier moment has no public name; its callbacks run last
    registered first, so that of the thread pools must be there already.
    """
    import concurrent.futures.thread  # noqa: F401, PLC0415 - for what it registers

    register = getattr(threading, "_register_atexit", atexit.register)
    register(end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_leave_to_the_parent)


def _leave_to_the_parent() -> None:
    global _guard  # noqa: PLW0603 - another thread of the parent may have held it
    _guard = threading.RLock()
    _inherited.extend(_sessions)
    _sessions.clear()


def _here(method: Callable[Concatenate[Session, _P], _T]) -> Callable[_P, _T]:
    """Return a method of a session as a function that uses this process's."""

    def call(*args: _P.args, **named: _P.kwargs) -> _T:
        return method(session(), *args, **named)

    told = inspect.signature(method)
    own = [*told.parameters.values()][1:]
    # `inspect` and `help` read it from any function; its stubs do not know.
    call.__signature__ = told.replace(parameters=own)  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = method.__name__  # a job is pickled by the name of `get`
    call.__doc__ = method.__doc__
    return call


submit = _here(Session.submit)
submit_many = _here(Session.submit_many)
jobs = _here(Session.jobs)
get = _here(Session.get)
