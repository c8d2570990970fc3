"""A session: this process's settings, jobs and models, and the way to them.

Building one touches nothing; the ledger and the runner come with the first job.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.outputs import Outlet
from runcomfy_jupyter._domain.lifecycle import rests
from runcomfy_jupyter._domain.words import dollars
from runcomfy_jupyter._jobs.artifacts import absolute
from runcomfy_jupyter._session import submitting
from runcomfy_jupyter._session.catalogue import Catalogue
from runcomfy_jupyter._session.engine import Engine, home
from runcomfy_jupyter._session.history import typicals
from runcomfy_jupyter._session.job import Job
from runcomfy_jupyter._session.sandbox import Sandbox
from runcomfy_jupyter._session.till import Till
from runcomfy_jupyter._session.waiting import answer
from runcomfy_jupyter.errors import InputError, ModelError, ServiceError, StorageError, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.replies import Balance, Cancellation, Outcome
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.runner import Terms
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.planning import Plan
    from runcomfy_jupyter._session.redraws import Redraws
    from runcomfy_jupyter.settings import Endpoint

_ANSWER_SECONDS = 60.0
_MB = 1_000_000
_SILENT = "VS Code plays this without its sound: open the file to hear it."


class Session:
    """Everything of one process: its settings, its ledger, its runner. From any thread."""

    def __init__(self) -> None:
        self.options = settings.Options()
        self.sandbox_on = settings.sandbox_asked_for()
        self.engine = Engine()
        self.till = Till(self)

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened on first use."""
        return self.engine.ledger

    @cached_property
    def catalogue(self) -> Catalogue:
        """The models that there are, as far as they are known here."""
        return Catalogue(self.engine.shelf, self.base_url, self.endpoint, self.engine.ask)

    @cached_property
    def redraws(self) -> Redraws:
        """What paces the live pictures of this process."""
        from runcomfy_jupyter._session.redraws import Redraws  # noqa: PLC0415 - comes with the first picture

        return Redraws()

    @cached_property
    def sandbox(self) -> Sandbox:
        """The embedded sandbox of this home."""
        return Sandbox(home())

    def model(self, model_id: str | None = None, *, fresh: bool = False) -> ModelCard:
        """Return a model's card; None: that of the setting `model`. `fresh`: as it is now.

        Raises `ModelError` for a model that the service does not have.
        """
        return self.catalogue.model(model_id or self.options.model, fresh=fresh)

    def model_of(self, record: Record) -> ModelCard:
        """Return the card of a recorded job's model, as far as it is known here."""
        return self.catalogue.of(record.model, record.base_url)

    def plan(
        self,
        shots: Sequence[Mapping[str, Any]],
        *,
        model: str | None = None,
        again: bool = False,
        max_cost: Decimal | None = None,
        priced: bool = False,
    ) -> Plan:
        """Say what sending the inputs of a cell would do; nothing is sent, and no token is needed.

        `priced`: wait a little for a price that is not known here. Raises `InputError` for inputs that
        do not fit.
        """
        card = self.model(model)
        bounds = self.till.bounds(max_cost, "--max-cost")
        return self.till.plan(card, shots, again=again, bounds=bounds, priced=priced)

    def look(self, plan: Plan) -> list[str]:
        """Return warnings about the files that a plan's inputs name, after a quick look at their hosts."""
        return self.till.look(plan)

    buy = submitting.buy
    submit = submitting.submit
    submit_many = submitting.submit_many

    def explained(self, error: Exception, record: Record) -> Exception:
        """Add the ways on to what ended a submission, where more is known here than the service said."""
        return self.catalogue.explained(error, record.model) if isinstance(error, ModelError) else error

    def jobs(self, word: str = "", limit: int = 50) -> list[Job]:
        """Return jobs of the ledger, newest first; with a word, those in which it occurs."""
        return [Job(self, record) for record in self.ledger.newest(word, limit)]

    def recent(self, number: int) -> list[Job]:
        """Return the newest jobs that were made in this notebook, by earlier kernels, too."""
        return [Job(self, record) for record in self.ledger.recent(settings.notebook(), number)]

    def get(self, id: str) -> Job:  # noqa: A002 - the public name
        """Return the job of an id, an id's beginning or a request id; raise `NotFound`."""
        return Job(self, self.ledger.get(id))

    def unfinished(self) -> list[Job]:
        """Return, oldest first, the jobs to which something should still happen."""
        return [Job(self, record) for record in self.ledger.unfinished()]

    def record(self, job_id: str) -> Record:
        """Return the newest that is known of a job, with what is only known while it runs."""
        watch = self.watch(job_id)
        return watch.record if watch is not None and not watch.done.done() else self.ledger.get(job_id)

    def watch(self, job_id: str) -> Watch | None:
        """Return the watch on a job if this process has one."""
        runner = self.engine.running
        return None if runner is None else runner.watch(job_id)

    def follow(self, record: Record) -> Watch:
        """Follow a job from where it stands; join in where this process follows it already."""
        watch = self.watch(record.id)
        if watch is not None and not watch.done.done():
            return watch
        return self.engine.runner.follow(record, self.terms(record))

    def cancel(self, record: Record) -> Outcome:
        """Ask the service to cancel, and wait for its answer; raise `ServiceError` without one."""
        try:
            return self.cancelling(record).result(_ANSWER_SECONDS).outcome
        except TimeoutError:
            message = f"RunComfy did not answer within {_ANSWER_SECONDS:g} s."
        raise ServiceError(message, hint="Whether it is cancelled could not be confirmed.")

    def cancelling(self, record: Record) -> Future[Cancellation]:
        """Ask the service to cancel, without waiting; raise `InputError` where nothing runs."""
        if rests(record.state):
            message = f"Job {record.id} is {record.state}: there is nothing to cancel."
            raise InputError(message)
        return self.engine.runner.cancel(record, self._endpoint_of(record))

    def budget_words(self) -> str:
        """Say how much of the session's budget is used, if there is one."""
        budget = self.options.session_budget_usd
        if budget is None:
            return ""
        return f"{dollars(self.till.spent())} of {dollars(Decimal(str(budget)))} budget used"

    def stop(self, records: Sequence[Record]) -> list[Future[Cancellation]]:
        """Ask the service to cancel, or do not send what waits; nothing where nothing runs.

        What waits comes first: else each request that is cancelled would let another one out.
        """
        running = sorted((one for one in records if not rests(one.state)), key=lambda one: not one.unsent)
        places = {one.base_url: one for one in running}
        endpoints = {base: self._endpoint_of(one) for base, one in places.items()}
        return [self.engine.runner.cancel(one, endpoints[one.base_url]) for one in running]

    def balance(self, endpoint: Endpoint | None = None) -> Balance:
        """Return what is left in the account. `endpoint`: another token's than the settings'."""
        asked = self.engine.ask(endpoint or self.endpoint(), lambda client: client.balance())
        balance: Balance = answer(asked, _ANSWER_SECONDS)
        return balance

    def typical(self, record: Record) -> float | None:
        """Return the median seconds that this user's own jobs of this model and length took."""
        return typicals(self, [record])[0]

    def outlet(self, *, small: bool = False) -> Outlet:
        """Return what fits into an output of this process's front end."""
        limit = sys.maxsize if settings.on_colab() else int(self.options.embed_limit_mb * _MB)
        return Outlet(limit, small=small, note=_SILENT if settings.on_vscode() else "")

    def base_url(self) -> str:
        """Return where requests go now; no token is needed to know."""
        return self.sandbox.endpoint().base_url if self.sandbox_on else settings.base_of()

    def endpoint(self) -> Endpoint:
        """Return where requests go now, with the token: the sandbox if it is on, else as the settings say."""
        return self.sandbox.endpoint() if self.sandbox_on else settings.endpoint()

    def save_dir(self) -> str:
        """Return the folder for files to come, absolute; raise `StorageError` where it has no place."""
        try:
            return absolute(self.options.save_dir)
        except OSError as error:
            message = f"The folder that this kernel works in cannot be used: {error.strerror}."
        raise StorageError(message, hint=f"Go to another with {settings.way_on('%cd', 'os.chdir')}.")

    def max_download(self) -> int:
        """Return the bytes that a file may have."""
        return int(self.options.max_download_mb * _MB)

    def close(self) -> None:
        """Stop following and close the ledger; what is under way can be taken up again."""
        if "redraws" in self.__dict__:
            self.redraws.close()
        self.engine.close()

    def terms(self, record: Record) -> Terms:
        """Return how a recorded job is followed from here."""
        from runcomfy_jupyter._jobs.runner import Terms  # noqa: PLC0415 - comes with the first job

        where, schema = self._endpoint_of(record), self.model_of(record).schema
        return Terms(where, self.max_download(), self.save_dir(), schema=schema)

    def _endpoint_of(self, record: Record) -> Endpoint:
        """Return where a recorded job is asked after; the token goes nowhere else."""
        if record.base_url == self.sandbox.base_url():
            return self.sandbox.endpoint()
        if self.sandbox_on:
            message = f"Job {record.id} belongs to {record.base_url}, not to the sandbox that is on."
            off = settings.way_on("%sora sandbox off", "take RUNCOMFY_SANDBOX away")
            raise UserError(message, hint=f"If that was a sandbox, it is gone; else: {off}.")
        endpoint = settings.endpoint()
        if record.base_url != endpoint.base_url:
            message = f"Job {record.id} belongs to {record.base_url}, not to {endpoint.base_url}."
            raise UserError(message, hint="Set RUNCOMFY_MODEL_API_BASE to it to go on with the job.")
        return endpoint
