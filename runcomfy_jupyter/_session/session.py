"""A session: this process's ledger and runner, and the way to both.

Building one touches nothing; the ledger and the runner come with the first job.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import threading
import time
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.html import Outlet
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._domain.models import SORA_2, ModelCard, built_in, fingerprint
from runcomfy_jupyter._domain.record import Record
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._session.job import Job
from runcomfy_jupyter._session.sandbox import Sandbox
from runcomfy_jupyter.errors import InputError, ModelError, ServiceError, StorageError, UserError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from runcomfy_jupyter._domain.replies import Cancellation, Outcome
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner
    from runcomfy_jupyter._jobs.runner import Runner, Watch
    from runcomfy_jupyter._session.redraws import Redraws
    from runcomfy_jupyter.settings import Endpoint

_CANCEL_SECONDS = 60.0
_MB = 1_000_000
_SILENT = "VS Code plays this without its sound: open the file to hear it."
_LEDGER = "ledger.sqlite"
_OWNERS = "kernels"


class Session:
    """Everything of one process: its settings, its ledger, its runner. From any thread."""

    def __init__(self) -> None:
        self.options = settings.Options()
        self.sandbox_on = settings.sandbox_asked_for()
        self._guard = threading.RLock()
        self._ledger: Ledger | None = None
        self._owner: Owner | None = None
        self._runner: Runner | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened on first use."""
        with self._guard:
            if self._ledger is None:
                self._ledger = self._open_ledger()
            return self._ledger

    @property
    def runner(self) -> Runner:
        """The runner, started on first use."""
        with self._guard:
            if self._runner is None:
                from runcomfy_jupyter._jobs.owners import Owner  # noqa: PLC0415 - as below
                from runcomfy_jupyter._jobs.runner import Runner  # noqa: PLC0415 - as below

                ledger = self.ledger
                self._owner = Owner(self._home() / _OWNERS)
                self._runner = Runner(ledger, self._owner)
            return self._runner

    @cached_property
    def redraws(self) -> Redraws:
        """What paces the live pictures of this process."""
        from runcomfy_jupyter._session.redraws import Redraws  # noqa: PLC0415 - as above

        return Redraws()

    @cached_property
    def sandbox(self) -> Sandbox:
        """The embedded sandbox of this home."""
        return Sandbox(self._home())

    def model(self, model_id: str | None = None) -> ModelCard:
        """Return a model's card; raise `ModelError` for one that is not known here."""
        if model_id in (None, SORA_2):
            return built_in()
        message = f"The model {model_id!r} is not known here; {SORA_2} is."
        raise ModelError(message, hint="Nothing was sent.")

    def model_of(self, record: Record) -> ModelCard:
        """Return the card of a recorded job's model, or one that knows no more than its name."""
        try:
            return self.model(record.model)
        except ModelError:
            return ModelCard(record.model, record.model, Schema(()))

    def submit(self, prompt: str, *, model: str | None = None, again: bool = False, **inputs: Any) -> Job:
        """Record a request and send it in the background; show a bought one again instead.

        Raises `UserError` before anything is recorded or sent.
        """
        card = self.model(model)
        checked = card.schema.check({"prompt": prompt, **inputs})
        endpoint = self.endpoint()
        try:
            draft = self._draft(card, checked, endpoint)
            runner = self.runner  # before the record, so that a record never waits for a thread
            record, new = self.ledger.begin(draft, owner=runner.owner, again=again)
        except StorageError as error:
            raise StorageError(error.message, hint=f"{error.hint} Nothing was sent.") from error
        if new:
            runner.submit(record, endpoint, self._max_download())
        return Job(self, record, is_new=new)

    def jobs(self, word: str = "", limit: int = 50) -> list[Job]:
        """Return jobs of the ledger, newest first; with a word, those in which it occurs."""
        return [Job(self, record) for record in self.ledger.newest(word, limit)]

    def recent(self, number: int) -> list[Job]:
        """Return the newest jobs that were made in this notebook, by earlier kernels, too."""
        return [Job(self, record) for record in self.ledger.recent(settings.notebook(), number)]

    def get(self, word: str) -> Job:
        """Return the job of an id, an id's beginning or a request id; raise `NotFound`."""
        return Job(self, self.ledger.get(word))

    def unfinished(self) -> list[Job]:
        """Return, oldest first, the jobs to which something should still happen."""
        return [Job(self, record) for record in self.ledger.unfinished()]

    def left_behind(self) -> int:
        """Return how many unfinished jobs no living kernel follows; make no ledger for that."""
        from runcomfy_jupyter._jobs.owners import lives  # noqa: PLC0415 - as above

        home = settings.home()
        if not (home / _LEDGER).exists():
            return 0
        return len(self.ledger.unfinished(lambda name: lives(home / _OWNERS, name)))

    def record(self, job_id: str) -> Record:
        """Return the newest that is known of a job, with what is only known while it runs."""
        watch = self.watch(job_id)
        if watch is not None and not watch.done.done():
            return watch.record
        return self.ledger.get(job_id)

    def watch(self, job_id: str) -> Watch | None:
        """Return the watch on a job if this process has one."""
        return None if self._runner is None else self._runner.watch(job_id)

    def follow(self, record: Record) -> Watch:
        """Follow a job from where it stands; join in where this process follows it already."""
        watch = self.watch(record.id)
        if watch is not None and not watch.done.done():
            return watch
        return self.runner.follow(record, self._endpoint_of(record), self._max_download())

    def cancel(self, record: Record) -> Outcome:
        """Ask the service to cancel, and wait for its answer; raise `ServiceError` without one."""
        try:
            return self.cancelling(record).result(_CANCEL_SECONDS).outcome
        except TimeoutError:
            message = f"RunComfy did not answer within {_CANCEL_SECONDS:g} s."
        raise ServiceError(message, hint="Whether it is cancelled could not be confirmed.")

    def cancelling(self, record: Record) -> Future[Cancellation]:
        """Ask the service to cancel, without waiting; raise `InputError` where nothing runs."""
        if rests(record.state):
            message = f"Job {record.id} is {record.state}: there is nothing to cancel."
            raise InputError(message)
        return self.runner.cancel(record, self._endpoint_of(record))

    def typical(self, record: Record) -> float | None:
        """Return the median seconds that this user's own jobs of this model and length took."""
        schema = self.model_of(record).schema

        def length(inputs: Any) -> Any:
            resolved = schema.resolve(inputs)
            return resolved.get("seconds", resolved.get("duration"))

        alike = [
            past.took
            for past in self.ledger.finished_like(record.model)
            if past.took and past.base_url == record.base_url and length(past.inputs) == length(record.inputs)
        ]
        return statistics.median(alike) if alike else None

    def outlet(self, *, small: bool = False) -> Outlet:
        """Return what fits into an output of this process's front end."""
        limit = sys.maxsize if settings.on_colab() else int(self.options.embed_limit_mb * _MB)
        return Outlet(limit, small=small, note=_SILENT if settings.on_vscode() else "")

    def endpoint(self) -> Endpoint:
        """Return where requests go now: the sandbox if it is on, else as the settings say."""
        return self.sandbox.endpoint() if self.sandbox_on else settings.endpoint()

    def close(self) -> None:
        """Stop following and close the ledger; what is under way can be taken up again."""
        if "redraws" in self.__dict__:
            self.redraws.close()
        with self._guard:
            if self._runner is not None:
                self._runner.close()
            if self._owner is not None:
                self._owner.leave()
            if self._ledger is not None:
                self._ledger.close()
            self._runner = self._owner = self._ledger = None

    def _open_ledger(self) -> Ledger:
        from runcomfy_jupyter._jobs.ledger import Ledger  # noqa: PLC0415 - loading the extension stays light

        ledger = Ledger(self._home() / _LEDGER)
        if ledger.set_aside is not None:
            message = (
                f"The ledger could not be read. It is kept as {ledger.set_aside}, and a new one is begun: "
                "cells that were paid for before are not recognised any more."
            )
            warnings.warn(message, stacklevel=3)
        return ledger

    def _home(self) -> Path:
        """Return the home folder, which nobody else may read."""
        home = settings.home()
        with contextlib.suppress(OSError):  # whoever uses it says what is wrong
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    def _draft(self, card: ModelCard, inputs: dict[str, Any], endpoint: Endpoint) -> Record:
        return Record(
            id="",
            base_url=endpoint.base_url,
            model=card.model_id,
            inputs=inputs,
            fingerprint=fingerprint(endpoint.base_url, card.model_id, card.schema.resolve(inputs)),
            state=State.RECORDED,
            save_dir=self._save_dir(),
            created_at=time.time(),
            notebook=settings.notebook(),
        )

    def _save_dir(self) -> str:
        try:
            return os.path.abspath(Path(self.options.save_dir).expanduser())  # noqa: PTH100 - no links resolved
        except OSError as error:
            message = f"The folder that this kernel works in cannot be used: {error.strerror}."
        raise StorageError(message, hint="Go to another with %cd.")

    def _endpoint_of(self, record: Record) -> Endpoint:
        """Return where a recorded job is asked after; the token goes nowhere else."""
        if record.base_url == self.sandbox.base_url():
            return self.sandbox.endpoint()
        if self.sandbox_on:
            message = f"Job {record.id} belongs to {record.base_url}, not to the sandbox that is on."
            raise UserError(message, hint="If that was a sandbox, it is gone; else: %sora sandbox off.")
        endpoint = settings.endpoint()
        if record.base_url != endpoint.base_url:
            message = f"Job {record.id} belongs to {record.base_url}, not to {endpoint.base_url}."
            raise UserError(message, hint="Set RUNCOMFY_MODEL_API_BASE to it to go on with the job.")
        return endpoint

    def _max_download(self) -> int:
        return int(self.options.max_download_mb * _MB)
