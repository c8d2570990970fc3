"""A batch under its cell: one table while it runs, one grid at the end.

As with a job's card there are two outputs: the *card*, plain HTML that the saved notebook keeps, and
above it, only while it runs, the live table with its button, made of widgets.
"""

from __future__ import annotations

import contextvars
import functools
import threading
from collections import Counter
from typing import TYPE_CHECKING

import ipywidgets as widgets
from IPython.display import display

from runcomfy_jupyter._display.batch import ROW, chosen
from runcomfy_jupyter._display.batch_words import numbered
from runcomfy_jupyter._display.live import STYLE
from runcomfy_jupyter._display.parcel import Parcel
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._notebook.row import WIDGET_VIEW, Picture, answer_clicks_at_once
from runcomfy_jupyter._notebook.sending import NOTHING, place, publisher, readably, update
from runcomfy_jupyter._session.waiting import came_of
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future

    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.session import Session

# A table of many rows is drawn once a second at most, however many of its jobs change.
_REST = 1.0
_CANCELLABLE = {State.RECORDED, State.IN_QUEUE}
_AGAIN = "Running the cell again"


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
            readably(self._place, self._parcel, _AGAIN)
        for watch in self._watches:
            watch.observe(self._changed)

    def _place(self, parcel: Parcel) -> None:
        self._id = display(parcel.whole(), raw=True, display_id=True).display_id

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
        readably(self._put, self._batch.parcel, _AGAIN)
        if (table := self._table) is not None:
            bare = functools.partial(self._batch.parcel, bare=True)
            readably(lambda parcel: table.end(parcel.whole()), bare, _AGAIN)

    def _put(self, parcel: Parcel) -> None:
        if self._id:
            update(parcel, self._id, self._publisher)
        else:
            place(parcel, self._publisher)


class _Table:
    """The live table of a batch, with a button for all of it, and one for each row that can be cancelled."""

    def __init__(self, session: Session, batch: Batch) -> None:
        self._session = session
        self._batch = batch
        self._told = ""
        self._over = False
        self._context = contextvars.copy_context()
        self._publisher = publisher()
        self._lock = threading.RLock()
        self._picture = Picture(lambda: batch.live(self._told))
        self._cancel = self._button("Cancel all", range(len(batch)), "what is not being generated yet")
        self._cancel.layout.width = "auto"
        self._cancel.add_class("runcomfy-cancel")
        self._rows: dict[int, widgets.Button] = {}
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
            update(NOTHING, self._row_id, self._publisher)
            shown = {"output_type": "display_data", "data": final, "metadata": {}}
            output = widgets.Output(outputs=(shown,), layout=widgets.Layout(width="100%", margin="0"))
            self._widget.layout.max_width = None
            self._widget.children = [self._widget.children[0], output]
            for widget in (self._picture, self._cancel, *self._rows.values()):
                widget.close()

    def _redraw(self) -> None:
        with self._lock:
            if self._over:
                return
            records = self._batch.records
            self._picture.value = self._picture.draw()
            can_cancel = {at for at, record in enumerate(records) if record.state in _CANCELLABLE}
            self._cancel.layout.display = None if can_cancel else "none"
            # Counted from the last row: what stands above the first may take one line or two.
            places = {at: up for up, at in enumerate(reversed(chosen(records)), 1) if at in can_cancel}
            if new := {at: self._row_button(at) for at in sorted(places.keys() - self._rows.keys())}:
                self._rows |= new
                self._widget.children = (*self._widget.children, *new.values())
            for at, button in self._rows.items():
                button.layout.display = None if at in places else "none"
                button.layout.bottom = f"{ROW * places.get(at, 0)}px"

    def _row_button(self, at: int) -> widgets.Button:
        button = self._button(f"Cancel {at + 1}", [at], numbered(at + 1, self._batch.told[at]))
        button.add_class("runcomfy-cancel-one")
        return button

    def _button(self, label: str, which: Iterable[int], what: str) -> widgets.Button:
        button = widgets.Button(description=label, tooltip=f"Cancel {what}")
        button.on_click(lambda _: self._clicked(button, which, what))
        answer_clicks_at_once(button)
        return button

    def _clicked(self, button: widgets.Button, which: Iterable[int], what: str) -> None:
        def tell(words: str, *, asking: bool = False) -> None:
            self._told, button.disabled = words, asking
            self.change()

        # A click may come in any thread, and a kernel's thread must not wait for the network.
        tell(f"Asking RunComfy to cancel {what} …", asking=True)
        records = self._batch.records
        try:
            answers = self._session.stop([records[at] for at in which])
        except RunComfyError as error:
            tell(str(error))
        else:
            _Count(answers, tell).begin()


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
        with self._lock:
            self._found[came_of(answer)] += 1
            last = self._found.total() == len(self._answers)
        if last:
            self._tell(stopped_words(self._found))


def stopped_words(found: Mapping[str, int]) -> str:
    """Say what came of cancelling several: how many are cancelled, and what could not be stopped."""
    parts = []
    if number := found.get("cancelled"):
        parts.append(f"{number} cancelled")
    if number := found.get("not_cancellable"):
        they = "it" if number == 1 else "they"
        parts.append(f"{number} cannot be cancelled any more: {they} will finish, and be billed")
    if number := found.get("unknown"):
        they = "it is" if number == 1 else "they are"
        parts.append(f"of {number} it could not be confirmed; {they} still followed")
    return f"{'; '.join(parts) or 'Nothing was left to cancel'}."
