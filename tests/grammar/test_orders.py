from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._notebook.grammar import parse
from runcomfy_jupyter._notebook.orders import shots_of
from runcomfy_jupyter.errors import InputError

SORA = built_in()


def asked(line: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a cell with that line, and a kite below it, asks for."""
    return shots_of(parse(line, SORA.schema), "A kite", SORA, names)


def test_only_what_fits_is_proposed_for_a_name_that_is_not_there() -> None:
    """A builtin, a module, a text and a hidden name are no tables of shots; --inputs takes dicts alone."""
    odd = {"open": open, "node": pytest, "nope_": "text", "_nope": [1]}
    with pytest.raises(InputError) as told:
        asked("--each nope", odd)
    assert str(told.value) == "--each: there is no variable 'nope'. Nothing was sent."
    with pytest.raises(InputError, match=r"Did you mean nopes\?"):
        asked("--each nope", {**odd, "nopes": ["a kite"]})
    with pytest.raises(InputError) as told:
        asked("--inputs nope", {**odd, "nopes": ["a kite"]})
    assert "Did you mean" not in str(told.value)


def test_a_dict_gives_further_inputs() -> None:
    """What the line says goes before what the dict says."""
    more = {"size": "1280x720", "seconds": 8}
    assert asked("--inputs more --seconds 12", {"more": more}) == [
        {"prompt": "A kite", "size": "1280x720", "seconds": 12}
    ]


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({"size": "1280x720", 1: 2}, "more has the key 1"),
        ({"size": "1280x720", None: 2}, "more has the key None"),
        ([("size", "1280x720")], "more is [('size', '1280x720')]"),
        (5, "more is 5"),
    ],
)
def test_what_is_no_dict_of_inputs_is_told_what_is_wrong_with_it(value: object, wrong: str) -> None:
    """The key at fault is named, or what the variable holds in place of a dict."""
    with pytest.raises(InputError) as told:
        asked("--inputs more", {"more": value})
    says = "--inputs takes a dict whose keys are names of the model's inputs"
    assert str(told.value) == f"{says}; {wrong}. Nothing was sent."


@pytest.mark.parametrize(
    ("more", "key"), [({"siz": "1280x720"}, "siz"), ({"seconds": 5}, "seconds"), ({"size": 3}, "size")]
)
def test_an_input_that_does_not_fit_is_named(more: dict[str, Any], key: str) -> None:
    """An unknown name and a wrong value alike."""
    with pytest.raises(InputError, match=key):
        SORA.schema.check(asked("--inputs more", {"more": more})[0])
