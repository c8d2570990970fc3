from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter.errors import TokenError
from runcomfy_jupyter.settings import Endpoint, Secret, endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "sentinel-5Qm0Zr"


def held() -> Endpoint:
    """Return an endpoint that holds the token."""
    return Endpoint("https://example.com/v1", "https://example.com/prod/v2", Secret(TOKEN))


PRINTS: list[Callable[[Any], str]] = [
    repr,
    str,
    format,
    pprint.pformat,
    lambda held: f"{held} {held!r} {held!s}",
    lambda held: "%s %r" % (held, held),  # noqa: UP031 - people do
    lambda held: repr([{"held": (held,)}]),
    lambda held: logging.LogRecord("a", 10, "b", 1, "%s %r", (held, held), None).getMessage(),
]


@pytest.mark.parametrize("way", PRINTS)
@pytest.mark.parametrize("holder", [Secret(TOKEN), held()])
def test_a_token_does_not_print(way: Callable[[Any], str], holder: object) -> None:
    """In no form of printing does a token, or a record that holds it, show it."""
    assert TOKEN not in way(holder)
    assert "Secret(…)" in way(holder)


@pytest.mark.parametrize("spec", [">40", "s", "x"])
def test_a_format_does_not_show_a_token_either(spec: str) -> None:
    """A format that asks for more than the token gives is refused."""
    with pytest.raises(TypeError) as told:
        format(Secret(TOKEN), spec)
    assert TOKEN not in str(told.value)


@pytest.mark.parametrize("holder", [Secret(TOKEN), held()])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_token_is_not_pickled(holder: object, protocol: int) -> None:
    """Nothing that holds a token can be sent to another process or written down."""
    with pytest.raises(TypeError, match="a token is not pickled") as told:
        pickle.dumps(holder, protocol)
    assert TOKEN not in str(told.value)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, json.dumps, vars])
def test_a_token_is_not_copied_out(way: Callable[[Any], object]) -> None:
    """Neither copies nor JSON nor a look inside bring it out."""
    with pytest.raises(TypeError) as told:
        way(Secret(TOKEN))
    assert TOKEN not in str(told.value)


def test_a_dataclass_does_not_come_apart_with_its_token() -> None:
    """The fields of an endpoint as a dict hold no token, because there is no such dict."""
    with pytest.raises(TypeError):
        dataclasses.asdict(held())


def test_a_traceback_with_locals_shows_no_token() -> None:
    """A traceback that prints every local variable prints no token."""

    def fails(where: Endpoint, secret: Secret) -> None:
        message = f"{where} {secret}"
        raise ValueError(message)

    with pytest.raises(ValueError, match="Secret") as told:
        fails(held(), Secret(TOKEN))
    lines = traceback.TracebackException.from_exception(told.value, capture_locals=True).format()
    shown = "".join(lines)
    assert "where = Endpoint(base_url='https://example.com/v1'" in shown
    assert TOKEN not in shown


def test_a_token_is_had_by_asking_for_it_alone() -> None:
    """`reveal` gives it, without the blanks that copying leaves around it."""
    assert Secret(f" {TOKEN}\n").reveal() == TOKEN


def test_equal_tokens_are_equal_and_no_other_is() -> None:
    """Endpoints can be compared and be keys, and a token does not equal its own text."""
    assert Secret(TOKEN) == Secret(f"{TOKEN} ")
    assert Secret(TOKEN) != Secret("other")
    assert Secret(TOKEN) != TOKEN
    assert {held(): 1}[held()] == 1


def test_an_endpoint_does_not_change() -> None:
    """Where requests go cannot be changed under way."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        held().base_url = "https://elsewhere.example/v1"  # type: ignore[misc]


@given(rest=st.text())
def test_no_token_is_quoted_whatever_it_holds(rest: str) -> None:
    """Taken or refused, a token of any characters is in no text."""
    try:
        shown = repr(endpoint(TOKEN + rest, "https://example.com"))
    except TokenError as error:
        shown = "".join(traceback.format_exception_only(error))
    assert TOKEN not in shown
