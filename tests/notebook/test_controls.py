from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.controls import Shape, as_cell, controls, to_inputs
from runcomfy_jupyter._notebook.grammar import fill, parse

SORA = built_in().schema


def schema(**properties: Any) -> Schema:
    """Return a schema with a prompt and these fields."""
    prompt = {"prompt": {"type": "string", "title": "Prompt"}}
    return Schema.parse({"type": "object", "required": ["prompt"], "properties": prompt | properties})


def test_sora_gets_a_prompt_and_two_lists() -> None:
    """Labels, choices and first values are those of the input schema, said as a person would."""
    prompt, resolution, duration = controls(SORA)

    assert (prompt.name, prompt.label, prompt.shape) == ("prompt", "Prompt", Shape.LONG_TEXT)
    assert (resolution.label, resolution.shape, resolution.initial) == (
        "Resolution",
        Shape.CHOICE,
        "720x1280",
    )
    assert resolution.choices == (
        ("1280 × 720 landscape", "1280x720"),
        ("720 × 1280 portrait", "720x1280"),
    )
    assert (duration.label, duration.initial) == ("Duration", 4)
    assert duration.choices == (("4 seconds", 4), ("8 seconds", 8), ("12 seconds", 12))


@pytest.mark.parametrize(
    ("field", "shape"),
    [
        ({"type": "boolean"}, Shape.CHECK),
        ({"type": "integer"}, Shape.WHOLE_NUMBER),
        ({"type": "number"}, Shape.NUMBER),
        ({"type": "string"}, Shape.TEXT),
        ({"type": "string", "enum": ["a", "b"]}, Shape.CHOICE),
    ],
)
def test_each_type_has_its_control(field: dict[str, Any], shape: Shape) -> None:
    """What kind of control a field gets follows from its type alone."""
    assert controls(schema(it=field))[1].shape is shape


def test_a_list_without_a_default_can_be_left_to_the_model() -> None:
    """Where nothing has to be chosen, nothing is chosen, and nothing is sent."""
    control = controls(schema(style={"type": "string", "enum": ["plain", "512x512"]}))[1]

    assert control.initial is None
    assert control.choices[0] == ("as the model likes", None)
    assert ("512 × 512 square", "512x512") in control.choices
    assert to_inputs({"prompt": "x", "style": None, "other": "", "seed": 0, "loud": False}) == {
        "prompt": "x",
        "seed": 0,
        "loud": False,
    }


@pytest.mark.parametrize(
    "inputs",
    [
        {"prompt": "A red panda", "size": "720x1280", "seconds": 4},
        {"prompt": "A red panda", "size": "1280x720", "seconds": 12},
        {"prompt": "{braces} and {{more}}", "size": "1280x720", "seconds": 4},
        {"prompt": "two\nlines: 'quoted', \"so\", $5, --again", "size": "720x1280", "seconds": 8},
    ],
)
def test_the_cell_asks_for_the_same(inputs: dict[str, Any]) -> None:
    """Read back as a cell magic, the text of Copy as cell gives the form's inputs, whatever is in them."""
    line, _, body = as_cell(SORA, inputs).removeprefix("%%sora").partition("\n")

    asked = {"prompt": fill(body, {}), **parse(line, SORA).inputs}

    assert SORA.resolve(asked) == inputs
