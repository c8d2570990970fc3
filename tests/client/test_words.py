from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._client.words import hide, plain, said, without_token

TOKEN = "abcdefgh/12345678"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("as it is", "as it is"),
        ("  two\r\n lines\t here ", "two lines here"),
        ("a\x1b[31mred\x00b", "a [31mred b"),
        ("right\u202eleft", "right left"),
        ("lone \ud800 half", "lone half"),
        ("Grüße, 世界", "Grüße, 世界"),
        (None, ""),
        (5, ""),
        ({"a": 1}, ""),
    ],
)
def test_a_text_becomes_one_printable_line(text: object, line: str) -> None:
    """Control characters, breaks and what does not print become spaces; other things are no text."""
    assert plain(text) == line


def test_a_long_text_is_cut() -> None:
    """A line is at most 300 characters, or as many as asked, and shows that it was cut."""
    assert plain("x" * 300) == "x" * 300
    assert plain("x" * 301) == "x" * 299 + "…"
    assert plain("x" * 10**6, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"error_message": "no"}, "no"),
        ({"message": "no"}, "no"),
        ({"error": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"error_message": "first", "message": "second", "error": "third", "detail": "last"}, "first"),
        ({"error_message": "", "detail": "no"}, "no"),
        ({"error": {"code": 3043, "message": "AiError: no"}}, "AiError: no (code 3043)"),
        ({"code": "moderated", "message": "no"}, "no (code moderated)"),
        ({"code": 3043}, "code 3043"),
        ({"code": "", "message": "no"}, "no"),
        ({"code": [1], "message": "no"}, "no"),
        (
            {
                "detail": [
                    {"loc": ["body", "seconds"], "msg": "Input should be 4, 8 or 12"},
                    {"msg": "and more"},
                ]
            },
            "seconds: Input should be 4, 8 or 12; and more",
        ),
        ({"detail": [{"loc": [], "msg": "no"}, {}, 5]}, "no"),
        ({"detail": [f"{number}" for number in range(9)]}, "0; 1; 2; 3; 4"),
        ("a bare\nstring", "a bare string"),
        (["one", "two"], "one; two"),
        ([[[[[["too deep"]]]]]], ""),
        ({"error": {"error": {"error": {"error": {"error": "too deep"}}}}}, ""),
        ({}, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_message_is_found_wherever_the_service_puts_it(value: Any, line: str) -> None:
    """Every message key, a detail's list and an error object come out as one line."""
    assert said(value) == line


@pytest.mark.parametrize(
    "body",
    [
        b'{"error_message": "bad token abcdefgh/12345678"}',
        b'{"error_message": "bad token abcdefgh\\/12345678"}',
        b'{"error_message": "bad token \\u0061bcdefgh/12345678", "x": "\\ud800"}',
        b'\xef\xbb\xbf{"abcdefgh/12345678": "abcdefgh\\/12345678"}',
        b"not JSON at all abcdefgh\\/12345678 abcdefgh/12345678",
        b"[" * 100_000 + b'"abcdefgh\\/12345678"',
    ],
)
def test_the_token_is_in_no_body(body: bytes) -> None:
    """Neither a plain nor an escaped token is passed on, nor what cannot be looked through."""
    kept = without_token(body, TOKEN)
    assert TOKEN.encode() not in kept
    assert b"12345678" not in kept


@pytest.mark.parametrize("body", [b'{"a": "b"}', b'{"a": "line\\nbreak"}', b"", b"\xff"])
def test_a_body_without_the_token_stays_as_it_is(body: bytes) -> None:
    """Taking out the token changes nothing else."""
    assert without_token(body, TOKEN) == body


def test_a_placeholder_is_no_secret() -> None:
    """A word such as the sandbox takes for a token is not cut out of ids and addresses."""
    assert without_token(b'{"request_id": "sandbox-1"}', "sandbox") == b'{"request_id": "sandbox-1"}'
    assert hide("sandbox-1", "sandbox") == "sandbox-1"
    assert hide(f"a {TOKEN} b", TOKEN) == "a [token] b"
