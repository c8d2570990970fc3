"""A batch under its cell: one table while it runs, one grid at the end.

As with a job's card there are two outputs: the *card*, plain HTML that the saved notebook keeps, and
above it, only while it runs, the live table with its button, made of widgets.
"""

from __future__ import annotations

import contextvars
import threading
from collections import Counter
from typing import TYPE_CHECKING

import ipywidgets as widgets
from IPython.display import display

from runcomfy_jupyter._display.live import STYLE
from runcomfy_jupyter._display.parcel import Parcel
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._notebook.row import WIDGET_VIEW, Picture, answer_clicks_at_once
from runcomfy_jupyter._notebook.sending import place, publisher, update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.session import Session

# A table of many rows is drawn once a second at most, however many of its jobs change.
_REST = 1.0
_CANCELLABLE = {State.RECORDED, State.IN_QUEUE}


class BatchCard:
    """One batch under one cell. Made in the cell's own thread, updated from any."""

    def __init__(self, session: Session, batch: Batch, watches: list[Watch | None]) -> None:
        self._session = session
        self._batch = batch
        self._watches = [watch for watch in watches if watch is not None]
        # Display calls need the context of the cell that they belong to, whatever thread they come from.
        self._context = contextvars.copy_context()
        self._publisher = publisher()
        self._lock = threading.RLock()
        self._left = {id(watch) for watch in self._watches if not watch.over}
        self._table: _Table | None = None
        self._id = ""

    def show(self, *, live: bool) -> None:
        """Put the card under the cell that runs now; with `live`, a table above it while it runs."""
        if live and self._left:
            self._table = _Table(self._session, self._batch)
            self._table.begin()
        if self._table is not None or not self._left:
            self._id = display(self._parcel().whole(), raw=True, display_id=True).display_id
        for watch in self._watches:
            watch.observe(self._changed)

    def _parcel(self) -> Parcel:
        return Parcel(self._batch.keepsake()) if self._left else self._batch.parcel()

    def _changed(self, watch: Watch) -> None:
        with self._lock:
            if watch.over:
                self._left.discard(id(watch))
            ended = watch.over and not self._left
            if not ended and self._table is not None:
                self._table.change()
        if ended:
            self._context.copy().run(self._end)

    def _end(self) -> None:
        if not self._id:
            place(self._parcel(), self._publisher)
            return
        update(self._parcel(), self._id, self._publisher)
        if self._table is not None:
            self._table.end(self._batch.parcel(bare=True).whole())


class _Table:
    """The live table of a batch, and its button."""

    def __init__(self, session: Session, batch: Batch) -> None:
        self._session = session
        self._batch = batch
        self._told = ""
        self._over = False
        self._context = contextvars.copy_context()
        self._publisher = publisher()
        self._lock = threading.RLock()
        self._picture = Picture(lambda: batch.live(self._told))
        self._cancel = widgets.Button(
            description="Cancel all",
            tooltip="Cancel what is not being generated yet",
            layout=widgets.Layout(width="auto"),
        )
        self._cancel.add_class("runcomfy-cancel")
        self._cancel.on_click(self._clicked)
        answer_clicks_at_once(self._cancel)
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        # As wide as the table, or the button would stand far from it on a wide page.
        narrow = widgets.Layout(max_width="720px")
        self._widget = widgets.Box([style, self._picture, self._cancel], layout=narrow)
        self._widget.add_class("runcomfy-row")
        self._row_id = ""

    def begin(self) -> None:
        """Show it, and keep it true from now on."""
        self._redraw()
        reference = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        shown = {WIDGET_VIEW: reference, "text/plain": repr(self._batch)}
        self._row_id = display(shown, raw=True, display_id=True).display_id
        self._session.redraws.begin(self)

    def change(self) -> None:
        """Have it drawn anew before long."""
        self._session.redraws.change(self, _REST)

    def redraw(self) -> None:
        """Draw it as it stands now."""
        self._context.copy().run(self._redraw)

    def end(self, final: dict[str, str]) -> None:
        """Take it away, since the card has taken its place; a page that was reloaded shows the end here."""
        self._session.redraws.end(self)
        with self._lock:
            self._over = True
            update(Parcel({"text/html": "", "text/plain": ""}), self._row_id, self._publisher)
            shown = {"output_type": "display_data", "data": final, "metadata": {}}
            output = widgets.Output(outputs=(shown,), layout=widgets.Layout(width="100%", margin="0"))
            self._widget.layout.max_width = None
            self._widget.children = [self._widget.children[0], output]
            self._cancel.close()
            self._picture.close()

    def _redraw(self) -> None:
        with self._lock:
            if not self._over:
                self._picture.value = self._picture.draw()
                can_cancel = any(record.state in _CANCELLABLE for record in self._batch.records)
                self._cancel.layout.display = None if can_cancel else "none"

    def _clicked(self, _: widgets.Button) -> None:
        # A click may come in any thread, and a kernel's thread must not wait for the network.
        self._cancel.disabled = True
        self._told = "Asking RunComfy to cancel what is not being generated yet …"
        self.change()
        answers = [self._session.stop(record) for record in self._batch.records]
        _Count([answer for answer in answers if answer is not None], self._tell).begin()

    def _tell(self, words: str) -> None:
        self._told = words
        self._cancel.disabled = False
        self.change()


class _Count:
    """Counts the answers to many calls as they come, and tells what they come to."""

    def __init__(self, answers: Sequence[Future[Cancellation]], tell: Callable[[str], None]) -> None:
        self._answers = answers
        self._tell = tell
        self._lock = threading.Lock()
        self._found: Counter[str] = Counter()

    def begin(self) -> None:
        """Wait for nothing: the last answer tells."""
        if not self._answers:
            self._tell(stopped_words(self._found))
        for answer in self._answers:
            answer.add_done_callback(self._answered)

    def _answered(self, answer: Future[Cancellation]) -> None:
        failed = answer.cancelled() or answer.exception() is not None
        with self._lock:
            self._found["unknown" if failed else answer.result().outcome.value] += 1
            last = self._found.total() == len(self._answers)
        if last:
            self._tell(stopped_words(self._found))


def stopped_words(found: Mapping[str, int]) -> str:
    """Say what came of cancelling several: how many are cancelled, and what could not be stopped."""
    parts = []
    if number := found.get("cancelled"):
        parts.append(f"{number} cancelled")
    if number := found.get("not_cancellable"):
        parts.append(f"{number} cannot be cancelled any more: they will finish, and be billed")
    if number := found.get("unknown"):
        parts.append(f"of {number} it could not be confirmed; they are still followed")
    return f"{'; '.join(parts) or 'Nothing was left to cancel'}."
