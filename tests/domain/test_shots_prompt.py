"""How a prompt, and inputs given as a dict, come to stand among a request's inputs."""

from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.models import ModelCard, built_in
from runcomfy_jupyter._domain.shots import with_more, with_prompt
from runcomfy_jupyter.errors import InputError

SILENT = ModelCard.parse(
    {"model_id": "a/b/c", "input_schema": {"type": "object", "properties": {"seed": {"type": "integer"}}}}
)
UNKNOWN = ModelCard.parse({"model_id": "a/b/c", "input_schema": {"properties": 5}})


@pytest.mark.parametrize(
    ("card", "prompt", "inputs", "found"),
    [
        (built_in(), "A kite", {"seconds": 4}, {"prompt": "A kite", "seconds": 4}),
        (built_in(), " ", {"prompt": "A boat"}, {"prompt": "A boat"}),
        (built_in(), "", {}, {"prompt": ""}),
        (SILENT, " ", {"seed": 1}, {"seed": 1}),
        (UNKNOWN, "A kite", {"x": 1}, {"prompt": "A kite", "x": 1}),
        (UNKNOWN, "", {"x": 1}, {"x": 1}),
    ],
)
def test_a_prompt_fills_the_field_that_takes_it(
    card: ModelCard, prompt: str, inputs: dict[str, Any], found: dict[str, Any]
) -> None:
    """An empty one fills nothing that is filled already, and asks nothing of a model without one."""
    assert with_prompt(card, prompt, inputs) == found


@pytest.mark.parametrize(
    ("card", "prompt", "inputs", "said"),
    [
        (built_in(), 5, {}, "A prompt is text, not int"),
        (built_in(), "A kite", {"prompt": "A boat"}, "The prompt is given twice"),
        (UNKNOWN, "A kite", {"prompt": "A boat"}, "The prompt is given twice"),
        (SILENT, "A kite", {}, r"a/b/c takes no prompt\. It takes seed"),
    ],
)
def test_a_prompt_that_has_no_place_is_refused(
    card: ModelCard, prompt: Any, inputs: dict[str, Any], said: str
) -> None:
    """Nothing is dropped in silence."""
    with pytest.raises(InputError, match=said):
        with_prompt(card, prompt, inputs)


def test_inputs_as_a_dict_stand_beside_those_by_name() -> None:
    """What is named goes before the dict; what is no dict is refused."""
    assert with_more({"seed": 1, "seconds": 8}, {"seconds": 4}) == {"seed": 1, "seconds": 4}
    with pytest.raises(InputError, match="not list"):
        with_more([("seed", 1)], {})
