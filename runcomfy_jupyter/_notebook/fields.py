"""From a control to a widget: a list, a box to type in, a check box, a slider with a number. Widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from runcomfy_jupyter._notebook.controls import Control, Shape, on_step

if TYPE_CHECKING:
    from collections.abc import Callable

# Whoever needs so many words to say what goes in, as with an address, needs room for that, too.
_LONG_HINT = 24
WIDE = {Shape.LONG_TEXT, Shape.LINES, Shape.JSON}
_SLIDERS = {Shape.SLIDER, Shape.WHOLE_SLIDER}


class FormField:
    """One control on the page: `widget` is what to show, `value` what it holds."""

    def __init__(self, control: Control) -> None:
        # The one that has the label, which thereby belongs to it for a screen reader, too.
        self._labelled = _labelled(control)
        self.widget = _with_slider(self._labelled, control) if control.shape in _SLIDERS else self._labelled
        _dress(self.widget, self._labelled, control)

    @property
    def value(self) -> Any:
        """What it holds, of the kind that its control's shape tells."""
        return self._labelled.value

    @value.setter
    def value(self, value: Any) -> None:
        self._labelled.value = value

    def observe(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever it holds something else."""
        self._labelled.observe(lambda _: changed(), "value")


def _labelled(control: Control) -> widgets.DOMWidget:
    common: dict[str, Any] = {"description": control.label}
    text: dict[str, Any] = {**common, "value": control.initial or "", "placeholder": control.hint}
    ends = {"min": control.minimum, "max": control.maximum, "step": control.step, "value": control.initial}
    if control.shape is Shape.CHOICE:
        # By its place: a value of None would leave the list empty even where None is one of the choices.
        return widgets.Dropdown(options=control.choices, index=_place(control), **common)
    if control.shape is Shape.CHECK:
        return widgets.Checkbox(value=bool(control.initial), indent=False, **common)
    if control.shape in _SLIDERS:
        whole = control.shape is Shape.WHOLE_SLIDER
        return (widgets.BoundedIntText if whole else widgets.BoundedFloatText)(**common, **ends)
    if control.shape is Shape.SUGGEST:
        return widgets.Combobox(options=control.suggestions, **text)
    if control.shape in WIDE:
        return widgets.Textarea(**text, layout=widgets.Layout(width="100%"))
    return widgets.Text(**text)


def _with_slider(number: widgets.DOMWidget, control: Control) -> widgets.Box:
    """Put a slider beside a number, for the pointer alone.

    ipywidgets gives its handle no name, so the style sheet hides it but for the part that is dragged: the
    keyboard and screen readers find the number, and nothing else.
    """
    whole = control.shape is Shape.WHOLE_SLIDER
    slider = (widgets.IntSlider if whole else widgets.FloatSlider)(
        min=control.minimum, max=control.maximum, step=control.step, value=control.initial, readout=False
    )

    def dragged(change: dict[str, Any]) -> None:
        place = on_step(control, change["new"])
        # A number that was typed stands, even between two places of the slider.
        if change["new"] != number.value:
            number.value = int(place) if whole else place

    def typed(change: dict[str, Any]) -> None:
        slider.value = change["new"]

    slider.observe(dragged, "value")
    number.observe(typed, "value")
    return widgets.Box([number, slider])


def _place(control: Control) -> int | None:
    """Return which of its choices a control shows at first; None where the user has to choose."""
    values = [(type(value), value) for _, value in control.choices]
    initial = (type(control.initial), control.initial)
    return values.index(initial) if initial in values else None


def _dress(widget: widgets.DOMWidget, labelled: widgets.DOMWidget, control: Control) -> None:
    """Say what kind of control it is to the style sheet, and what it is about to the user."""
    if control.shape in _SLIDERS:
        widget.add_class("runcomfy-slider")
    elif control.shape is not Shape.CHECK:
        widget.add_class("runcomfy-field")
    if control.shape in {Shape.LINES, Shape.JSON}:
        widget.add_class("runcomfy-lines")
    if control.shape is Shape.TEXT and len(control.hint) > _LONG_HINT:
        widget.add_class("runcomfy-wider")
    if control.about:
        # Its name in ipywidgets 7 is another one.
        name = "tooltip" if labelled.has_trait("tooltip") else "description_tooltip"
        setattr(labelled, name, control.about)
