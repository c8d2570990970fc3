"""A form for the inputs of one model. Widgets: what it shows follows from `controls` and `shares`: pure."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from traitlets import TraitError

from runcomfy_jupyter._domain.legal import tidy
from runcomfy_jupyter._notebook.controls import Control, Shape, controls, to_inputs
from runcomfy_jupyter._notebook.fields import WIDE, FormField
from runcomfy_jupyter._notebook.shares import FURTHER, further, shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_jupyter._domain.models import ModelCard


_NAME_LENGTH = 40
_VARIABLE = re.compile(r"\{[^\W\d]\w*\}")
_LITERAL = "Sent as it stands: the panel fills in no {variables}; a %%sora cell does."


class Form:
    """The controls of a model's inputs; `widget` is what to show.

    `beside`: what stands before the small controls. `changed` is called after every change.
    """

    def __init__(
        self, card: ModelCard, beside: Sequence[widgets.Widget], changed: Callable[[], None]
    ) -> None:
        self.card = card
        # The prompt of the form before, where this model takes none.
        self._prompt: Any = None
        shared = shares(card.schema)
        every = controls(card.schema)
        own = [control for control in every if control.name not in shared.rest]
        hidden = [control for control in own if control.name in shared.more]
        self._fields = {control.name: FormField(control) for control in own}
        self._further = _further(shared.rest) if shared.rest else None
        self._hint = widgets.HTML(_LITERAL, layout=widgets.Layout(display="none"))
        for field in [*self._fields.values(), *([self._further] if self._further else [])]:
            field.observe(changed)
        if (body := self._body) is not None:
            body.observe(self._literal)
        shown = self._drawn([control for control in own if control.name not in shared.more], beside)
        if hidden or self._further:
            shown += self._hideable(hidden)
        self._literal()
        self.widget = widgets.VBox(shown)
        self.widget.add_class("runcomfy-form")

    def inputs(self) -> dict[str, Any]:
        """Return what the form asks for, typed by the schema; raise `InputError`."""
        inputs = to_inputs(self.card.schema, self._values())
        if self._further is not None:
            inputs |= further(self._further.value, frozenset(self._fields))
        return inputs

    def take_over(self, other: Form) -> None:
        """Fill in what stands in another model's form, as far as it fits; a prompt is kept for the next."""
        body, told = self.card.schema.body, other.card.schema.body
        values = other._values()
        self._prompt = values.get(told.name) if told is not None else other._prompt
        if body is not None:
            values[body.name] = self._prompt
        for name, value in values.items():
            if name in self._fields and value:
                with contextlib.suppress(TraitError):
                    self._fields[name].value = value

    def _values(self) -> dict[str, Any]:
        return {name: field.value for name, field in self._fields.items()}

    @property
    def _body(self) -> FormField | None:
        body = self.card.schema.body
        return self._fields.get(body.name) if body is not None else None

    def _literal(self) -> None:
        """Say under the prompt that what looks like a variable in it is sent as it stands."""
        told = self._body is not None and bool(_VARIABLE.search(str(self._body.value)))
        self._hint.layout.display = None if told else "none"

    def _drawn(self, shown: Sequence[Control], beside: Sequence[widgets.Widget] = ()) -> list[widgets.Widget]:
        """Return the wide controls one below the other, then the small ones side by side."""
        wide = []
        for one in (one for one in shown if one.shape in WIDE):
            field = self._fields[one.name]
            wide += [field.widget, self._hint] if field is self._body else [field.widget]
        small = [*beside, *(self._fields[one.name].widget for one in shown if one.shape not in WIDE)]
        for widget in small:
            widget.add_class("runcomfy-beside")
        return [*wide, widgets.Box(small, layout=wrapping())] if small else wide

    def _hideable(self, hidden: Sequence[Control]) -> list[widgets.Widget]:
        """Return a button, and what it shows and hides. A real button: the keyboard reaches it."""
        rest = [self._further.widget] if self._further is not None else []
        below = widgets.VBox([*self._drawn(hidden), *rest], layout=widgets.Layout(display="none"))
        below.add_class("runcomfy-form")
        more = "More inputs"
        button = widgets.Button(description=more)

        def pressed(_: widgets.Button) -> None:
            opens = below.layout.display == "none"
            below.layout.display = None if opens else "none"
            button.description = "Fewer inputs" if opens else more

        button.on_click(pressed)
        return [widgets.Box([button]), below]


def _further(names: Sequence[str]) -> FormField:
    """Return the box for the inputs that have no control of their own."""
    hint = f'as JSON, any of the other {len(names):,}: {{"{tidy(names[0], _NAME_LENGTH)}": …}}'
    return FormField(Control(FURTHER, FURTHER.capitalize(), Shape.JSON, hint=hint))


def wrapping(align: str = "flex-end") -> widgets.Layout:
    """Return the layout of a row that goes on below where it does not fit."""
    return widgets.Layout(flex_flow="row wrap", align_items=align, grid_gap="8px 12px")
