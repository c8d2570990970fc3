from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._client.words import HIDDEN, hide, said, without_token

TOKEN = "abcdefgh/12345678"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\xff", "b": "abcdefgh\\/12345678"}',
        b'{"a": "\xed\xa0\x80", "b": "abcdefgh\\/12345678"}',
        b"\xff abcdefgh\\/12345678",
    ],
)
def test_bytes_that_are_no_text_do_not_carry_the_token_through(body: bytes) -> None:
    """A body that cannot be decoded is looked through as far as may be, or not passed on."""
    assert b"12345678" not in without_token(body, TOKEN)


def test_half_a_character_beside_the_token_stays() -> None:
    """Only the token is taken out where the rest can be read."""
    body = b'{"a": "\xed\xa0\x80", "b": "abcdefgh\\/12345678"}'
    assert without_token(body, TOKEN) == b'{"a": "\xed\xa0\x80", "b": "%s"}' % HIDDEN.encode()


@pytest.mark.parametrize(("token", "shown"), [("1234567", "a 1234567"), ("12345678", f"a {HIDDEN}")])
def test_eight_characters_make_a_secret(token: str, shown: str) -> None:
    """One of seven is a placeholder, and stays."""
    assert hide(f"a {token}", token) == shown
    assert without_token(f"a {token}".encode(), token) == shown.encode()


@pytest.mark.parametrize(
    "value",
    [
        [[[["no"]]]],
        {"error": {"error": {"error": {"error": "no"}}}},
        {"error": [{"detail": ["no"]}]},
    ],
)
def test_a_message_is_found_four_levels_deep(value: Any) -> None:
    """Lists and objects count alike."""
    assert said(value) == "no"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"loc": ["body", "seconds"], "msg": "no"}, "seconds: no"),
        ({"loc": ["body", "seconds"]}, ""),
        ({"loc": [], "msg": "no"}, "no"),
        ({"loc": {"line": 1}, "msg": "no"}, "no"),
        ({"loc": "seconds", "msg": "no"}, "no"),
        ({"code": 1}, "code 1"),
        ({"code": "E1", "message": "no"}, "no (code E1)"),
        ({"code": 0}, ""),
        ({"code": False, "message": "no"}, "no"),
        ({"code": ""}, ""),
        ({"code": {}}, ""),
    ],
)
def test_places_and_codes_are_named_where_they_are_such(value: Any, line: str) -> None:
    """A place without words, or one that is no list, adds nothing and breaks nothing."""
    assert said(value) == line
