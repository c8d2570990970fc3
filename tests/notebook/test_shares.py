from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.shares import A_FEW, OWN, SEEN, further, shares
from runcomfy_jupyter.errors import InputError


def schema(names: list[str], required: tuple[str, ...] = ("prompt",)) -> Schema:
    """Return a schema of texts of these names."""
    properties: dict[str, Any] = {name: {"type": "string"} for name in names}
    return Schema.parse({"type": "object", "properties": properties, "required": list(required)})


def many(number: int) -> list[str]:
    """Return so many names, the prompt the last of them."""
    return [*(f"knob_{at}" for at in range(number - 1)), "prompt"]


@pytest.mark.parametrize("number", [1, SEEN, SEEN + A_FEW])
def test_a_form_of_common_length_hides_nothing(number: int) -> None:
    """A few more than are seen at once are not worth a button."""
    names = many(number)
    assert shares(schema(names)) == (tuple(names), (), ())


def test_a_long_form_shows_what_is_required_and_what_is_common() -> None:
    """Wherever these stand in the schema; then the first of the others, all in the schema's order."""
    names = [*many(30), "camera_path", "aspect_ratio", "seed"]
    shared = shares(schema(names, ("prompt", "camera_path")))
    assert shared.seen == (
        *(f"knob_{at}" for at in range(SEEN - 4)),
        *("prompt", "camera_path", "aspect_ratio", "seed"),
    )
    assert shared.more == tuple(f"knob_{at}" for at in range(SEEN - 4, 29))
    assert shared.rest == ()


def test_what_is_required_is_seen_however_much_it_is() -> None:
    """Up to the number of controls that a form has at all."""
    names = many(100)
    seen = shares(schema(names, (*names[:29], "prompt"))).seen
    assert seen == (*names[:29], "prompt")
    assert len(shares(schema(names, tuple(names))).seen) == OWN


def test_nothing_of_a_very_long_schema_is_lost() -> None:
    """Each field is in one share; those with a control of their own are bounded."""
    names = many(500)
    shared = shares(schema(names))
    assert sorted([*shared.seen, *shared.more, *shared.rest]) == sorted(names)
    assert (len(shared.seen), len(shared.more)) == (SEEN, OWN - SEEN)


def test_further_inputs_are_a_json_object() -> None:
    """With any values; nothing where the box is left empty."""
    assert further('{"knob_400": "x", "seed": 7}', frozenset({"prompt"})) == {"knob_400": "x", "seed": 7}
    assert further(" \n", frozenset()) == {}


@pytest.mark.parametrize("text", ["[1]", "seed: 7", '{"seed": }'])
def test_what_is_no_object_is_refused(text: str) -> None:
    """The box is named, and nothing is sent."""
    with pytest.raises(InputError, match=r"further inputs.*Nothing was sent\.$"):
        further(text, frozenset())


def test_an_input_is_said_in_one_place() -> None:
    """What has a field of its own is not overwritten from the box."""
    with pytest.raises(InputError) as told:
        further('{"seed": 7}', frozenset({"prompt", "seed"}))
    assert str(told.value) == "seed has a field of its own in the panel. Say it there. Nothing was sent."
