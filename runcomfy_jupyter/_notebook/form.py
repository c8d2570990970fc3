"""A form for the inputs of one model. Widgets: what it shows follows from `controls`, which is pure."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from traitlets import TraitError

from runcomfy_jupyter._notebook.controls import Control, Shape, controls, to_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_jupyter._domain.models import ModelCard

# Whoever needs so many words to say what goes in, as with an address, needs room for that, too.
_LONG_HINT = 24
_WIDE = {Shape.LONG_TEXT, Shape.LINES, Shape.JSON}


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
        shown = controls(card.schema)
        self._fields = {control.name: _field(control) for control in shown}
        wide = [self._fields[one.name] for one in shown if one.shape in _WIDE]
        small = [*beside, *(self._fields[one.name] for one in shown if one.shape not in _WIDE)]
        for field in small:
            field.add_class("runcomfy-beside")
        for field in self._fields.values():
            field.observe(lambda _: changed(), "value")
        self.widget = widgets.VBox([*wide, widgets.Box(small, layout=wrapping())])
        self.widget.add_class("runcomfy-form")

    def inputs(self) -> dict[str, Any]:
        """Return what the form asks for, typed by the schema; raise `InputError`."""
        return to_inputs(self.card.schema, self._values())

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


def wrapping(align: str = "flex-end") -> widgets.Layout:
    """Return the layout of a row that goes on below where it does not fit."""
    return widgets.Layout(flex_flow="row wrap", align_items=align, grid_gap="8px 12px")


def _place(control: Control) -> int | None:
    """Return which of its choices a control shows at first; None where the user has to choose."""
    values = [(type(value), value) for _, value in control.choices]
    initial = (type(control.initial), control.initial)
    return values.index(initial) if initial in values else None


def _places(step: float | None) -> int:
    """Return how many decimal places a slider's numbers have."""
    exponent = Decimal(str(step or 1)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _field(control: Control) -> widgets.DOMWidget:
    """Draw a control. Its label is the widget's own, so that it belongs to it for a screen reader, too."""
    common: dict[str, Any] = {"description": control.label}
    text: dict[str, Any] = {**common, "value": control.initial or "", "placeholder": control.hint}
    ends = {"min": control.minimum, "max": control.maximum, "step": control.step, "value": control.initial}
    if control.shape is Shape.CHOICE:
        # By its place: a value of None would leave the list empty even where None is one of the choices.
        field = widgets.Dropdown(options=control.choices, index=_place(control), **common)
    elif control.shape is Shape.CHECK:
        field = widgets.Checkbox(value=bool(control.initial), indent=False, **common)
    elif control.shape is Shape.WHOLE_SLIDER:
        field = widgets.IntSlider(**common, **ends)
    elif control.shape is Shape.SLIDER:
        field = widgets.FloatSlider(**common, **ends, readout_format=f".{_places(control.step)}f")
    elif control.shape is Shape.SUGGEST:
        field = widgets.Combobox(options=control.suggestions, **text)
    elif control.shape in _WIDE:
        field = widgets.Textarea(**text, layout=widgets.Layout(width="100%"))
    else:
        field = widgets.Text(**text)
    _dress(field, control)
    return field


def _dress(field: widgets.DOMWidget, control: Control) -> None:
    """Say what kind of control it is to the style sheet, and what it is about to the user."""
    if control.shape is not Shape.CHECK:
        field.add_class("runcomfy-field")
    if control.shape in {Shape.LINES, Shape.JSON}:
        field.add_class("runcomfy-lines")
    if control.shape in {Shape.SLIDER, Shape.WHOLE_SLIDER}:
        field.add_class("runcomfy-slider")
    if control.shape is Shape.TEXT and len(control.hint) > _LONG_HINT:
        field.add_class("runcomfy-wider")
    if control.about:
        # Its name in ipywidgets 7 is another one.
        name = "tooltip" if field.has_trait("tooltip") else "description_tooltip"
        setattr(field, name, control.about)
