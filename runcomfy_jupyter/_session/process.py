"""The one session of this process, and the functions of the package that use it.

This is the only place with global state.
"""

from __future__ import annotations

import atexit
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.refusal import sorry
from runcomfy_jupyter._session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.job import Job

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


def submit(
    prompt: str = "",
    *,
    model: str | None = None,
    again: bool = False,
    max_cost: Any = None,
    inputs: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Job:
    """Send a request in the background and return its job at once.

        job = submit("A red panda surfs a long wave at dawn", size="1280x720", seconds=8)
        job.wait().path  # in a notebook also: (await job).path

    `fields` are those of the model's input schema; for Sora 2 `size` ("1280x720", "720x1280")
    and `seconds` (4, 8, 12). `inputs` takes those whose names are no keywords, or are among ours.
    `model`: a model's id; None: the setting `model`. A request that is bought already is returned
    instead of being sent, unless `again` asks for a new take. `max_cost`: US dollars that the
    estimate may have. Raises `UserError` before anything is sent; what goes wrong later is raised
    by `job.wait()` and `await job`.
    """
    return session().submit(prompt, model=model, again=again, max_cost=max_cost, inputs=inputs, **fields)


def submit_many(  # noqa: PLR0913 - the public interface
    shots: Any,
    *,
    model: str | None = None,
    again: bool = False,
    max_cost: Any = None,
    on: Any = None,
    then: Callable[[Path], Any] | None = None,
    save_dir: str | None = None,
    **common: Any,
) -> Batch:
    """Send several requests in the background and return their batch at once.

        batch = submit_many(["A kite over a beach", "A boat at night"], seconds=4)
        batch.wait()
        [job.path for job in batch]

    `shots`: a list of prompts or one of dicts, or a DataFrame; a dict's keys are fields of the model's input
    schema. `common`: fields for all of them. `max_cost`: US dollars that all of it may cost together.
    What is bought already is shown instead, as by `submit`.

    `on`: a `dask.distributed.Client`. This kernel pays and records; the workers follow, download to
    `save_dir` (a folder that all machines share, or an address that fsspec knows) and apply `then` to
    each file's path; `batch.results` has what it returns. A worker takes the token from its own
    environment, and never submits.
    """
    cluster = None
    if on is not None:
        from runcomfy_jupyter._session.cluster import Cluster  # noqa: PLC0415 - the extra `dask`

        cluster = Cluster(on, then, save_dir or session().save_dir())
    elif then is not None or save_dir is not None:
        message = "then= and save_dir= are for jobs that a cluster follows: name it by on=."
        raise sorry(message, "Here, %config Sora.save_dir sets the folder.")
    return session().submit_many(
        shots, model=model, again=again, max_cost=max_cost, cluster=cluster, **common
    )


def jobs(word: str = "", limit: int = 50) -> list[Job]:
    """Return jobs of the ledger, newest first; with a word, those in which it occurs."""
    return session().jobs(word, limit)


def get(id: str) -> Job:  # noqa: A002 - the public name
    """Return the job of an id, an id's beginning or a request id; raise `NotFound`."""
    return session().get(id)
