"""A job under its cell, kept up to date from the runner's thread.

Two outputs in a notebook. The *card* is plain HTML under a display id: it is what the saved
notebook keeps, but a page that was reloaded gets no more updates of it. The *row* is made of
widgets: it outlives a reload, and a click on it reaches the kernel, but a saved notebook shows an
error in its place. So the row is there only while the job runs.
"""

from __future__ import annotations

import contextvars
import functools
import threading
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from IPython.display import display

from runcomfy_jupyter._display import html, text
from runcomfy_jupyter._display.bundles import bundle
from runcomfy_jupyter._display.endings import broken, shown_again
from runcomfy_jupyter._display.facts import is_here, size_of
from runcomfy_jupyter._display.live import box
from runcomfy_jupyter._display.outputs import box_of, job_page
from runcomfy_jupyter._display.parcel import Parcel
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._notebook.sending import NOTHING, publisher, readably, update
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._display.shapes import View
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._notebook.row import Row
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session


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
        self._size = size_of(job.record, self._model)
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

            row = self._row = Row(
                self._session, self._job, self._view, lambda shown, told: box(shown, self._size, told)
            )
            # As wide as the video will be, in whose place it stands: HTML has 20 px of space at its right.
            row.widget.layout.width = "calc(100% - 20px)"
            row.widget.layout.max_width = f"{box_of(self._size)[0]}px"
            row.begin(can_cancel=self._can_cancel())
            self._row_id = display(row.bundle(), raw=True, display_id=True).display_id
        self._shown = self._key()
        self._readably(self._place, self._parcel)
        if watch is not None:
            watch.observe(lambda _: self._changed())

    def _place(self, parcel: Parcel) -> None:
        self._id = display(parcel.whole(), raw=True, display_id=True).display_id

    def _readably(self, show: Callable[[Parcel], None], draw: Callable[[], Parcel]) -> None:
        readably(show, draw, f"`%sora show {self._job.id}`")

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
                self._readably(lambda parcel: update(parcel, self._id, self._publisher), self._parcel)
                self._shown = key
                if over and (row := self._row) is not None:
                    self._row = None
                    # At once, so that no page shows both for long.
                    update(NOTHING, self._row_id, self._publisher)
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
            told = _failed(broken(failure, record), failure)
            return Parcel(told | {"text/html": self._in_place(told["text/html"], bare=bare)})
        if not self._over():
            told = bundle([self._view()])
            return Parcel(told | {"text/html": html.keepsake(record, self._model)} if self._row else told)
        note = shown_again(record, now=now) if self._bought_before else None
        above = html.card(note) if note else ""
        outlet = replace(self._session.outlet(), bare=bare)
        shown, files = job_page(record, self._model, outlet, now=now, above=above)
        if not is_here(record):
            shown = self._in_place(shown, bare=bare)
        plain = text.job_text(record, self._model, now=now)
        plain = f"{note.headline}\n{plain}" if note else plain
        return Parcel({"text/html": shown, "text/plain": plain}, files)

    def _in_place(self, card: str, *, bare: bool) -> str:
        """Have a card take up what the row and the card below it did: nothing moves when a job fails."""
        if not self._row_id:
            return card
        boxed = html.in_place(card, *box_of(self._size))
        return boxed if bare else boxed + html.keepsake(self._record(), self._model)

    def _end(self, row: Row) -> None:
        """Put the end in place of the row, for a page that was reloaded: it gets no more of the card."""
        from runcomfy_jupyter._notebook.film import film_of  # noqa: PLC0415 - ipywidgets came with the row

        if (film := film_of(self._record(), self._model, self._session.outlet())) is not None:
            row.end(None, film)
            return
        draw = functools.partial(self._parcel, bare=True)
        self._readably(lambda parcel: row.end(parcel.whole()), draw)


def _failed(card: View, failure: BaseException) -> dict[str, str]:
    """Draw a card of what ended the following; of a bug of ours, the whole, for whoever reports it."""
    told = bundle([card])
    if isinstance(failure, RunComfyError):
        return told
    whole = "".join(traceback.format_exception(failure))
    pre = f'<pre style="font-size:12px">{html.escape(whole)}</pre>'
    return {"text/html": told["text/html"] + pre, "text/plain": f"{told['text/plain']}\n{whole}"}
