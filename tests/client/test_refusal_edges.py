from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_jupyter import errors
from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.refusals import Answer, refusal
from runcomfy_jupyter.errors import RunComfyError, ServiceError


def refused(http: int, code: Any = None, model: str = "") -> RunComfyError:
    """Return the error that an answer without headers amounts to."""
    return refusal(Answer(http, {}, b""), {"error_code": code}, model)


@pytest.mark.parametrize(
    ("http", "code", "kind"),
    [
        (200, 599001, errors.BadReply),
        (200, 600001, ServiceError),
        (200, 399001, ServiceError),
        (499, 401001, errors.TokenError),
        (500, 401001, errors.BadReply),
        (500, 422009, errors.BadReply),
    ],
)
def test_a_code_speaks_for_its_http_status_from_400_to_599(
    http: int, code: int, kind: type[RunComfyError]
) -> None:
    """Other codes are only numbers, and an answer of 5xx stays trouble whatever code it bears."""
    assert type(refused(http, code)) is kind


@pytest.mark.parametrize(
    ("http", "code", "redirect"),
    [(299, None, False), (300, None, True), (399, None, True), (400, None, False), (302, 400999, False)],
)
def test_only_a_redirect_is_called_one(http: int, code: int | None, redirect: bool) -> None:  # noqa: FBT001 - a table
    """All of 3xx, unless a code says what is wrong."""
    assert ("redirect" in refused(http, code).message) is redirect


@pytest.mark.parametrize(
    ("code", "named"), [(7, "(HTTP 418, error 7)."), (None, "(HTTP 418)."), ("what", "(HTTP 418).")]
)
def test_a_refusal_that_nobody_knows_names_its_numbers(code: Any, named: str) -> None:
    """The HTTP status, and the code where there is one that can be read."""
    assert refused(418, code).message.endswith(named)


def test_a_model_without_a_name_is_told_too() -> None:
    """The service may say "no such model" where none was asked for."""
    assert "no model of that name" in refused(400, 400001).message


def test_a_request_that_is_gone_says_how_that_may_be() -> None:
    """Deleted, expired, or another account's: the token may be the wrong one."""
    gone = refused(404, 404001)
    assert "no such request for this token" in gone.message
    for word in ("deleted", "expired", "another account"):
        assert word in str(gone)


@pytest.mark.parametrize("http", [199, 300])
def test_only_a_success_of_http_is_a_receipt(http: int) -> None:
    """Even with a request id in it, another answer does not say that the request was accepted."""
    body = json.dumps({"request_id": "fine"}).encode()
    with pytest.raises(errors.SubmissionUnconfirmed, match=f"HTTP {http}"):
        wire.receipt(Answer(http, {}, body), "a/b")
    assert wire.receipt(Answer(299, {}, body), "a/b").request_id == "fine"


@pytest.mark.parametrize(("headers", "hint"), [({"retry-after": "40"}, "It asks for 40 s."), ({}, "")])
def test_how_long_to_wait_is_said_where_the_service_said_it(headers: dict[str, str], hint: str) -> None:
    """Whoever reads it can decide to wait."""
    busy = refusal(Answer(429, headers, b""), {})
    assert isinstance(busy, errors.Busy)
    assert str(busy) == f"RunComfy asks to come back later. {hint}".strip()


def test_a_redirect_says_why_it_is_not_followed() -> None:
    """It would take the token elsewhere."""
    redirect = refusal(Answer(302, {"location": "https://elsewhere.example/"}, b""), {})
    assert "to elsewhere.example, which was not followed" in str(redirect)
    assert str(redirect).endswith("The token goes to the API's own address alone.")
