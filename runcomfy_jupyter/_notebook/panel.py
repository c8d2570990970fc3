"""The panel: a form made from a model's input schema, and the jobs that it started. Widgets.

The form is `form`'s, the rows are `panel_job`'s; here they are put together.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import traceback
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.core.getipython import get_ipython

from runcomfy_jupyter._display import html
from runcomfy_jupyter._display.endings import SHOWN_AGAIN
from runcomfy_jupyter._display.running import summary
from runcomfy_jupyter._domain.cost import estimate
from runcomfy_jupyter._domain.words import dollars
from runcomfy_jupyter._notebook.cell import as_cell
from runcomfy_jupyter._notebook.form import Form, wrapping
from runcomfy_jupyter._notebook.panel_job import PanelJob
from runcomfy_jupyter._notebook.panel_style import STYLE
from runcomfy_jupyter._notebook.picker import Picker
from runcomfy_jupyter._notebook.stack import Stack
from runcomfy_jupyter._notebook.surroundings import Surroundings, surroundings
from runcomfy_jupyter._session.process import session as process_session
from runcomfy_jupyter.errors import InputError, RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session

_RECENT = 10


def _reported(handler: Callable[..., None]) -> Callable[..., None]:
    """Show what goes wrong in a handler in the panel: Jupyter itself would lose it."""

    @functools.wraps(handler)
    def guarded(self: Panel, *arguments: Any) -> None:
        self.say("")
        try:
            handler(self, *arguments)
        except RunComfyError as error:
            self.say(f'<b class="rc-wrong" role="alert">{html.escape(str(error))}</b>')
        except Exception:  # noqa: BLE001 - a bug of ours, shown whole
            self.say(f"<pre>{html.escape(traceback.format_exc())}</pre>")

    return guarded


class Panel(widgets.VBox):
    """A form for one model; clicking Generate makes a video, which appears below.

        Panel()  # as the last line of a cell

    `model`: a model's id; None: the setting `model`. Another can be picked in the panel.
    """

    def __init__(self, model: str | None = None, *, session: Session | None = None) -> None:
        self._session = session or process_session()
        card = self._session.model(model)
        self._lock = threading.Lock()
        self._offered: dict[str, Any] | None = None
        self._rows: dict[str, PanelJob] = {}
        self._picker = Picker(self._session, card, self._picked, self._filled)
        self._form = Form(card, [self._picker.widget], self._edited)
        self._generate = _button("Generate", self._on_generate, style="primary")
        self._take = _button("New take", self._on_take)
        self._take.layout.display = "none"
        self._copy = _button("Copy as cell", self._on_copy)
        self._status = widgets.HTML()
        self._status.add_class("runcomfy-says")
        self._notice = ""
        self._cell = widgets.Textarea(description="Cell", layout=widgets.Layout(width="100%", display="none"))
        self._cell.add_class("runcomfy-field")
        self._jobs = Stack()
        self._place = widgets.VBox([self._form.widget])
        buttons = widgets.Box(
            [self._generate, self._take, self._copy, self._status], layout=wrapping("center")
        )
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        super().__init__([style, self._place, buttons, self._cell, self._jobs])
        self.add_class("runcomfy-panel")
        self._show_recent()
        self._say_price()
        self._picker.fill()

    def __repr__(self) -> str:
        """Say what stands where no widgets are shown, as in a terminal, or a notebook that was reopened."""
        shell, named = get_ipython(), f"The panel of {self._form.card.display_name}"
        if shell is None or surroundings(shell) is Surroundings.TERMINAL:
            return f"{named} needs a notebook page. Here: %%sora, or rc.submit."
        return f"{named}: run this cell to use it."

    def say(self, notice: str) -> None:
        """Put a line of HTML beside the buttons, before how the jobs stand; it is also read aloud."""
        self._notice = notice
        self._tell()

    def inputs(self) -> dict[str, Any]:
        """Return what the form asks for."""
        return self._form.inputs()

    @_reported
    def _on_generate(self, _: widgets.Button) -> None:
        self._submit(self.inputs(), again=False)

    @_reported
    def _on_take(self, _: widgets.Button) -> None:
        with self._lock:  # two clicks may come before the button is gone: the second has nothing to take
            inputs, self._offered = self._offered, None
        self._take.layout.display = "none"
        if inputs is not None:
            self._submit(inputs, again=True)

    @_reported
    def _on_copy(self, _: widgets.Button) -> None:
        card = self._form.card
        named = None if card.model_id == self._session.options.model else card.model_id
        self._cell.value = as_cell(card.schema, self.inputs(), model=named)
        self._cell.layout.display = None
        self.say("<b>Copy the text below into a cell.</b>")

    @_reported
    def _picked(self, model_id: str) -> None:
        before = self._form
        if model_id != before.card.model_id:
            self.say("Asking for this model's fields …")
            self._form = Form(self._session.model(model_id), [self._picker.widget], self._edited)
            self._form.take_over(before)
            self._place.children = [self._form.widget]
        self._edited()

    def _filled(self) -> None:
        """Take over the price that the catalogue has told; a form that somebody may be filling in stays."""
        form = self._form
        known = self._session.catalogue.known(form.card.model_id)
        if known is not None and known.schema.fields == form.card.schema.fields:
            form.card = known
            self._say_price()

    def _edited(self) -> None:
        """Let go of what belongs to the form as it was before."""
        with self._lock:
            self._offered = None
        self._take.layout.display = self._cell.layout.display = "none"
        self._say_price()
        self.say("")

    def _say_price(self) -> None:
        """Have the button say what it would cost, as far as that is known."""
        schema, price = self._form.card.schema, None
        with contextlib.suppress(InputError):
            price = estimate(self._form.card, schema.resolve(self._form.inputs()))
        self._generate.description = f"Generate · about {dollars(price)}" if price else "Generate"

    def _submit(self, inputs: dict[str, Any], *, again: bool) -> None:
        session = self._session
        plan = session.plan([inputs], model=self._form.card.model_id, again=again)
        warnings = [*plan.warnings, *session.look(plan)]
        [job] = session.buy(plan)
        self._add(job, fetch=True)
        with self._lock:
            self._offered = None if job.is_new else inputs
        self._take.layout.display = "none" if job.is_new else None
        told = "".join(f'<b class="rc-care">{html.escape(warning)}</b>' for warning in warnings)
        if not job.is_new:
            told += f"<b>{SHOWN_AGAIN}. New take pays for another.</b>"
        self.say(told)

    def _show_recent(self) -> None:
        for job in reversed(self._session.recent(_RECENT)):
            self._add(job)
        self._tell()

    def _add(self, job: Job, *, fetch: bool = False) -> None:
        """Put a job on top; one that is there already moves up. `fetch`: its files, too, if they lack."""
        with self._lock:
            row = self._rows.pop(job.id, None)
            begins = row is None or (fetch and row.lacks_files)
            row = PanelJob(self._session, job, self._tell) if row is None or begins else row
            self._rows[job.id] = row
            self._jobs.put(job.id, row.widget)
        if begins:
            row.start(fetch=fetch)

    def _tell(self) -> None:
        jobs = summary([row.record for row in tuple(self._rows.values())])
        told = " · ".join(part for part in (jobs, self._session.budget_words()) if part)
        said = f"{self._notice}{html.escape(told)}"
        self._status.value = f'<div role="status" class="runcomfy-status">{said}</div>'


def _button(label: str, clicked: Callable[[widgets.Button], None], style: str = "") -> widgets.Button:
    button = widgets.Button(description=label, button_style=style)
    button.on_click(clicked)
    return button
