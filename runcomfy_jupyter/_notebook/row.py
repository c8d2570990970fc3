"""The live part of a running job: how it stands, and a Cancel button. Widgets."""

from __future__ import annotations

import contextvars
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from runcomfy_jupyter._display.endings import UNCLEAR, cancel_words
from runcomfy_jupyter._display.live import STYLE
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from runcomfy_jupyter._display.shapes import View
    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session


WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Picture(widgets.HTML):
    """HTML that a page which asks for all its widgets, because it was reloaded, gets freshly drawn."""

    def __init__(self, draw: Callable[[], str]) -> None:
        self.draw = draw
        super().__init__()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - ipywidgets' signature
        """Return what the page is told; all of it where no key is given."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return state | {"value": self.draw()} if key is None and self.value else state


class Row:
    """Widgets for one running job; `widget` is what to show. May be used from any thread.

    `look` says how the job stands now; `draw` turns that, and what came of the last click, into HTML.
    """

    def __init__(
        self, session: Session, job: Job, look: Callable[[], View], draw: Callable[[View, str], str]
    ) -> None:
        self._session = session
        self._job = job
        self._look = look
        self._draw = draw
        self._told = ""
        self._can_cancel = False
        self._settled = False
        self._drawn: object = None
        self._over = False
        # Whatever thread it is drawn in: ipykernel 7 keeps the cell's message in a context variable.
        self._context = contextvars.copy_context()
        self._lock = threading.RLock()
        self._picture = Picture(lambda: self._draw(self._look(), self._told))
        self._cancel = widgets.Button(
            description="Cancel",
            tooltip=f"Cancel job {job.id}",
            layout=widgets.Layout(width="auto", display="none"),
        )
        self._cancel.add_class("runcomfy-cancel")
        self._cancel.on_click(self._clicked)
        answer_clicks_at_once(self._cancel)
        self._style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        self.widget = widgets.Box([self._style, self._picture, self._cancel])
        self.widget.add_class("runcomfy-row")

    def bundle(self) -> dict[str, Any]:
        """Return what displays the widget.

        Handing over the widget itself would do with ipywidgets 8; that of 7 displays itself
        without regard to a display id, and could not be taken away again.
        """
        reference = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        return {WIDGET_VIEW: reference, "text/plain": f"job {self._job.id}"}

    def begin(self, *, can_cancel: bool) -> None:
        """Draw the row, and keep it true from now on."""
        self._can_cancel = can_cancel
        self._drawn = self._key()
        self._redraw()
        self._session.redraws.begin(self)

    def update(self, *, can_cancel: bool) -> None:
        """Show how the job stands, and a Cancel button while cancelling can work."""
        with self._lock:
            self._can_cancel = can_cancel
            key = self._key()
            if key != self._drawn:
                self._drawn = key
                self._session.redraws.change(self)

    def redraw(self) -> None:
        """Draw it as it stands now."""
        self._context.copy().run(self._redraw)

    def end(self, final: dict[str, str] | None, film: widgets.Video | None = None) -> None:
        """Put the end in place of it all: a page that was reloaded meanwhile shows it, too.

        `film` stands before what is drawn as `final`.
        """
        self._session.redraws.end(self)
        with self._lock:
            if self._over:
                return
            self._over = True
            shown = [film] if film is not None else []
            if final is not None:
                shown.append(_output(final, beside=film is not None))
            self.widget.layout.flex_flow = "row wrap"
            self.widget.children = [self._style, *shown]
            self._cancel.close()
            self._picture.close()

    def _key(self) -> object:
        """Return all that can be seen and does not change by itself as time goes by."""
        shown = self._look()
        if shown.clock is not None:
            shown = replace(shown, figure="", progress=None, clock=shown.clock._replace(elapsed=0.0))
        return shown, self._told, self._can_cancel, self._cancel.disabled

    def _redraw(self) -> None:
        with self._lock:
            if self._over:
                return
            self._picture.value = self._picture.draw()
            self._cancel.layout.display = None if self._can_cancel and not self._settled else "none"

    def _say(self, words: str, *, ask_again: bool = False) -> None:
        with self._lock:
            self._told = words
            if not self._over:
                self._cancel.disabled = not ask_again
        self._session.redraws.change(self)

    def _clicked(self, _: widgets.Button) -> None:
        # A click may come in any thread, and a kernel's thread must not wait for the network.
        self._say("Asking RunComfy to cancel …")
        try:
            self._session.cancelling(self._job.record).add_done_callback(self._answered)
        except RunComfyError as error:
            self._say(str(error))

    def _answered(self, future: Future[Cancellation]) -> None:
        try:
            outcome = future.result().outcome
            self._settled = outcome is not Outcome.UNKNOWN
            self._say(cancel_words(outcome), ask_again=not self._settled)
        except RunComfyError as error:
            self._say(f"{UNCLEAR}: {error.message} It is still followed.", ask_again=True)


def _output(final: dict[str, str], *, beside: bool) -> widgets.Output:
    """Return a bundle as an output: the front end then finds files by their relative paths."""
    layout = {"flex": "1 1 200px", "width": "auto", "min_width": "0"} if beside else {"width": "100%"}
    shown = {"output_type": "display_data", "data": final, "metadata": {}}
    return widgets.Output(outputs=(shown,), layout=widgets.Layout(margin="0", **layout))


def answer_clicks_at_once(button: widgets.Button) -> None:
    """Have clicks handled while a cell blocks the kernel's main thread.

    ipykernel 7.4 sends them to the main thread, even from front ends that ask for another. Its
    only switch has no public name.
    """
    comm: Any = button.comm
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default  # noqa: ARG005, SLF001 - see above
