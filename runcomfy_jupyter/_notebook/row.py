"""The live part of a running job: how it stands, and a Cancel button. Widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from runcomfy_jupyter._display.view import UNCLEAR, cancel_words
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from runcomfy_jupyter._display.view import View
    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session


_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Row:
    """Widgets for one running job; `widget` is what to show. May be used from any thread.

    `draw` turns a view, and what came of the last click, into HTML.
    """

    def __init__(self, session: Session, job: Job, draw: Callable[[View, str], str]) -> None:
        self._session = session
        self._job = job
        self._draw = draw
        self._shown: View | None = None
        self._told = ""
        self._picture = widgets.HTML()
        self._cancel = widgets.Button(
            description="Cancel",
            tooltip=f"Cancel job {job.id}",
            layout=widgets.Layout(width="auto", display="none"),
        )
        self._cancel.add_class("runcomfy-cancel")
        self._cancel.on_click(self._clicked)
        self.widget = widgets.Box([self._picture, self._cancel])
        self.widget.add_class("runcomfy-row")

    def bundle(self) -> dict[str, Any]:
        """Return what displays the widget.

        Handing over the widget itself would do with ipywidgets 8; that of 7 displays itself
        without regard to a display id, and could not be taken away again.
        """
        reference = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        return {_WIDGET_VIEW: reference, "text/plain": f"job {self._job.id}"}

    def update(self, shown: View, *, can_cancel: bool) -> None:
        """Show how the job stands, and a Cancel button while cancelling can work."""
        self._shown = shown
        self._redraw()
        self._cancel.layout.display = None if can_cancel else "none"

    def end(self, final: str) -> None:
        """Put the end in place of it all: a page that was reloaded meanwhile shows it, too."""
        self.widget.children = [widgets.HTML(final, layout=widgets.Layout(width="100%"))]
        self._cancel.close()
        self._picture.close()

    def _redraw(self) -> None:
        if self._shown is not None:
            self._picture.value = self._draw(self._shown, self._told)

    def _clicked(self, _: widgets.Button) -> None:
        # A click may come in any thread, and a kernel's thread must not wait for the network.
        self._cancel.disabled = True
        self._told = "Asking RunComfy to cancel …"
        self._redraw()
        try:
            self._session.cancelling(self._job.record).add_done_callback(self._answered)
        except RunComfyError as error:
            self._told = str(error)
            self._redraw()

    def _answered(self, future: Future[Cancellation]) -> None:
        try:
            self._told = cancel_words(future.result().outcome)
        except RunComfyError as error:
            self._told = f"{UNCLEAR}: {error.message} It is still followed."
            self._cancel.disabled = False
        self._redraw()
