"""From a field of a model's input schema to a control: the one mapping. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.legal import tidy
from runcomfy_jupyter._domain.texts import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runcomfy_jupyter._domain.schema import Schema

MOST_CHOICES = 200
MOST_SUGGESTIONS = 1000

_LABEL_LENGTH = 80
_MOST_STEPS = 1000
_DUST = 1e-9
_LONG = ("prompt", "text", "lyrics", "script", "story", "caption", "description", "instruction")
_LONG_LENGTH = 200
_LEFT_OPEN = ("as the model likes", None)
# Where no schema can be read: the name of the box that takes a JSON object with all inputs.
EVERYTHING = "inputs"


class Shape(StrEnum):
    """What kind of control a field gets, and what it holds.

    CHOICE and CHECK hold values, sliders numbers, all others a text, empty where nothing is set:
    LINES a list, one value a line; SUGGEST one of many values; JSON anything.
    """

    LONG_TEXT = "long text"
    TEXT = "text"
    LINES = "lines"
    JSON = "JSON"
    SUGGEST = "suggest"
    CHOICE = "choice"
    CHECK = "check"
    WHOLE_NUMBER = "whole number"
    NUMBER = "number"
    WHOLE_SLIDER = "whole slider"
    SLIDER = "slider"


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its label, and what it shows at first.

    `choices`: (label, value) of a CHOICE. `hint`: what is accepted, short; `about`: the model's
    own words on the field. `minimum`, `maximum`, `step`: of a slider. `suggestions`: of a SUGGEST.
    All words are plain text, to be escaped where they are shown as HTML.
    """

    name: str
    label: str
    shape: Shape
    initial: Any = None
    choices: tuple[tuple[str, Any], ...] = ()
    hint: str = ""
    about: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    suggestions: tuple[str, ...] = ()


def controls(schema: Schema) -> tuple[Control, ...]:
    """Return a control for every field, in the schema's order; a JSON box where no field is known."""
    if not schema.readable:
        hint = "a JSON object with all inputs: this model's schema cannot be read"
        return (Control(EVERYTHING, "Inputs", Shape.JSON, "", hint=hint),)
    body = schema.body
    return tuple(_control(field, is_body=field is body) for field in schema.fields)


