"""A job in the user's hands."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._display.endings import undelivered_words
from runcomfy_jupyter._display.facts import missing
from runcomfy_jupyter._display.outputs import job_html
from runcomfy_jupyter._display.text import job_text
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._domain.record import is_elsewhere
from runcomfy_jupyter._session.waiting import bridge, wait
from runcomfy_jupyter.errors import (
    JobCancelled,
    JobFailed,
    JobUndelivered,
    RunComfyError,
    ServiceError,
    SubmissionUnconfirmed,
    TimedOut,
    WaitInterrupted,
)
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from decimal import Decimal

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Outcome
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.session import Session


class Job:
    """One request and what became of it. Its state is read afresh at every look.

    `await job` and `job.wait()` return the job once it has succeeded. They raise `JobFailed`,
    `JobCancelled`, `JobUndelivered` or `SubmissionUnconfirmed` where it came to rest otherwise,
    or the reason why it could not be followed, such as `TokenError`.
    """

    def __init__(self, session: Session, record: Record, *, is_new: bool = False) -> None:
        self._session = session
        self._id = record.id
        self.is_new = is_new

    @property
    def record(self) -> Record:
        """All that is known of the job now."""
        return self._session.record(self._id)

    @property
    def id(self) -> str:
        """The short id in the ledger."""
        return self._id

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, once it was accepted."""
        return self.record.request_id

    @property
    def state(self) -> str:
        """One of `recorded`, `unconfirmed`, `in_queue`, `in_progress`, `downloading`, `succeeded`,
        `failed`, `cancelled`, `undelivered`.
        """  # noqa: D205 - a list of words does not break into a summary
        return self.record.state.value

    @property
    def model(self) -> str:
        """The model's id."""
        return self.record.model

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What was sent: the fields of the model's input schema."""
        return self.record.inputs

    @property
    def path(self) -> Path | None:
        """The first output's file, once it is here whole; None where it lies at an address of its own."""
        paths = self.paths
        return paths[0] if paths else None

    @property
    def paths(self) -> list[Path]:
        """The files of all outputs, in the order of the result."""
        return [Path(file) for file in self.files if not is_elsewhere(file)]

    @property
    def files(self) -> list[str]:
        """Where all outputs are: paths on disk, or addresses such as s3://bucket/clip.mp4."""
        return [file.path for file in self.record.files]

    @property
    def cost_usd(self) -> Decimal | None:
        """What it cost, in US dollars, if the service said."""
        return self.record.cost_usd

    @property
    def error(self) -> str | None:
        """Why it did not succeed, in one line."""
        return self.record.error or None

    def cancel(self) -> str:
        """Ask the service to cancel; return `cancelled`, `not_cancellable` or, if it did not say, `unknown`.

        Only a queued job can be cancelled: one in progress runs on and is billed. Raises
        `ServiceError` when the call failed, which leaves open whether it was cancelled, and
        `InputError` where nothing is under way.
        """
        outcome: Outcome = self._session.cancel(self.record)
        self.follow()  # what the service says of it next is to be known here, too
        return outcome.value

    def wait(self, timeout: float | None = None) -> Job:
        """Wait until the job rests, at most `timeout` seconds; return it, or raise as above.

        An interrupt or a timeout ends the waiting, never the job.
        """
        watch = self.follow()
        try:
            if watch is not None:
                wait(watch.done, timeout)
        except TimeoutError:
            message = f"Job {self._id} is still {self.state} after {timeout:g} s, and goes on."
            raise TimedOut(message, hint=self._way_on()) from None
        except (KeyboardInterrupt, asyncio.CancelledError):
            message = f"Stopped waiting; job {self._id} goes on."
            raise WaitInterrupted(message, hint=self._way_on()) from None
        return self.outcome(watch)

    def __await__(self) -> Generator[Any, None, Job]:
        return self._until_done().__await__()

    async def _until_done(self) -> Job:
        watch = self.follow()
        if watch is not None:
            await bridge(watch.done)
        return self.outcome(watch)

    def follow(self) -> Watch | None:
        """See to it that something happens: follow the job unless it rests."""
        record = self.record
        watch = self._session.watch(self._id)
        if rests(record.state):
            return watch
        return self._session.follow(record)

    def fetch(self) -> Watch | None:
        """Follow the job, or fetch its files if it is paid and they are not here."""
        record = self.record
        lacks = record.state is State.SUCCEEDED and missing(record.files)
        if lacks or record.state is State.UNDELIVERED:
            return self._session.follow(record)
        return self.follow()

    def outcome(self, watch: Watch | None) -> Job:
        """Return the job if it succeeded; raise what it ended in otherwise."""
        record = self.record
        if record.state is State.SUCCEEDED:
            return self
        # A failure of an earlier following says nothing of what another process made of the job since.
        if watch and watch.record.state is record.state and isinstance(watch.failure, Exception):
            raise self._session.explained(watch.failure, record)
        error = {
            State.FAILED: JobFailed(f"The job failed: {record.error}", hint=self._anew()),
            State.CANCELLED: JobCancelled("The job was cancelled.", hint=self._anew()),
            State.UNDELIVERED: JobUndelivered(
                f"{undelivered_words(record)}: {record.error}", hint=self._once_more()
            ),
            State.UNCONFIRMED: unconfirmed(record),
        }.get(record.state)
        raise error or ServiceError(f"Job {self._id} is not followed any more.", hint=self._way_on())

    def _anew(self) -> str:
        cell = f"%sora again {self._id} writes the cell that sends it anew."
        return way_on(cell, f"Submitting the inputs of job {self._id} again sends it anew.")

    def _once_more(self) -> str:
        script = f"rc.get({self._id!r}).fetch() tries again, and .wait() waits for it."
        return way_on(f"%sora resume {self._id} tries again.", script)

    def _way_on(self) -> str:
        cell = f"%sora wait {self._id} waits again, %sora cancel {self._id} asks to cancel it."
        return way_on(cell, f"rc.get({self._id!r}).wait() waits again, .cancel() asks to cancel it.")

    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled as an id: whoever unpickles it gets the job from the ledger there."""
        from runcomfy_jupyter._session.process import get  # noqa: PLC0415 - process makes sessions, and with them jobs

        return get, (self._id,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and other._id == self._id

    def __hash__(self) -> int:
        return hash(self._id)

    def __repr__(self) -> str:
        record = self.record
        file = f" {record.files[0].path}" if record.files else ""
        return f"<Job {self._id} {record.state}{file}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002 - IPython's protocol
        record, model, now = self.record, self._session.model_of(self.record), time.time()
        return {
            "text/html": job_html(record, model, self._session.outlet(), now=now),
            "text/plain": job_text(record, model, now=now),
        }


def unconfirmed(record: Record) -> RunComfyError:
    """Return the error for a request of which nobody knows whether it was accepted."""
    message = f"Job {record.id} was sent but not confirmed: it may be running, and billed."
    again = way_on("--again", "again=True")
    hint = f"Look under Generations on runcomfy.com. If it is not there, {again} sends it once more."
    return SubmissionUnconfirmed(message, hint=hint)
