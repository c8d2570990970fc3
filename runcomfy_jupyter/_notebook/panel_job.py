"""One job of a panel: a live row that ends as its video. Widgets."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_jupyter._display import live
from runcomfy_jupyter._display.bundles import bundle
from runcomfy_jupyter._display.endings import broken, unsent
from runcomfy_jupyter._display.facts import is_here, size_of
from runcomfy_jupyter._display.outputs import box_height, caption_html, job_page
from runcomfy_jupyter._display.parcel import Parcel
from runcomfy_jupyter._display.text import job_text
from runcomfy_jupyter._display.view import view, with_prompt
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._notebook.film import film_of
from runcomfy_jupyter._notebook.row import Row
from runcomfy_jupyter._notebook.sending import readably
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._display.shapes import View
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session

# Pixels of a row beside what it shows: the padding and the line of its style sheet.
_AROUND = 21
# What a card of a cell says, and what a panel says in its place.
_WAYS_ON = {
    "Running the cell again": "Generating it again",
    "running the cell with `--again`": "Generate, then New take,",
}


class PanelJob:
    """One job of a panel; `widget` is what to show. `told` is called after every change."""

    def __init__(self, session: Session, job: Job, told: Callable[[], None]) -> None:
        self._session = session
        self._job = job
        self._model = session.model_of(job.record)
        self._typical = session.typical(job.record)
        self._told = told
        size = self._size = size_of(job.record, self._model)
        self._row = Row(session, job, self._view, lambda shown, told: live.row(shown, size, told))
        self._watch: Watch | None = None
        self.record = job.record
        self.widget = self._row.widget
        self.widget.add_class("runcomfy-job")

    @property
    def lacks_files(self) -> bool:
        """Whether it is paid for, and has come to its end here without its files."""
        state = self.record.state
        return state is State.UNDELIVERED or (state is State.SUCCEEDED and not is_here(self.record))

    def start(self, *, fetch: bool = False) -> None:
        """Follow the job; with `fetch` also if it is paid for and only its files are not here."""
        if not fetch and self._waits_to_be_sent():
            # Opening a panel pays for nothing.
            self._say(unsent(self.record))
            return
        try:
            self._watch = self._job.fetch() if fetch else self._job.follow()
        except RunComfyError as error:  # it belongs to another base, say: the others are shown all the same
            self._say(broken(error, self.record))
            return
        if self._watch is None or self._watch.over:
            self._end()
        else:
            # So that nothing below moves, whether a video takes the row's place or a card.
            self.widget.layout.min_height = f"{box_height(self._size, small=True) + _AROUND}px"
            self._row.begin(can_cancel=self._can_cancel())
            self._watch.observe(self._changed)

    def _waits_to_be_sent(self) -> bool:
        """Tell whether a kernel that has ended recorded it and never sent it."""
        record = self.record
        nobody = self._session.watch(record.id) is None
        return nobody and record.state is State.RECORDED and record.sent_at is None

    def _changed(self, watch: Watch) -> None:
        self.record = watch.record
        if watch.over:
            self._end()
        elif not rests(watch.record.state):
            self._row.update(can_cancel=self._can_cancel())
        self._told()

    def _can_cancel(self) -> bool:
        return self.record.state is State.IN_QUEUE

    def _view(self) -> View:
        return view(self.record, self._model, now=time.time(), typical=self._typical)

    def _end(self) -> None:
        record = self.record = self._job.record
        failure = self._watch.failure if self._watch is not None else None
        if failure is not None and not rests(record.state):
            self._say(broken(failure, record))
        elif is_here(record):
            self._show()
        else:
            self._say(_in_panel(self._view()))

    def _say(self, card: View) -> None:
        """End in a card, which has the prompt, for it stands among others."""
        self._row.end(bundle([with_prompt(card, self.record, self._model)]))

    def _show(self) -> None:
        """End in what was made."""
        outlet, plain = self._session.outlet(small=True), job_text(self.record, self._model, now=time.time())
        if (film := film_of(self.record, self._model, outlet)) is not None:
            told = caption_html(self.record, self._model, outlet)
            self._row.end({"text/html": told, "text/plain": plain}, film)
            return

        def draw() -> Parcel:
            page, files = job_page(self.record, self._model, outlet, now=time.time())
            return Parcel({"text/html": page, "text/plain": plain}, files)

        readably(lambda parcel: self._row.end(parcel.whole()), draw, f"`%sora show {self.record.id}`")


def _in_panel(card: View) -> View:
    """Name what is to be pressed here where a card speaks of a cell that is to be run."""
    lines = []
    for line in card.lines:
        told = line.text
        for cell, panel in _WAYS_ON.items():
            told = told if line.quoted else told.replace(cell, panel)
        lines.append(line._replace(text=told))
    return replace(card, lines=tuple(lines))