def to_inputs(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a filled-in form, typed by the schema; raise `InputError`.

    What is empty is not sent. `values`: what each control holds, by name.
    """
    if not schema.readable:
        text = str(values.get(EVERYTHING) or "")
        inputs: dict[str, Any] = Field(EVERYTHING, "Inputs", "object").from_text(text) if text.strip() else {}
        return inputs
    held = ((field, control, values.get(control.name)) for field, control in _pairs(schema))
    return {
        field.name: _input(field, control, value)
        for field, control, value in held
        if not _is_empty(control, value)
    }


def _is_empty(control: Control, value: Any) -> bool:
    """Tell whether a control holds nothing; an empty text may be one of its choices."""
    return value is None or (
        control.shape is not Shape.CHOICE and isinstance(value, str) and not value.strip()
    )


def _pairs(schema: Schema) -> Iterator[tuple[Field, Control]]:
    return zip(schema.fields, controls(schema), strict=True)


def _control(field: Field, *, is_body: bool) -> Control:
    label, about = field.title, field.description
    if field.enum and len(field.enum) < MOST_CHOICES:
        choices = tuple((_choice(field, value), value) for value in field.enum)
        initial, choices = _open(field, choices)
        return Control(field.name, label, Shape.CHOICE, initial, choices, about=about)
    if field.kind == "boolean":
        if field.default is not None:
            return Control(field.name, label, Shape.CHECK, field.default, about=about)
        initial, choices = _open(field, (("yes", True), ("no", False)))
        return Control(field.name, label, Shape.CHOICE, initial, choices, about=about)
    if (step := _slider_step(field)) is not None:
        shape = Shape.WHOLE_SLIDER if field.kind == "integer" else Shape.SLIDER
        control = Control(field.name, label, shape, field.default, about=about, step=step)
        return replace(control, minimum=field.minimum, maximum=field.maximum)
    shape = _text_shape(field, is_body=is_body)
    suggestions = tuple(spelled(value) for value in field.enum[:MOST_SUGGESTIONS])
    initial = "" if field.default in (None, []) else _held(shape, field.default)
    return Control(
        field.name, label, shape, initial, hint=_hint(field, shape), about=about, suggestions=suggestions
    )


def _open(field: Field, choices: tuple[tuple[str, Any], ...]) -> tuple[Any, tuple[tuple[str, Any], ...]]:
    """Return what is chosen at first, and the choices: where nothing has to be chosen, nothing is."""
    left_open = field.default is None and not field.required
    return field.default, (_LEFT_OPEN, *choices) if left_open else choices


def _text_shape(field: Field, *, is_body: bool) -> Shape:
    if field.enum:
        return Shape.SUGGEST
    if field.kind == "string" and not field.medium:
        longest = field.more.get("maxLength", 0)
        long = is_body or field.name.lower().endswith(_LONG) or longest > _LONG_LENGTH
        return Shape.LONG_TEXT if long else Shape.TEXT
    if field.kind == "array" and field.one.kind in {"string", "integer", "number", "boolean"}:
        return Shape.LINES
    shapes = {"string": Shape.TEXT, "integer": Shape.WHOLE_NUMBER, "number": Shape.NUMBER}
    return Shape.LONG_TEXT if is_body else shapes.get(field.kind, Shape.JSON)


def _hint(field: Field, shape: Shape) -> str:
    legal = "" if field.legal() == "text" else field.legal()
    start = {Shape.LINES: "one a line: ", Shape.JSON: "as JSON: "}.get(shape, "")
    notes = [f"{note.rstrip('. ')}." for note in field.more.get("notes", ())]
    return " ".join([f"{start}{legal}{'.' if notes else ''}", *notes])


def _choice(field: Field, value: Any) -> str:
    """Write a legal value as a person would: 720 × 1280 portrait, 4 seconds."""
    text = tidy(spelled(value), _LABEL_LENGTH) or repr(value)
    width, cross, height = text.partition("x")
    if cross and width.isdecimal() and height.isdecimal():
        wider = int(width) - int(height)
        return f"{width} × {height} {'square' if not wider else 'landscape' if wider > 0 else 'portrait'}"
    return f"{text} seconds" if field.name in ("seconds", "duration") and text.isdecimal() else text


def _slider_step(field: Field) -> float | None:
    """Return the step of the slider that a field gets, or None where a slider does not suit it.

    A slider always holds a value, so only a field with a default gets one: an unset field is not sent.
    """
    low, high, default = field.minimum, field.maximum, field.default
    exact = {"exclusiveMinimum", "exclusiveMaximum", "anyOf", "allOf"}.isdisjoint(field.more)
    if low is None or high is None or default is None or low >= high or not exact or field.enum:
        return None
    ends = [Decimal(str(end)) for end in (low, high, default)]
    span = ends[1] - ends[0]
    step = Decimal(str(field.step)) if field.step else Decimal(1)
    if field.kind == "number" and not field.step:
        digits = min(math.floor(math.log10(span / 50)), *(_digits(end) for end in ends))
        step = Decimal(1).scaleb(digits)
    # Every place of the slider has to be a legal value.
    if span / step > _MOST_STEPS or ends[0] % step or (ends[2] - ends[0]) % step:
        return None
    return int(step) if field.kind == "integer" else float(step)


def _digits(number: Decimal) -> int:
    return int(number.normalize().as_tuple().exponent)


def _input(field: Field, control: Control, value: Any) -> Any:
    """Return the input that a control's value means."""
    if not isinstance(value, str):
        return _clean(control, value) if control.shape is Shape.SLIDER else value
    if control.shape in {Shape.CHOICE, Shape.LONG_TEXT, Shape.TEXT} and not field.medium:
        return value
    text = value if control.shape is Shape.SUGGEST else value.strip()
    if control.shape is Shape.LINES and not text.startswith("["):
        return field.from_texts([line.strip() for line in text.splitlines() if line.strip()])
    return field.from_text(text)


def _clean(control: Control, value: float) -> float:
    """Return a number without dust; one that was typed stays, also between two places."""
    place = on_step(control, value)
    return place if math.isclose(place, value, rel_tol=_DUST) else value


def on_step(control: Control, value: float) -> float:
    """Return the place of a slider without the dust of its arithmetic: 0.3, not 0.30000000000000004."""
    step = Decimal(str(control.step))
    return float(round(Decimal(str(value)) / step) * step)


def _held(shape: Shape, value: Any) -> Any:
    """Return what a control holds for a value."""
    if shape in {Shape.CHOICE, Shape.CHECK, Shape.WHOLE_SLIDER, Shape.SLIDER}:
        return value
    if shape is Shape.LINES and isinstance(value, list):
        lines = [spelled(one) for one in value]
        plain = all(line.strip() == line and line.splitlines() == [line] for line in lines)
        if lines and plain and not lines[0].startswith("["):
            return "\n".join(lines)
    return spelled(value)
