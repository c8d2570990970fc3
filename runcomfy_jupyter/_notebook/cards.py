"""A job under its cell, kept up to date from the runner's thread.

Two outputs in a notebook. The *card* is plain HTML under a display id: it is what the saved
notebook keeps, but a page that was reloaded gets no more updates of it. The *row* is made of
widgets: it outlives a reload, and a click on it reaches the kernel, but a saved notebook shows an
error in its place. So the row is there only while the job runs.
"""

from __future__ import annotations

import contextvars
import sys
import threading
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from IPython.display import display

from runcomfy_jupyter._display import html, text
from runcomfy_jupyter._display.batch_words import over, summary_words
from runcomfy_jupyter._display.live import box
from runcomfy_jupyter._display.outputs import film, job_page, name_of, shown_size
from runcomfy_jupyter._display.parcel import Parcel
from runcomfy_jupyter._display.view import View, broken, shown_again, size_of, view
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._notebook.sending import publisher, update
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._notebook.row import Row
    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session


def publish(card: View) -> None:
    """Show a card that stays as it is."""
    display({"text/html": html.card(card), "text/plain": text.plain(card)}, raw=True)


class JobCard:
    """One job under one cell. Made in the cell's own thread, updated from any.

    `watch` is None for a job that nobody follows: its card stays as it is.
    """

    def __init__(
        self, session: Session, job: Job, watch: Watch | None, *, bought_before: bool = False
    ) -> None:
        self._session = session
        self._job = job
        self._watch = watch
        self._bought_before = bought_before
        self._model = session.model_of(job.record)
        self._typical = session.typical(job.record)
        # Display calls need the context of the cell that they belong to, whatever thread they
        # come from (ipykernel 7 keeps the cell's message in a context variable).
        self._context = contextvars.copy_context()
        self._publisher = publisher()
        self._lock = threading.Lock()
        self._row: Row | None = None
        self._id = self._row_id = ""
        self._shown: object = None

    def show(self, *, live: bool) -> None:
        """Put the card under the cell that runs now; with `live`, a row above it."""
        watch = self._watch
        if live and watch is not None and not watch.over:
            from runcomfy_jupyter._notebook.row import Row  # noqa: PLC0415 - ipywidgets come with the first row

            size = size_of(self._record(), self._model)
            row = self._row = Row(
                self._session, self._job, self._view, lambda shown, told: box(shown, size, told)
            )
            # As wide as the video will be, in whose place it stands: HTML has 20 px of space at its right.
            row.widget.layout.width = "calc(100% - 20px)"
            row.widget.layout.max_width = f"{shown_size(size)[0]}px"
            row.begin(can_cancel=self._can_cancel())
            self._row_id = display(self._row.bundle(), raw=True, display_id=True).display_id
        self._shown = self._key()
        self._id = display(self._parcel().whole(), raw=True, display_id=True).display_id
        if watch is not None:
            watch.observe(lambda _: self._changed())

    def _record(self) -> Record:
        return self._watch.record if self._watch is not None else self._job.record

    def _over(self) -> bool:
        return self._watch is None or self._watch.over

    def _changed(self) -> None:
        self._context.copy().run(self._update)

    def _update(self) -> None:
        with self._lock:
            over = self._over()
            if rests(self._record().state) and not over:
                return  # the end is drawn once, when everything is settled
            key = self._key()
            if key != self._shown:
                self._shown = key
                update(self._parcel(), self._id, self._publisher)
                if over and (row := self._row) is not None:
                    self._row = None
                    # At once, so that no page shows both for long.
                    update(Parcel({"text/html": "", "text/plain": ""}), self._row_id, self._publisher)
                    self._end(row)
            elif self._row is not None:
                self._row.update(can_cancel=self._can_cancel())

    def _can_cancel(self) -> bool:
        return self._record().state is State.IN_QUEUE

    def _key(self) -> object:
        """Return what the card depends on: it is sent again only when this changes."""
        if self._over():
            return "over"
        record = self._record()
        return "row" if self._row else (record.state, record.live.queue_position, record.live.trouble)

    def _view(self) -> View:
        return view(self._record(), self._model, now=time.time(), typical=self._typical)

    def _parcel(self, *, bare: bool = False) -> Parcel:
        """Draw what the notebook keeps; `bare`: what a page shows in place of the row, above that."""
        record, now = self._record(), time.time()
        failure = self._watch.failure if self._watch is not None else None
        if failure is not None and not rests(record.state):
            return Parcel(_bundle_of(broken(failure, record), failure))
        if not self._over():
            bundle = _bundle_of(self._view())
            return Parcel(bundle | {"text/html": html.keepsake(record, self._model)} if self._row else bundle)
        note = shown_again(record, now=now) if self._bought_before else None
        above = html.card(note) if note else ""
        outlet = replace(self._session.outlet(), bare=bare)
        shown, files = job_page(record, self._model, outlet, now=now, above=above)
        plain = text.job_text(record, self._model, now=now)
        plain = f"{note.headline}\n{plain}" if note else plain
        return Parcel({"text/html": shown, "text/plain": plain}, files)

    def _end(self, row: Row) -> None:
        """Put the end in place of the row, for a page that was reloaded: it gets no more of the card."""
        record = self._record()
        file = film(record, self._session.outlet())
        if file is None:
            row.end(self._parcel(bare=True).whole())
            return
        from runcomfy_jupyter._notebook.film import Film  # noqa: PLC0415 - ipywidgets came with the row

        size = shown_size(size_of(record, self._model))
        row.end(None, Film(file, name_of(record, self._model), size))


