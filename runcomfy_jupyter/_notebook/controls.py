"""From a field of a model's input schema to a control: the one mapping. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_jupyter._domain.schema import Field, Schema


class Shape(StrEnum):
    """What kind of control a field gets."""

    LONG_TEXT = "long text"
    TEXT = "text"
    CHOICE = "choice"
    CHECK = "check"
    WHOLE_NUMBER = "whole number"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its label, what it offers as (label, value), and what it shows at first."""

    name: str
    label: str
    shape: Shape
    initial: Any = None
    choices: tuple[tuple[str, Any], ...] = ()


def controls(schema: Schema) -> tuple[Control, ...]:
    """Return a control for every field, in the schema's order."""
    return tuple(_control(field) for field in schema.fields)


def _control(field: Field) -> Control:
    if field.enum:
        choices = tuple((_choice(field, value), value) for value in field.enum)
        if field.default is None and not field.required:
            choices = (("as the model likes", None), *choices)
        return Control(field.name, field.title, Shape.CHOICE, field.default, choices)
    shape = {
        "boolean": Shape.CHECK,
        "integer": Shape.WHOLE_NUMBER,
        "number": Shape.NUMBER,
    }.get(field.kind, Shape.LONG_TEXT if field.name == "prompt" else Shape.TEXT)
    return Control(field.name, field.title, shape, field.default)


def _choice(field: Field, value: Any) -> str:
    """Write a legal value as a person would: 720 × 1280 portrait, 4 seconds."""
    text = str(value)
    width, cross, height = text.partition("x")
    if cross and width.isdecimal() and height.isdecimal():
        wider = int(width) - int(height)
        return f"{width} × {height} {'square' if not wider else 'landscape' if wider > 0 else 'portrait'}"
    return f"{text} seconds" if field.name in ("seconds", "duration") and text.isdecimal() else text


def to_inputs(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a filled-in form: what is empty is not sent."""
    return {name: value for name, value in values.items() if value not in (None, "") or name == "prompt"}


def as_cell(schema: Schema, inputs: Mapping[str, Any]) -> str:
    """Write the `%%sora` cell that does the same."""
    options = [
        f"--{name} {_word(value)}"
        for name, value in inputs.items()
        if name != "prompt" and value != schema.field(name).default
    ]
    prompt = str(inputs.get("prompt", "")).replace("{", "{{").replace("}", "}}")
    return "\n".join([" ".join(["%%sora", *options]), prompt])


def _word(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if text and not set(text) & set(" \t\n'\"\\") else json.dumps(text)
