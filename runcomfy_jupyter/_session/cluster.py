"""Jobs that a Dask cluster follows: this kernel pays and records, the workers do the rest."""

from __future__ import annotations

import asyncio
import os
import secrets
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import is_elsewhere
from runcomfy_jupyter._domain.refusal import NOTHING_SENT, sorry
from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter._jobs.artifacts import absolute
from runcomfy_jupyter._jobs.errand import Errand, Report, Told, run
from runcomfy_jupyter.errors import RunComfyError, ServiceError, StorageError
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.desk import Desk

# Often a worker has no more memory than for a few films: what kills one is not tried for ever.
_RETRIES = 3
_TOLD = 300


class Cluster:
    """A Dask client to which requests are handed once they are accepted.

    `then`: what each worker does with each file. `save_dir`: where the files go, a folder that all
    machines share or an address that fsspec knows.
    """

    def __init__(
        self, client: Any, then: Callable[[Path], Any] | None, save_dir: str | os.PathLike[str]
    ) -> None:
        """Try what can be tried before anything is paid; raise `UserError` for what will not work."""
        if not callable(getattr(client, "submit", None)) or not hasattr(client, "subscribe_topic"):
            raise sorry(f"on= takes a dask.distributed.Client, not a {type(client).__name__}.")
        if then is not None and not callable(then):
            raise sorry("then= takes a function of a path.")
        self.outcomes: dict[str, tuple[Any, ...]] = {}
        self._client = client
        self._then = then
        named = os.fspath(save_dir)
        self.save_dir = named if is_elsewhere(named) else absolute(named)
        _try_address(self.save_dir)
        _try_function(then)
        self._topic = f"runcomfy_jupyter-{secrets.token_hex(8)}"
        self._told: dict[str, Callable[[Told], None]] = {}
        try:
            client.subscribe_topic(self._topic, self._hear)
        except Exception as error:
            raise sorry(f"The cluster cannot be used: {_raised(error)}") from error

    async def follow(self, desk: Desk, max_download: int, *, sandbox: bool) -> None:
        """Have a worker follow a job that is accepted, and write down here what becomes of it."""
        loop, record = asyncio.get_running_loop(), desk.record
        moves: asyncio.Queue[Told | None] = asyncio.Queue()

        def hear(told: Told | None) -> None:
            loop.call_soon_threadsafe(moves.put_nowait, told)

        self._told[record.id] = hear
        errand = Errand(record, self.save_dir, max_download, sandbox, desk.pace)
        future = await asyncio.to_thread(self._send, errand)
        future.add_done_callback(lambda _: hear(None))
        try:
            while (told := await moves.get()) is not None:
                await _write(desk, told)
            report: Report = await asyncio.to_thread(_result, future, record)
        finally:
            del self._told[record.id]
            future.release()
        self.outcomes[record.id] = report.outcomes
        await _finish(desk, report)

    def _send(self, errand: Errand) -> Any:
        record = errand.record
        key = f"runcomfy_jupyter-{record.id}-{record.request_id}-{secrets.token_hex(4)}"
        return self._client.submit(
            _on_worker, errand, self._then, self._topic, key=key, pure=False, retries=_RETRIES
        )

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        _, told = event
        if (tell := self._told.get(told["job"])) is not None:
            tell((told["state"], {}))


def _try_function(then: Callable[[Path], Any] | None) -> None:
    import cloudpickle  # noqa: PLC0415 - it comes with the extra `dask`

    try:
        cloudpickle.dumps(then)
    except Exception as error:
        raise sorry(f"then= cannot be sent to a worker: {_raised(error)}") from error


def _try_address(save_dir: str) -> None:
    """Write a small file to an address, and take it away again."""
    if not is_elsewhere(save_dir):
        return
    import fsspec  # noqa: PLC0415 - it comes with the extra `dask`

    try:
        filesystem, root = fsspec.core.url_to_fs(save_dir)
        filesystem.makedirs(root, exist_ok=True)
        probe = f"{root.rstrip('/')}/.runcomfy_jupyter-{secrets.token_hex(4)}"
        filesystem.pipe_file(probe, b"")
        filesystem.rm_file(probe)
    except Exception as error:
        message = f"{save_dir} cannot be written: {_raised(error)}"
        raise StorageError(message, hint=NOTHING_SENT) from error


def _on_worker(errand: Errand, then: Callable[[Path], Any] | None, topic: str) -> Report:
    """Run an errand on a worker, and tell of its moves."""
    from distributed import get_worker  # noqa: PLC0415 - it comes with the extra `dask`

    worker = get_worker()
    job = errand.record.id
    return run(errand, then, lambda told: worker.log_event(topic, {"job": job, "state": told[0]}))


def _result(future: Any, record: Record) -> Report:
    try:
        report: Report = future.result()
    except RunComfyError:
        raise
    except Exception as error:
        message = f"The cluster gave job {record.id} up: {_raised(error)}"
        again = way_on(f"%sora resume {record.id}", f"rc.get({record.id!r}).wait()")
        raise ServiceError(message, hint=f"The request goes on: {again} follows it from here.") from error
    return report


async def _write(desk: Desk, told: Told) -> None:
    """Write down that a job has begun; how it ends comes with the report, facts and all."""
    state = State(told[0])
    if state is State.IN_PROGRESS and desk.record.state is State.IN_QUEUE:
        await desk.move(state, {"started_at": desk.clock.now()})


async def _finish(desk: Desk, report: Report) -> None:
    facts = {name: value for name, value in report.facts.items() if name != "save_dir"}
    if report.state in {State.SUCCEEDED, State.UNDELIVERED} and desk.record.state is not State.DOWNLOADING:
        await desk.move(State.DOWNLOADING)
    await desk.move(report.state, facts)


def _raised(error: Exception) -> str:
    """Put what somebody else's code raised on a line."""
    return shorten(f"{type(error).__name__}: {error}", _TOLD)
