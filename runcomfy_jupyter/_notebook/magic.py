"""The magics `%%sora` and `%sora`. They read, ask the session and show; nothing is decided here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.display import display
from traitlets import Float, TraitError, Unicode, observe, validate

from runcomfy_jupyter._display import html, text
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._notebook import commands
from runcomfy_jupyter._notebook.cards import JobCard, ProgressLine
from runcomfy_jupyter._notebook.grammar import fill, parse
from runcomfy_jupyter._notebook.help import cell_help
from runcomfy_jupyter._notebook.surroundings import Surroundings, surroundings
from runcomfy_jupyter._session.job import unconfirmed
from runcomfy_jupyter._session.waiting import wait
from runcomfy_jupyter.errors import InputError, WaitInterrupted
from runcomfy_jupyter.settings import Options, check_option

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session

_DEFAULTS = Options()


@magics_class
class Sora(Magics):
    """Make AI video from a notebook. `%config Sora` lists these settings, `%sora` the commands."""

    save_dir = Unicode(_DEFAULTS.save_dir, config=True, help="folder of the videos, beside the notebook")
    embed_limit_mb = Float(
        _DEFAULTS.embed_limit_mb, config=True, help="megabytes up to which a video is put into the notebook"
    )
    wait = Unicode(_DEFAULTS.wait, config=True, help="auto, yes or no: does a cell wait for its video")
    max_download_mb = Float(_DEFAULTS.max_download_mb, config=True, help="megabytes that a video may have")

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell)
        self.session = session
        self._shell = shell  # the same as `shell`, which its base class types as optional

    @validate("save_dir", "embed_limit_mb", "wait", "max_download_mb")
    def _checked(self, proposal: Any) -> Any:
        try:
            return check_option(proposal["trait"].name, proposal["value"])
        except InputError as error:
            raise TraitError(str(error)) from None

    @observe("save_dir", "embed_limit_mb", "wait", "max_download_mb")
    def _configured(self, change: Any) -> None:
        setattr(self.session.options, change["name"], change["new"])

    @no_var_expand
    @line_cell_magic
    def sora(self, line: str, cell: str | None = None) -> None:
        """Make a video from the prompt in the cell; as a line magic, see to your jobs.

        `%sora help` tells all of it.
        """
        if cell is None:
            commands.run(self, line)
            return
        model = self.session.model()
        command = parse(line, model.schema)
        if command.help:
            print(cell_help(model))  # noqa: T201 - help is text
            return
        prompt = fill(cell.rstrip("\n"), self._shell.user_ns)
        job = self.session.submit(prompt, again=command.again, **command.inputs)
        if command.variable:
            self._shell.user_ns[command.variable] = job
        self.present(job, waiting=self.waits(asked=command.wait))

    def present(self, job: Job, *, waiting: bool) -> None:
        """Show a job under the running cell, and stay until it rests if `waiting`.

        Raises what the submission, or the job if it was waited for, ended in: the cell fails.
        """
        where = surroundings(self._shell)
        if where is Surroundings.TERMINAL:
            self._in_terminal(job, waiting=waiting)
            return
        watch = job.fetch()
        JobCard(self.session, job, watch).show(live=where is Surroundings.NOTEBOOK)
        self._accepted(job)
        if waiting:
            job.wait()

    def _in_terminal(self, job: Job, *, waiting: bool) -> None:
        watch = job.fetch()
        if not job.is_new:
            print("Shown from your ledger, nothing was sent; --again makes a new take.")  # noqa: T201
        progress = ProgressLine(self.session, job)
        if watch is not None and waiting:
            progress.follow(watch)
        try:
            self._accepted(job)
            if waiting:
                job.wait()
        finally:
            progress.stop()
            print(text.job_text(job.record, self.session.model(job.model), now=time.time()))  # noqa: T201

    def _accepted(self, job: Job) -> None:
        """Wait until the outcome of the submission is known; raise what kept it from being accepted."""
        record = job.record
        watch = self.session.watch(job.id)
        if record.state is State.UNCONFIRMED and not job.is_new:
            raise unconfirmed(record)
        if watch is None or not job.is_new:
            return
        try:
            wait(watch.accepted)
        except KeyboardInterrupt:
            message = f"Stopped waiting for RunComfy's answer; job {job.id} goes on."
            raise WaitInterrupted(message, hint=f"%sora wait {job.id} waits for it.") from None
        if isinstance(watch.failure, Exception) and watch.record.request_id is None:
            raise watch.failure

    def waits(self, *, asked: bool | None) -> bool:
        """Tell whether a cell stays until its video is here. `asked`: what its line says of it."""
        if asked is not None:
            return asked
        if self.session.options.wait != "auto":
            return self.session.options.wait == "yes"
        return surroundings(self._shell) is not Surroundings.NOTEBOOK

    def table(self, jobs: list[Job]) -> None:
        """Show jobs as a table."""
        records, now = [job.record for job in jobs], time.time()
        bundle = {"text/html": html.table(records, now=now), "text/plain": text.table(records, now=now)}
        display(bundle, raw=True)
