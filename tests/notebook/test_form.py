from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pytest

from runcomfy_jupyter._domain.models import ModelCard
from runcomfy_jupyter._notebook.cell import as_cell
from runcomfy_jupyter._notebook.form import Form
from runcomfy_jupyter._notebook.shares import OWN, SEEN
from runcomfy_jupyter.errors import InputError
from session.cards import card
from support.panels import by_label, shows, widgets_of

# What ipywidgets 7.7 does with every widget.
pytestmark = pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")
SLIDERS = widgets.IntSlider | widgets.FloatSlider
MANY = {f"knob_{at}": {"type": "integer", "title": f"Knob {at}"} for at in range(400)}


def form(**fields: Any) -> Form:
    """Return a form for a prompt, a duration and these fields."""
    return Form(ModelCard.parse(card(**fields)), [], lambda: None)


def in_sight(made: Form) -> int:
    """Return how many labelled controls can be seen."""

    def count(widget: Any) -> int:
        if widget.layout.display == "none":
            return 0
        own = bool(getattr(widget, "description", "")) and not isinstance(widget, widgets.Button)
        return own + sum(map(count, getattr(widget, "children", ())))

    return count(made.widget)


def test_a_form_of_hundreds_of_fields_is_short() -> None:
    """A dozen are seen, the button shows and hides the others, and no widget is made for most of them."""
    made = form(**MANY)
    assert in_sight(made) == SEEN
    by_label(made.widget, "More inputs").click()
    assert in_sight(made) == OWN + 1
    assert sum(1 for _ in widgets_of(made.widget)) < 80
    by_label(made.widget, "Fewer inputs").click()
    assert in_sight(made) == SEEN
    assert shows(made.widget, "More inputs")


def test_no_field_of_a_long_form_is_lost() -> None:
    """What is seen, what is behind the button and what is said as JSON are asked for, and can be copied."""
    made = form(**MANY)
    by_label(made.widget, "prompt").value = "A kite"
    by_label(made.widget, "Knob 3").value = "3"
    by_label(made.widget, "Knob 30").value = "30"
    rest = by_label(made.widget, "Further inputs")
    assert rest.placeholder == 'as JSON, any of the other 366: {"knob_34": …}'
    rest.value = '{"knob_399": 399}'
    inputs = made.inputs()
    assert inputs == {"prompt": "A kite", "duration": 5, "knob_3": 3, "knob_30": 30, "knob_399": 399}
    assert as_cell(made.card.schema, inputs) == "%%sora --knob_3 3 --knob_30 30 --knob_399 399\nA kite"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"knob_3": 1}', "field of its own"),
        ("knob_399: 1", "further inputs"),
        ('{"nob_399": 1}', "knob_399"),
    ],
)
def test_what_is_wrong_among_the_further_inputs_is_said(text: str, said: str) -> None:
    """Before anything is sent: by the form, or by the schema."""
    made = form(**MANY)
    by_label(made.widget, "prompt").value = "A kite"
    by_label(made.widget, "Further inputs").value = text
    with pytest.raises(InputError, match=said):
        made.card.schema.check(made.inputs())


def test_a_form_of_common_length_has_no_button() -> None:
    """All is in sight."""
    made = form(size={"type": "string"})
    assert in_sight(made) == 3
    assert not shows(made.widget, "More inputs")


@pytest.mark.parametrize(
    ("kind", "typed", "dragged"), [("integer", 7, 9), ("number", 0.25, 0.30000000000000004)]
)
def test_a_range_has_a_number_with_its_label_beside_the_slider(
    kind: str, typed: float, dragged: float
) -> None:
    """A slider's handle has no name in ipywidgets; the number beside it has, and says and takes the same."""
    low_high = {"minimum": 0, "maximum": 10 if kind == "integer" else 1, "default": 0}
    made = form(pull={"type": kind, "title": "Pull", **low_high})
    number = by_label(made.widget, "Pull")
    [slider] = [one for one in widgets_of(made.widget) if isinstance(one, SLIDERS)]
    by_label(made.widget, "prompt").value = "A kite"

    number.value = typed
    assert slider.value == typed
    assert made.inputs()["pull"] == typed

    slider.value = dragged
    assert number.value == pytest.approx(dragged)
    assert repr(made.inputs()["pull"]) == ("9" if kind == "integer" else "0.3")


def test_a_number_between_the_places_of_a_slider_stands() -> None:
    """Where the step is ours and not the model's, nothing that is typed is rounded."""
    made = form(pull={"type": "number", "title": "Pull", "minimum": 0, "maximum": 1, "default": 0.5})
    by_label(made.widget, "prompt").value = "A kite"
    by_label(made.widget, "Pull").value = 0.333
    assert made.inputs()["pull"] == 0.333
