"""The panel: a form made from a model's input schema, and the jobs that it started. Widgets.

What it shows follows from `controls`, which is pure; here it is only drawn.
"""

from __future__ import annotations

import functools
import threading
import traceback
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from runcomfy_jupyter._display import html
from runcomfy_jupyter._display.view import summary
from runcomfy_jupyter._notebook.controls import Control, Shape, as_cell, controls, to_inputs
from runcomfy_jupyter._notebook.panel_job import PanelJob
from runcomfy_jupyter._notebook.stack import Stack
from runcomfy_jupyter._session.process import session as process_session
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session

_RECENT = 10

_STYLE = """<style>
.runcomfy-panel{max-width:720px;padding:4px 2px;gap:8px;overflow:visible}
.runcomfy-panel .runcomfy-field{flex-direction:column;align-items:stretch;height:auto;margin:0}
.runcomfy-panel .runcomfy-field>label{width:auto!important;text-align:left;height:auto;font-size:12px;
color:var(--jp-ui-font-color2,inherit);line-height:1.6}
.runcomfy-panel .runcomfy-field select,.runcomfy-panel .runcomfy-field input{flex:0 0 28px}
.runcomfy-panel .runcomfy-field select{appearance:auto;background-image:none}
.runcomfy-panel .runcomfy-field textarea{min-height:84px;box-sizing:border-box;resize:vertical}
.runcomfy-panel .runcomfy-beside{flex:1 1 200px;width:auto;max-width:100%}
.runcomfy-panel .jupyter-button{width:auto;padding:0 16px;margin-left:0}
.runcomfy-panel .jupyter-button:focus-visible,.runcomfy-panel select:focus-visible,
.runcomfy-panel textarea:focus-visible,.runcomfy-panel input:focus-visible,
.runcomfy-row .jupyter-button:focus-visible{
outline:2px solid var(--jp-brand-color1,#1976d2);outline-offset:1px}
.runcomfy-panel .runcomfy-says{flex:1 1 240px;margin:0}
.runcomfy-panel .runcomfy-says .widget-html-content{white-space:normal}
.runcomfy-panel .runcomfy-status{font-size:12px;color:var(--jp-ui-font-color2,inherit);line-height:1.5}
.runcomfy-panel .runcomfy-status b{font-weight:400;color:var(--jp-ui-font-color1,inherit);margin-right:10px}
.runcomfy-panel .rc-wrong{display:inline-block;border-left:3px solid #d1383d;padding-left:8px}
.runcomfy-panel .runcomfy-status pre{white-space:pre-wrap}
.runcomfy-panel .runcomfy-row{width:auto;align-items:center;gap:12px}
.runcomfy-panel .runcomfy-row>.widget-html{flex:1 1 auto;min-width:0}
.runcomfy-panel .runcomfy-row .runcomfy-cancel{position:static;padding:0 10px}
.runcomfy-panel .runcomfy-job{border-top:1px solid var(--jp-border-color2,rgba(128,128,128,.35));
padding:10px 0;margin:0;overflow:hidden}
.runcomfy-panel .runcomfy-job .jp-RenderedHTMLCommon>div{border-width:0 0 0 3px!important;
border-radius:0!important;padding-block:0!important}
.runcomfy-place{overflow:visible}
.runcomfy-place:empty{display:none}
</style>"""


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

    `model`: a model's id; None: Sora 2.
    """

    def __init__(self, model: str | None = None, *, session: Session | None = None) -> None:
        self._session = session or process_session()
        self._model = self._session.model(model)
        self._controls = controls(self._model.schema)
        self._fields = {control.name: _field(control) for control in self._controls}
        self._lock = threading.Lock()
        self._offered: dict[str, Any] | None = None
        self._rows: dict[str, PanelJob] = {}
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
        prompts = [self._fields[one.name] for one in self._controls if one.shape is Shape.LONG_TEXT]
        others = [self._fields[one.name] for one in self._controls if one.shape is not Shape.LONG_TEXT]
        buttons = widgets.Box([self._generate, self._take, self._copy, self._status], layout=_wrap())
        fields = [*prompts, widgets.Box(others, layout=_wrap())]
        style = widgets.HTML(_STYLE, layout=widgets.Layout(display="none"))
        super().__init__([style, *fields, buttons, self._cell, self._jobs])
        for field in others:
            field.add_class("runcomfy-beside")
        for field in self._fields.values():
            field.observe(self._edited, "value")
        self.add_class("runcomfy-panel")
        self._show_recent()

    def __repr__(self) -> str:
        """Say what stands where no widgets are shown, as in a notebook that was reopened."""
        return f"The panel of {self._model.display_name}: run this cell to use it."

    def say(self, notice: str) -> None:
        """Put a line of HTML beside the buttons, before how the jobs stand; it is also read aloud."""
        self._notice = notice
        self._tell()

    def inputs(self) -> dict[str, Any]:
        """Return what the form asks for."""
        return to_inputs(self._model.schema, {name: field.value for name, field in self._fields.items()})

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
        self._cell.value = as_cell(self._model.schema, self.inputs())
        self._cell.layout.display = None
        self.say("<b>Copy the text below into a cell.</b>")

    def _edited(self, _: object) -> None:
        """Let go of what belongs to the form as it was before."""
        with self._lock:
            self._offered = None
        self._take.layout.display = self._cell.layout.display = "none"
        self.say("")

    def _submit(self, inputs: dict[str, Any], *, again: bool) -> None:
        fields = dict(inputs)
        prompt = fields.pop("prompt", "")
        job = self._session.submit(prompt, model=self._model.model_id, again=again, **fields)
        self._add(job, fetch=True)
        with self._lock:
            self._offered = None if job.is_new else inputs
        self._take.layout.display = "none" if job.is_new else None
        if not job.is_new:
            self.say("<b>Shown from your ledger, nothing was sent. New take pays for another.</b>")

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
        jobs = html.escape(summary([row.record for row in tuple(self._rows.values())]))
        self._status.value = f'<div role="status" class="runcomfy-status">{self._notice}{jobs}</div>'


def _wrap() -> widgets.Layout:
    return widgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="8px 12px")


def _button(label: str, clicked: Callable[[widgets.Button], None], style: str = "") -> widgets.Button:
    button = widgets.Button(description=label, button_style=style)
    button.on_click(clicked)
    return button


def _field(control: Control) -> widgets.DOMWidget:
    """Draw a control. Its label is the widget's own, so that it belongs to it for a screen reader, too."""
    common: dict[str, Any] = {"description": control.label}
    if control.shape is Shape.CHOICE:
        field = widgets.Dropdown(options=control.choices, value=control.initial, **common)
    elif control.shape is Shape.CHECK:
        return widgets.Checkbox(value=bool(control.initial), indent=False, **common)
    elif control.shape is Shape.WHOLE_NUMBER:
        field = widgets.IntText(value=control.initial or 0, **common)
    elif control.shape is Shape.NUMBER:
        field = widgets.FloatText(value=control.initial or 0.0, **common)
    elif control.shape is Shape.LONG_TEXT:
        field = widgets.Textarea(value=control.initial or "", layout=widgets.Layout(width="100%"), **common)
    else:
        field = widgets.Text(value=control.initial or "", **common)
    field.add_class("runcomfy-field")
    return field
