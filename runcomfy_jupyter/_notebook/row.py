"""The live row of a running job: how it stands, a progress bar, a Cancel button. Widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets
from IPython.display import display, update_display

from runcomfy_jupyter._display import html
from runcomfy_jupyter._display.view import UNCLEAR, cancel_words
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from runcomfy_jupyter._display.view import View
    from runcomfy_jupyter._domain.replies import Cancellation
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session


class Row:
    """Widgets for one running job. `update` and `end` may be called from any thread."""

    def __init__(self, session: Session, job: Job, shown: View) -> None:
        self._session = session
        self._job = job
        self._shown = shown
        self._told = ""
        self._card = widgets.HTML(layout=widgets.Layout(flex="0 1 720px", min_width="min(300px, 100%)"))
        self._cancel = widgets.Button(
            description="Cancel", tooltip=f"Cancel job {job.id}", layout=widgets.Layout(width="auto")
        )
        self._cancel.on_click(self._clicked)
        # A row that wraps: the button stands beside the card, and below it on a narrow page.
        self._box = widgets.Box(
            [self._card, self._cancel], layout=widgets.Layout(flex_flow="row wrap", align_items="center")
        )
        self._id = ""

    def show(self) -> None:
        """Put the row under the cell that runs now."""
        self.update(self._shown, can_cancel=False)
        self._id = display(self._box, display_id=True).display_id

    def update(self, shown: View, *, can_cancel: bool) -> None:
        """Show how the job stands, and a Cancel button while cancelling can work."""
        self._shown = shown
        self._draw()
        self._cancel.layout.display = None if can_cancel else "none"

    def end(self, final: str) -> None:
        """Leave the page, and the notebook; a page that was reloaded meanwhile gets the end."""
        self._box.children = [widgets.HTML(final)]
        update_display({"text/html": "", "text/plain": ""}, raw=True, display_id=self._id)
        self._cancel.close()
        self._card.close()

    def _draw(self) -> None:
        self._card.value = html.running_card(self._shown, self._told)

    def _clicked(self, _: widgets.Button) -> None:
        # A click may come in any thread, and a kernel's thread must not wait for the network.
        self._cancel.disabled = True
        self._told = "Asking RunComfy to cancel …"
        self._draw()
        try:
            self._session.cancelling(self._job.record).add_done_callback(self._answered)
        except RunComfyError as error:
            self._told = str(error)
            self._draw()

    def _answered(self, future: Future[Cancellation]) -> None:
        try:
            self._told = cancel_words(future.result().outcome)
        except RunComfyError as error:
            self._told = f"{UNCLEAR}: {error.message} It is still followed."
            self._cancel.disabled = False
        self._draw()
