"""Several jobs in the user's hands: what one cell, or one call, asked for."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from runcomfy_jupyter._display.batch import batch_keepsake, batch_live, batch_page, batch_text
from runcomfy_jupyter._display.batch_words import time_left
from runcomfy_jupyter._display.parcel import Parcel
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._session.history import typicals
from runcomfy_jupyter._session.waiting import all_of, bridge, came_of, wait
from runcomfy_jupyter.errors import InputError, JobFailed, TimedOut, WaitInterrupted
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.cluster import Cluster
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session

_CANCEL_SECONDS = 60.0


class Batch(Sequence["Job"]):
    """Jobs in the order in which they were asked for.

    `await batch` and `batch.wait()` return the batch once all of it has succeeded; they raise `JobFailed`
    once all of it rests and some has not. `told`: for each job, what tells it from the others; `kept`: the
    ids of those that were bought before.
    """

    def __init__(
        self,
        session: Session,
        jobs: Sequence[Job],
        told: Sequence[str] = (),
        cluster: Cluster | None = None,
    ) -> None:
        self._session = session
        self._cluster = cluster
        self._jobs = tuple(jobs)
        self.kept = frozenset(job.id for job in self._jobs if not job.is_new)
        self.told = tuple(told) or ("",) * len(self._jobs)

    @overload
    def __getitem__(self, place: int) -> Job: ...
    @overload
    def __getitem__(self, place: slice) -> Batch: ...
    def __getitem__(self, place: int | slice) -> Job | Batch:
        if isinstance(place, slice):
            return Batch(self._session, self._jobs[place], self.told[place], self._cluster)
        return self._jobs[place]

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def records(self) -> list[Record]:
        """All that is known of the jobs now, in their order."""
        watches = {job.id: self._session.watch(job.id) for job in self._jobs}
        running = {name: watch for name, watch in watches.items() if watch and not watch.done.done()}
        # Read only now: what has come to rest meanwhile has its last word in the ledger.
        resting = self._session.ledger.many([name for name in watches if name not in running])
        known = {record.id: record for record in resting}
        return [running[job.id].record if job.id in running else known[job.id] for job in self._jobs]

    @property
    def failed(self) -> list[Job]:
        """The jobs that have come to rest without success."""
        return [
            job
            for job, record in zip(self._jobs, self.records, strict=True)
            if rests(record.state) and record.state is not State.SUCCEEDED
        ]

    @property
    def _made(self) -> Mapping[str, tuple[Any, ...]]:
        return {} if self._cluster is None else self._cluster.outcomes

    @property
    def results(self) -> list[Any]:
        """What `then=` made of each job's file, or raised; a list for several files, None for nothing yet."""
        each = (self._made.get(job.id, ()) for job in self._jobs)
        return [list(outcomes) if len(outcomes) > 1 else next(iter(outcomes), None) for outcomes in each]

    def wait(self, timeout: float | None = None) -> Batch:
        """Wait until all jobs rest, at most `timeout` seconds; return the batch, or raise as above.

        An interrupt or a timeout ends the waiting, never the jobs.
        """
        watches, again = self.follow(), way_on("%sora wait", "batch.wait()")
        try:
            wait(all_of([watch.done for watch in watches if watch is not None]), timeout)
        except TimeoutError:
            left = sum(not rests(record.state) for record in self.records)
            message = f"{left} of {len(self)} jobs are still under way after {timeout:g} s, and go on."
            raise TimedOut(message, hint=f"{again} waits for all that are.") from None
        except (KeyboardInterrupt, asyncio.CancelledError):
            hint = f"{again} waits for all that are under way."
            raise WaitInterrupted(f"Stopped waiting; the {len(self)} jobs go on.", hint=hint) from None
        return self._outcome(watches)

    def __await__(self) -> Generator[Any, None, Batch]:
        return self._until_done().__await__()

    async def _until_done(self) -> Batch:
        watches = self.follow()
        await bridge(all_of([watch.done for watch in watches if watch is not None]))
        return self._outcome(watches)

    def follow(self) -> list[Watch | None]:
        """See to it that something happens: follow what does not rest, fetch what is paid and not here."""
        return [job.fetch() for job in self._jobs]

    def cancel(self) -> dict[str, int]:
        """Cancel what has not been sent, and ask the service to cancel the rest.

        Returns how many are `cancelled`, `not_cancellable` (they run on and are billed), `unknown`
        (the service did not say, or could not be asked) and `over` (nothing was left to cancel).
        """
        answers = self._session.stop(self.records)
        until = time.monotonic() + _CANCEL_SECONDS
        found = Counter(over=len(self) - len(answers))
        for answer in answers:
            found[came_of(answer, max(0.0, until - time.monotonic()))] += 1
        return dict(+found)

    def frame(self) -> Any:
        """Return a pandas DataFrame: a row for each job, its inputs, state, file and cost."""
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            message = "pandas is not installed, and .frame() makes a DataFrame of it."
            hint = "%pip install pandas; or go through the batch as a list."
            raise InputError(message, hint=hint) from None
        rows = [
            {
                "id": record.id,
                "state": record.state.value,
                **{name: value for name, value in record.inputs.items() if name not in _COLUMNS},
                "path": record.files[0].path if record.files else None,
                "cost_usd": None if record.cost_usd is None else float(record.cost_usd),
                "error": record.error or None,
                "request_id": record.request_id,
            }
            for record in self.records
        ]
        return pandas.DataFrame(rows)

    def _outcome(self, watches: Sequence[Watch | None]) -> Batch:
        failed = self.failed
        if not failed:
            for job, watch in zip(self._jobs, watches, strict=True):
                job.outcome(watch)  # one that nobody follows any more is no success
            self._raise_outcome()
            return self
        first = failed[0]
        what = "1 job" if len(failed) == 1 else f"{len(failed)} jobs"
        why = f": {first.error}" if first.error else "."
        message = f"{what} of {len(self)} did not succeed; the first, {first.id}, is {first.state}{why}"
        raise JobFailed(message, hint=_way_on({job.state for job in failed}))

    def _raise_outcome(self) -> None:
        """Raise what the user's own function raised; the videos are here all the same."""
        told = ((job, outcome) for job in self._jobs for outcome in self._made.get(job.id, ()))
        for job, outcome in told:
            if isinstance(outcome, Exception):
                outcome.add_note(f"then= raised this for job {job.id}, whose file is {job.path}.")
                raise outcome

    def __repr__(self) -> str:
        counted = Counter(record.state.value for record in self.records)
        return f"<Batch of {len(self)}: {', '.join(f'{n} {state}' for state, n in counted.items())}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002 - IPython's protocol
        return self.parcel().whole()

    def parcel(self, *, bare: bool = False) -> Parcel:
        """Draw the batch as it stands: HTML and text. `bare`: the grid alone."""
        if not self._jobs:
            return Parcel({"text/html": "<p>No jobs.</p>", "text/plain": repr(self)})
        shown, now = self._shown(), time.time()
        outlet = replace(self._session.outlet(), bare=bare)
        page, files = batch_page(shown, self._model, outlet, now=now, kept=self.kept)
        text = batch_text(shown, self._model, now=now, kept=self.kept)
        return Parcel({"text/html": page, "text/plain": text}, files)

    def keepsake(self) -> dict[str, str]:
        """Draw what stands in the notebook while a live table shows the batch."""
        text = batch_text(self._shown(), self._model, now=time.time(), kept=self.kept)
        return {"text/html": batch_keepsake(self._shown(), self._model), "text/plain": text}

    def live(self, told: str) -> str:
        """Draw the batch while it runs, in HTML for a widget. `told`: what came of the last click."""
        shown, now, at_once = self._shown(), time.time(), self._session.options.max_in_flight
        left = time_left([record for record, _ in shown], now=now, typical=self._typical, at_once=at_once)
        return batch_live(shown, self._model, now=now, left=left, told=told, kept=self.kept)

    def _shown(self) -> list[tuple[Record, str]]:
        return list(zip(self.records, self.told, strict=True))

    @cached_property
    def _model(self) -> ModelCard:
        return self._session.model_of(self._jobs[0].record)

    @cached_property
    def _typical(self) -> float | None:
        """The seconds that one of them takes, on average, if jobs like each of them are known."""
        known = typicals(self._session, self.records)
        times = [seconds for seconds in known if seconds is not None]
        return sum(times) / len(times) if len(times) == len(known) else None


def _way_on(states: set[str]) -> str:
    """Say what to do where jobs of a batch rest in these states without success."""
    if State.UNCONFIRMED in states:
        look = "What is unconfirmed may be running, and billed: look under Generations on runcomfy.com."
        one = way_on("%sora again ID writes a cell for one alone", "submit(…, again=True) buys one anew")
        every = way_on("--again in this cell would buy all of it anew", "submit_many(…, again=True) all")
        return f"{look} {one}; {every}."
    if State.UNDELIVERED in states:
        return f"{way_on('%sora resume', 'batch.wait()')} tries again to fetch what is paid."
    same = way_on("Running the cell again", "submit_many with the same shots")
    return f"{same} sends only what has not succeeded."


_COLUMNS = {"id", "state", "path", "cost_usd", "error", "request_id"}
