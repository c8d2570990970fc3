from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_jupyter import errors
from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.refusals import Answer, error_code, refusal
from runcomfy_jupyter.errors import RunComfyError, ServiceError


def refused(http: int, body: Any = None, model: str = "", **headers: str) -> RunComfyError:
    """Return the error that an answer amounts to, received at second 0 of the epoch."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(Answer(http, named, b""), body or {}, model)


@pytest.mark.parametrize(
    ("http", "code", "kind"),
    [
        (400, 400001, errors.ModelError),
        (200, 400001, errors.ModelError),
        (400, 400002, errors.BalanceError),
        (402, None, errors.BalanceError),
        (400, 400004, errors.TokenError),
        (401, 400004, errors.TokenError),
        (401, None, errors.TokenError),
        (200, "400004", errors.TokenError),
        (403, 403001, errors.RequestGone),
        (404, 404001, errors.RequestGone),
        (422, 422001, errors.InputError),
        (422, None, errors.InputError),
        (400, 422009, errors.InputError),
        (408, None, errors.Busy),
        (425, None, errors.Busy),
        (429, None, errors.Busy),
        (200, 429001, errors.Busy),
        (500, None, errors.BadReply),
        (502, 7, errors.BadReply),
        (599, None, errors.BadReply),
        (200, 500100, errors.BadReply),
        (400, 503001, errors.BadReply),
        (300, None, ServiceError),
        (302, None, ServiceError),
        (400, None, ServiceError),
        (403, None, ServiceError),
        (404, None, ServiceError),
        (418, 418001, ServiceError),
        (200, "what", ServiceError),
        (200, 7, ServiceError),
    ],
)
def test_every_error_says_who_can_mend_it(http: int, code: Any, kind: type[RunComfyError]) -> None:
    """The code decides, then the HTTP status; what nobody knows is the service's."""
    error = refused(http, {"error_code": code, "error_message": "their words"})
    assert type(error) is kind
    if not 300 <= http < 400:
        assert "their words" in error.message


@pytest.mark.parametrize(
    ("http", "code", "transient"),
    [(500, None, True), (429, None, True), (400, None, False), (404, 404001, False), (302, None, False)],
)
def test_only_what_may_pass_is_worth_asking_again(http: int, code: int | None, transient: bool) -> None:  # noqa: FBT001 - a table
    """Trouble and "later" pass; a refusal does not."""
    error = refused(http, {"error_code": code})
    assert isinstance(error, ServiceError)
    assert error.transient is transient


@pytest.mark.parametrize("http", [408, 429, 500, 503])
def test_what_the_service_asks_to_wait_is_kept(http: int) -> None:
    """Retry-After goes along with the error, in seconds or as a date."""
    for header, seconds in (("7", 7.0), ("Thu, 01 Jan 1970 00:01:00 GMT", 60.0)):
        error = refused(http, retry_after=header)
        assert isinstance(error, ServiceError)
        assert error.retry_after == seconds


def test_the_end_of_sora_is_explained() -> None:
    """A Sora id that is gone says what is known of it and which way leads on; another id only the latter."""
    error = refused(400, {"error_code": 400001}, "openai/sora-2/text-to-video")
    assert "has no model openai/sora-2/text-to-video" in error.message
    for word in ("OpenAI", "24 September 2026", "--model ID", "model=", "Nothing was"):
        assert word in error.hint
    other = refused(400, {"error_code": 400001}, "a/b")
    assert "OpenAI" not in other.hint
    assert "--model ID" in other.hint


