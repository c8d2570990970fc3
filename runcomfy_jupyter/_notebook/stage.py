"""Where a shell's outputs are put, and how long a cell stays with them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runcomfy_jupyter._display import text
from runcomfy_jupyter._display.endings import SHOWN_AGAIN
from runcomfy_jupyter._display.plans import Asked, plan_sheet, requests, warnings_card
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.words import dollars
from runcomfy_jupyter._notebook.cards import JobCard
from runcomfy_jupyter._notebook.command_words import tell
from runcomfy_jupyter._notebook.progress import BatchLine, ProgressLine
from runcomfy_jupyter._notebook.surroundings import Surroundings, surroundings
from runcomfy_jupyter._session.job import unconfirmed
from runcomfy_jupyter.errors import (
    BalanceError,
    ModelError,
    RunComfyError,
    TokenError,
    Unreachable,
    WaitInterrupted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.planning import Plan
    from runcomfy_jupyter._session.session import Session


class Stage:
    """Shows the session's jobs in a shell: a notebook, a terminal, or where nobody watches."""

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        self.shell = shell
        self.session = session

    def present(self, job: Job, *, waiting: bool, bought_before: bool = False) -> None:
        """Show a job under the running cell, and stay until it rests if `waiting`.

        `bought_before`: the cell asked for a new request and gets this job instead; say so.
        Raises what the submission, or the job if it was waited for, ended in: the cell fails.
        """
        where = surroundings(self.shell)
        if where is Surroundings.TERMINAL:
            if bought_before:
                print(f"{SHOWN_AGAIN}; --again makes a new take.")  # noqa: T201 - a terminal shows text
            self._in_terminal(job, waiting=waiting)
            return
        watch = job.fetch()
        card = JobCard(self.session, job, watch, bought_before=bought_before)
        card.show(live=where is Surroundings.NOTEBOOK)
        self._accepted(job)
        if waiting:
            job.wait()

    def present_batch(self, batch: Batch, *, waiting: bool) -> None:
        """Show a batch under the running cell, and stay until all of it rests if `waiting`."""
        where = surroundings(self.shell)
        if where is Surroundings.TERMINAL:
            self._batch_in_terminal(batch, waiting=waiting)
            return
        from runcomfy_jupyter._notebook.batch_card import BatchCard  # noqa: PLC0415 - ipywidgets come with it

        BatchCard(self.session, batch, batch.follow()).show(live=where is Surroundings.NOTEBOOK)
        self._until(batch, waiting=waiting)

    def announce(self, plan: Plan) -> None:
        """Say in a terminal how many requests are sent now, and what they cost about; a page has a table."""
        if plan.sent and surroundings(self.shell) is Surroundings.TERMINAL:
            many = requests(len(plan.sent))
            price = plan.estimate_usd
            print(f"{many}, about {dollars(price)}" if price else many)  # noqa: T201 - a terminal shows text

    def _batch_in_terminal(self, batch: Batch, *, waiting: bool) -> None:
        watches = batch.follow()
        progress = BatchLine(batch)
        if waiting:
            progress.follow(watches)
        try:
            self._until(batch, waiting=waiting)
        finally:
            progress.stop()
            print(batch.parcel().bundle["text/plain"])  # noqa: T201 - a terminal shows text

    def _until(self, batch: Batch, *, waiting: bool) -> None:
        """Stay until a batch rests; without waiting, until its first request has an answer.

        Raises then only what all the others will meet, too: one that fails fails alone.
        """
        if waiting:
            batch.wait()
            return
        try:
            self._accepted(batch[0])
        except (BalanceError, ModelError, TokenError, Unreachable, WaitInterrupted):
            raise
        except RunComfyError:
            return  # the table tells of it

    def rehearse(self, plan: Plan) -> None:
        """Show what would be sent; nothing is."""
        asked = [
            Asked(draft, bought, told)
            for draft, bought, told in zip(plan.drafts, plan.shown, plan.told, strict=True)
        ]
        refusal = "" if plan.refusal is None else str(plan.refusal)
        tell(*plan_sheet(asked, plan.card, refusal=refusal, warnings=plan.warnings))

    def warn(self, warnings: Sequence[str]) -> None:
        """Show what to look at again, above what comes."""
        if (card := warnings_card(warnings)) is not None:
            tell(card)

    def _in_terminal(self, job: Job, *, waiting: bool) -> None:
        watch = job.fetch()
        progress = ProgressLine(self.session, job)
        if watch is not None and waiting:
            progress.follow(watch)
        try:
            self._accepted(job)
            if waiting:
                job.wait()
        finally:
            progress.stop()
            print(text.job_text(job.record, self.session.model_of(job.record), now=time.time()))  # noqa: T201

    def _accepted(self, job: Job) -> None:
        """Wait until the outcome of the submission is known, or that it has to wait for its turn.

        Raises what kept it from being accepted.
        """
        watch = self.session.watch(job.id)
        if watch is not None and (job.is_new or watch.record.state is State.RECORDED):
            try:
                # Plainly: it is over in a moment, and nesting would leave its marks on asyncio for good.
                watch.queued.result()
            except KeyboardInterrupt:
                message = f"Stopped waiting for RunComfy's answer; job {job.id} goes on."
                raise WaitInterrupted(message, hint=f"%sora wait {job.id} waits for it.") from None
        if not job.is_new and (record := job.record).state is State.UNCONFIRMED:
            raise unconfirmed(record)
        if watch is None or not job.is_new:
            return
        if isinstance(watch.failure, Exception) and watch.record.request_id is None:
            raise self.session.explained(watch.failure, watch.record)

    def waits(self, *, asked: bool | None) -> bool:
        """Tell whether a cell stays until its video is here. `asked`: what its line says of it."""
        if asked is not None:
            return asked
        if self.session.options.wait != "auto":
            return self.session.options.wait == "yes"
        return surroundings(self.shell) in {Surroundings.HEADLESS, Surroundings.TERMINAL}