def _bundle_of(card: View, failure: BaseException | None = None) -> dict[str, str]:
    shown, plain = html.card(card), text.plain(card)
    if failure is not None and not isinstance(failure, RunComfyError):
        # A bug of ours: whoever reports it needs the whole of it.
        whole = "".join(traceback.format_exception(failure))
        shown += f'<pre style="font-size:12px">{html.escape(whole)}</pre>'
        plain += f"\n{whole}"
    return {"text/html": shown, "text/plain": plain}


class _Line:
    """A line of a terminal that is written again and again."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._written = ""
        self._stopped = False

    def stop(self) -> None:
        """Leave the line: what is written next stands on one of its own."""
        self._stopped = True
        if self._stream.isatty() and self._written:
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, line: str, lasting: str) -> None:
        """Rewrite the line, "" at the end; where it cannot be rewritten, write what is new of `lasting`."""
        if self._stopped:
            return
        if self._stream.isatty():
            self._stream.write(f"\r{line.ljust(len(self._written))}" + ("" if line else "\r"))
            self._written = line
        elif line and lasting != self._written:
            self._stream.write(f"{lasting}\n")
            self._written = lasting
        self._stream.flush()


class ProgressLine(_Line):
    """One job on one line of a terminal."""

    def __init__(self, session: Session, job: Job, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._model = session.model_of(job.record)
        self._typical = session.typical(job.record)

    def follow(self, watch: Watch) -> None:
        """Rewrite the line at every change; where it cannot be rewritten, write new states alone."""
        watch.observe(self._changed)

    def _changed(self, watch: Watch) -> None:
        card = view(watch.record, self._model, now=time.time(), typical=self._typical)
        self._write("" if rests(watch.record.state) else text.progress_line(card), card.headline)


class BatchLine(_Line):
    """A batch on one line of a terminal."""

    def __init__(self, batch: Batch, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._kept = batch.kept
        self._records = {record.id: record for record in batch.records}
        # Counting all of many at each change of one would take the runner's time.
        self._rest, self._next = len(batch) / 500, 0.0
        self._lock = threading.Lock()

    def follow(self, watches: Sequence[Watch | None]) -> None:
        """Rewrite the line as the jobs go on."""
        for watch in watches:
            if watch is not None:
                watch.observe(self._changed)

    def _changed(self, watch: Watch) -> None:
        with self._lock:
            self._records[watch.record.id] = watch.record
            records, now = list(self._records.values()), time.monotonic()
            ended = over(records)
            if ended or now >= self._next:
                self._next = now + self._rest
                words = summary_words(records, kept=self._kept)
                self._write("" if ended else words, words)