def test_every_error_tells_the_way_on() -> None:
    """Who lacks a token or money, or sent the wrong input, is told what to do and that nothing was made."""
    token = refused(401)
    for word in ("expired", "revoked", "runcomfy.com", "RUNCOMFY_TOKEN", "RUNCOMFY_SANDBOX=1"):
        assert word in str(token)
    balance = refused(402)
    assert "Nothing was generated" in balance.hint
    assert "runcomfy.com" in balance.hint
    assert "Nothing was generated" in refused(422).hint


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://elsewhere.example/path?signature=secret", "elsewhere.example"),
        ("/relative", "another address of its own"),
        ("https://[bad", "cannot be read"),
        ("", "another address of its own"),
    ],
)
def test_a_redirect_is_named_and_not_followed(location: str, named: str) -> None:
    """The message names the host that the redirect led to, and nothing else of it."""
    error = refused(307, location=location)
    assert named in error.message
    assert "HTTP 307" in error.message
    assert "secret" not in str(error)


def test_the_services_words_are_one_short_printable_line() -> None:
    """Whatever the service says, it stays one line that can be shown."""
    error = refused(400, {"error_message": "a\x1b[2J\n" * 500})
    assert error.message.isprintable()
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, None),
        ("", None),
        (0, None),
        (False, None),
        (400001, 400001),
        ("400001", 400001),
        (True, -1),
        ("what", -1),
        ("9" * 10, -1),
        ([], -1),
        ({}, -1),
        (1.5, -1),
    ],
)
def test_an_error_code_is_a_number_or_at_least_an_error(value: Any, code: int | None) -> None:
    """An empty code is none; one that is no number is an error all the same."""
    assert error_code({"error_code": value}) == code


CERTAIN = [
    *((http, b"") for http in (301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 413, 422, 429, 451)),
    *((200, code) for code in (400001, 400002, 400004, 404001, 422001, 429001, 451001)),
    (202, 400001),
    (400, 400001),
    (302, 400001),
    (404, 7),
    (400, "what"),
]
UNCLEAR = [
    *(
        (http, b"")
        for http in (200, 201, 204, 300, 303, 304, 399, 408, 409, 425, 499, 500, 502, 503, 504, 599)
    ),
    *((200, code) for code in (-1, 7, 400, 408001, 409001, 425001, 499, 500001, 600001, "what")),
    (400, 408001),
    (400, 500001),
    (500, 400001),
    (503, 429001),
    (303, 400001),
    (302, 500001),
    (200, {}),
    (200, {"request_id": "a/b"}),
    (200, {"request_id": ""}),
    (200, {"request_id": 5}),
    (200, {"request_id": "x" * 129}),
    (200, {"request_id": "fine", "error_code": 500001}),
    (500, {"request_id": "fine"}),
    (200, b"<html>"),
    (200, b"[]"),
    (200, b'"fine"'),
]


def submitted(http: int, body: Any) -> Answer:
    """Return an answer to a submission: bytes as they are, a dict as JSON, anything else as an error code."""
    if not isinstance(body, bytes):
        body = json.dumps(body if isinstance(body, dict) else {"error_code": body}).encode()
    return Answer(http, {}, body)


@pytest.mark.parametrize(("http", "body"), CERTAIN)
def test_a_certain_refusal_of_a_submission_is_told_as_such(http: int, body: Any) -> None:
    """Where the answer proves that nothing was accepted, the reason is raised."""
    with pytest.raises(RunComfyError) as caught:
        wire.receipt(submitted(http, body), "a/b")
    assert not isinstance(caught.value, errors.SubmissionUnconfirmed | errors.BadReply)


@pytest.mark.parametrize(("http", "body"), UNCLEAR)
def test_every_other_answer_leaves_a_submission_unconfirmed(http: int, body: Any) -> None:
    """Whatever is no proof either way says that it may be running and billed, and where to look."""
    with pytest.raises(errors.SubmissionUnconfirmed) as caught:
        wire.receipt(submitted(http, body), "a/b")
    for word in ("may be running", "billed", "Generations on runcomfy.com", "not sent again"):
        assert word in caught.value.hint


def test_an_unclear_answer_is_quoted() -> None:
    """What the service said goes along with the doubt."""
    with pytest.raises(errors.SubmissionUnconfirmed, match=r"HTTP 503.*: overloaded\. It may be"):
        wire.receipt(submitted(503, {"error_message": "overloaded."}), "a/b")
