"""Following a request somewhere else: on a worker of a cluster, without the ledger.

A worker asks, downloads and works on the file; it never submits. All of that repeats harmlessly, so
an engine may run an errand again when a worker has died. An errand holds no token: the worker takes
its own from its environment.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import settings
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter._domain.lifecycle import State, move
from runcomfy_jupyter._domain.pacing import Pace
from runcomfy_jupyter._domain.record import is_elsewhere
from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.collector import Collector
from runcomfy_jupyter._jobs.delivery import Delivery
from runcomfy_jupyter._jobs.desk import Desk
from runcomfy_jupyter._jobs.follower import Follower
from runcomfy_jupyter.errors import StorageError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_jupyter._domain.record import File, Record

# What is told of a job that somebody else writes down: it moved there, with these facts.
Told = tuple[str, "dict[str, Any]"]


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker has to know: the job, and where its files go. To be pickled; it holds no secret.

    `save_dir`: a folder that all machines share, or any address that fsspec knows. `sandbox`: the
    service is the embedded sandbox, which takes any token. `pace`: how often it is asked after.
    """

    record: Record
    save_dir: str
    max_download: int
    sandbox: bool = False
    pace: Pace = field(default_factory=Pace.of)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an errand. `outcomes`: what the user's function made of each file, or raised."""

    state: State
    facts: Mapping[str, Any]
    outcomes: tuple[Any, ...] = ()


class Memory:
    """Stands in for the ledger: keeps one job's record, and tells of each move."""

    def __init__(self, record: Record, tell: Callable[[Told], None]) -> None:
        self.record = record
        self.facts: dict[str, Any] = {}
        self._tell = tell

    def move(self, job_id: str, to: State, **facts: Any) -> Record:  # noqa: ARG002 - the ledger's signature
        """Move the job, as the ledger would."""
        state = to if to is self.record.state else move(self.record.state, to)
        self.record = replace(self.record, state=state, **facts)
        self.facts |= facts
        self._tell((state.value, facts))
        return self.record

    def note(self, job_id: str, **facts: Any) -> Record:
        """Note facts of the job."""
        return self.move(job_id, self.record.state, **facts)


def run(errand: Errand, then: Callable[[Path], Any] | None, tell: Callable[[Told], None]) -> Report:
    """Follow a request to its end, fetch its files, apply `then` to each; for a worker.

    `tell` is called after every move. Raises what keeps the request from being followed, such as
    `TokenError`; what `then` raises is part of the report: the file is there all the same.
    """
    if not is_elsewhere(errand.save_dir):
        return asyncio.run(_followed(errand, Path(errand.save_dir), then, tell))
    with tempfile.TemporaryDirectory(prefix="runcomfy_jupyter-") as folder:
        return asyncio.run(_followed(errand, Path(folder), then, tell))


async def _followed(
    errand: Errand, folder: Path, then: Callable[[Path], Any] | None, tell: Callable[[Told], None]
) -> Report:
    endpoint = _endpoint(errand)
    record = replace(errand.record, save_dir=str(folder))
    memory = Memory(record, tell)
    async with Client(endpoint=endpoint) as client, Downloads(endpoint.base_url) as downloads:
        desk = Desk(record, memory, SystemClock(), lambda _: None, pace=errand.pace)
        collector = Collector(desk, client, Delivery(downloads, desk.clock, errand.max_download))
        await Follower(desk, client, collector).carry_on()
    record, facts = memory.record, dict(memory.facts)
    if record.state is not State.SUCCEEDED:
        return Report(record.state, facts)
    outcomes = () if then is None else tuple([_applied(then, Path(file.path)) for file in record.files])
    facts["files"] = tuple(_put(file, errand.save_dir) for file in record.files)
    return Report(record.state, facts, outcomes)


def _endpoint(errand: Errand) -> settings.Endpoint:
    """Return where the job is asked after, with this machine's own token."""
    base = errand.record.base_url
    if errand.sandbox:
        return settings.endpoint("sandbox", base)
    own = settings.endpoint()
    if own.base_url != base:
        message = f"Job {errand.record.id} belongs to {base}; here, requests go to {own.base_url}."
        raise UserError(message, hint="Set RUNCOMFY_MODEL_API_BASE on the workers to it.")
    return own


def _applied(then: Callable[[Path], Any], path: Path) -> Any:
    """Return what the user's own function makes of a file, or raises, as it can be sent back."""
    try:
        outcome = then(path)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is told, and ends no worker
        outcome = error
    try:
        pickle.loads(pickle.dumps(outcome))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - as above
        told = f"{type(outcome).__name__}: {shorten(repr(outcome), 300)} (it cannot be sent back)"
        return RuntimeError(told)
    return outcome


def _put(file: File, save_dir: str) -> File:
    """Bring a file and what describes it to where all machines find it; return it as it is there."""
    if not is_elsewhere(save_dir):
        return file
    import fsspec  # noqa: PLC0415 - it comes with the extra `dask`

    here = Path(file.path)
    filesystem, root = fsspec.core.url_to_fs(save_dir)
    try:
        filesystem.makedirs(root, exist_ok=True)
        for one in (here.with_suffix(".json"), here):
            # Under another name first: what has its final name is whole.
            target = f"{root.rstrip('/')}/{one.name}"
            filesystem.put_file(os.fspath(one), f"{target}.part")
            filesystem.mv(f"{target}.part", target)
    except Exception as error:
        message = f"{save_dir} cannot be written: {shorten(str(error), 300)}."
        raise StorageError(message, hint="The video is paid: taking the job up again fetches it.") from error
    return replace(file, path=f"{save_dir.rstrip('/')}/{here.name}")
