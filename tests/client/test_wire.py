from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.refusals import Answer
from runcomfy_jupyter._domain.replies import Cancellation, Outcome, Phase, Receipt, Result, Status
from runcomfy_jupyter.errors import BadReply, ModelError, RequestGone, ServiceError, TokenError

A, B = "https://files.example/a.mp4", "https://files.example/b.mp4"
NO_OBJECT = [b"", b"null", b"[]", b'"text"', b"7", b"{", b"<html>", b"\xff\xfe", b"[" * 100_000, b"1" * 5000]


def reply(body: Any, http: int = 200) -> Answer:
    """Return an answer with that body as JSON; bytes stay as they are."""
    return Answer(http, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize("http", [200, 201, 202])
def test_a_receipt_needs_no_more_than_an_id(http: int) -> None:
    """Any success with an id that can be used is an acceptance; the URLs beside it are not looked at."""
    body = {"request_id": "a-B_9", "status_url": "https://evil.example/", "error_code": None}
    assert wire.receipt(reply(body, http), "a/b") == Receipt("a-B_9")


@pytest.mark.parametrize(
    ("word", "phase"),
    [
        ("in_queue", Phase.IN_QUEUE),
        ("IN_QUEUE", Phase.IN_QUEUE),
        ("in-queue", Phase.IN_QUEUE),
        ("In Queue", Phase.IN_QUEUE),
        ("queued", Phase.IN_QUEUE),
        ("pending", Phase.IN_QUEUE),
        ("waiting", Phase.IN_QUEUE),
        ("in_progress", Phase.IN_PROGRESS),
        ("starting", Phase.IN_PROGRESS),
        ("processing", Phase.IN_PROGRESS),
        ("running", Phase.IN_PROGRESS),
        ("cancellation_requested", Phase.IN_PROGRESS),
        ("completed", Phase.COMPLETED),
        ("Succeeded", Phase.SUCCEEDED),
        ("failed", Phase.FAILED),
        ("cancelled", Phase.CANCELLED),
        ("canceled", Phase.CANCELLED),
        ("brewing", Phase.UNKNOWN),
        ("x" * 500, Phase.UNKNOWN),
        ("bre\x1bwing\n", Phase.UNKNOWN),
    ],
)
def test_every_word_for_a_state_is_understood(word: str, phase: Phase) -> None:
    """The words that official clients accept are read in any case; another stays unknown, and is kept."""
    seen = wire.status(reply({"status": word}))
    assert seen.state is phase
    assert seen.word.isprintable()
    assert 0 < len(seen.word) <= 60
    assert seen.word[:3] == word[:3]


@pytest.mark.parametrize(
    ("given", "read"),
    [(0, 0), (3, 3), (-1, None), (True, None), (1.5, None), ("3", None), (None, None), (10**9, None)],
)
def test_a_queue_position_is_a_number_of_people_before_one(given: Any, read: int | None) -> None:
    """Anything but a non-negative integer is no position."""
    assert wire.status(reply({"status": "in_queue", "queue_position": given})) == Status(
        Phase.IN_QUEUE, read, "in_queue"
    )


@pytest.mark.parametrize("body", [*NO_OBJECT, {}, {"status": None}, {"status": 5}, {"status": " \x00"}])
def test_an_answer_without_a_state_is_a_bad_reply(body: Any) -> None:
    """A success that names no state is not understood, and worth asking again."""
    with pytest.raises(BadReply, match="cannot be understood"):
        wire.status(reply(body))
    with pytest.raises(BadReply, match="cannot be understood"):
        wire.result(reply(body))


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ({"status": "in_queue"}, Result(Phase.IN_QUEUE)),
        ({"status": "in_progress", "output": None}, Result(Phase.IN_PROGRESS)),
        ({"status": "succeeded", "output": {"video": A}}, Result(Phase.SUCCEEDED, (A,))),
        ({"status": "succeeded", "output": {}}, Result(Phase.SUCCEEDED)),
        ({"status": "succeeded"}, Result(Phase.SUCCEEDED)),
        ({"status": "completed", "output": A}, Result(Phase.SUCCEEDED, (A,))),
        ({"status": "completed", "output": [A, B]}, Result(Phase.SUCCEEDED, (A, B))),
        ({"status": "completed"}, Result(Phase.COMPLETED)),
        ({"status": "completed", "error": ""}, Result(Phase.COMPLETED)),
        ({"status": "completed", "error": None, "output": {}}, Result(Phase.COMPLETED)),
        (
            {"status": "completed", "error": "late", "output": A},
            Result(Phase.SUCCEEDED, (A,), error="late"),
        ),
        ({"status": "completed", "error": "no"}, Result(Phase.FAILED, error="no")),
        (
            {"status": "completed", "error": True},
            Result(Phase.FAILED, error="no reason was given"),
        ),
        ({"status": "completed", "error_message": "no"}, Result(Phase.FAILED, error="no")),
        (
            {"status": "failed", "error": {"code": 3043, "message": "AiError:\n moderated"}},
            Result(Phase.FAILED, error="AiError: moderated (code 3043)"),
        ),
        ({"status": "failed"}, Result(Phase.FAILED)),
        (
            {"status": "failed", "error_code": 500100, "error_message": "no"},
            Result(Phase.FAILED, error="no"),
        ),
        ({"status": "cancelled"}, Result(Phase.CANCELLED)),
        ({"status": "brewing", "output": A}, Result(Phase.UNKNOWN, (A,))),
        (
            {"status": "cancelled", "created_at": "2026-09-01T12:00:00Z", "finished_at": 1_788_264_070},
            Result(Phase.CANCELLED, created_at=1_788_264_000, finished_at=1_788_264_070),
        ),
        ({"status": "cancelled", "finished_at": {"at": 1}}, Result(Phase.CANCELLED)),
        ({"output": {"video": A}}, Result(Phase.SUCCEEDED, (A,))),
        ({"error": "no"}, Result(Phase.FAILED, error="no")),
        (
            {"status": "succeeded", "input": {"image": B}, "output": {"video": A}, "status_url": B},
            Result(Phase.SUCCEEDED, (A,)),
        ),
    ],
)
def test_every_shape_of_a_result_is_read(body: Any, result: Result) -> None:
    """Output and error decide what "completed" means; addresses come from the output alone."""
    assert wire.result(reply(body)) == result


@pytest.mark.parametrize("http", [200, 400, 404, 409])
def test_a_result_that_is_not_ready_goes_on(http: int) -> None:
    """The code for "not ready" means to go on asking, whatever HTTP status carries it."""
    body = {"error_code": 400005, "error_message": "not ready"}
    assert wire.result(reply(body, http)) == Result(Phase.IN_PROGRESS)


def test_a_failing_service_does_not_say_how_a_request_went() -> None:
    """A body that says "failed" or "not ready" counts only where HTTP does not say that the service broke."""
    with pytest.raises(BadReply):
        wire.result(reply({"status": "failed"}, 500))
    with pytest.raises(BadReply):
        wire.result(reply({"error_code": 400005}, 503))


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        (0.4, Decimal("0.4")),
        (0, Decimal(0)),
        (3, Decimal(3)),
        ("0.40", Decimal("0.40")),
        (0.1, Decimal("0.1")),
        (-0.1, None),
        (True, None),
        ("free", None),
        ("nan", None),
        ("sNaN", None),
        ("Infinity", None),
        (10**12, None),
        ({"usd": 1}, None),
        (None, None),
    ],
)
def test_a_cost_is_an_amount_of_dollars(given: Any, cost: Decimal | None) -> None:
    """A cost is kept as the digits that were sent; what is no amount is no cost."""
    read = wire.result(reply({"status": "succeeded", "output": A, "cost": given})).cost_usd
    assert (read is None) == (cost is None)
    assert str(read) == str(cost)


def test_a_cost_that_json_can_say_and_money_cannot_is_none() -> None:
    """NaN, infinity and overflowing numbers are JSON to Python, but no cost."""
    for text in (b"NaN", b"Infinity", b"1e999"):
        assert wire.result(reply(b'{"status": "succeeded", "cost": %s}' % text)).cost_usd is None


@pytest.mark.parametrize(
    ("body", "http", "outcome"),
    [
        ({"outcome": "cancelled"}, 202, Outcome.CANCELLED),
        ({"outcome": "Canceled"}, 200, Outcome.CANCELLED),
        ({"outcome": "not_cancellable"}, 202, Outcome.NOT_CANCELLABLE),
        ({"outcome": "not_cancelable"}, 202, Outcome.NOT_CANCELLABLE),
        ({"outcome": "not_cancellable"}, 409, Outcome.NOT_CANCELLABLE),
        ({"status": "cancelled"}, 200, Outcome.CANCELLED),
        ({"outcome": "perhaps"}, 202, Outcome.UNKNOWN),
        ({"status": "cancellation_requested"}, 202, Outcome.UNKNOWN),
        ({}, 202, Outcome.UNKNOWN),
        (b"", 204, Outcome.UNKNOWN),
    ],
)
def test_every_answer_to_a_cancel_is_read(body: Any, http: int, outcome: Outcome) -> None:
    """What the service does not say is unknown, not cancelled."""
    assert wire.cancellation(reply(body, http)) == Cancellation(outcome)


def test_a_refused_cancel_is_an_error() -> None:
    """An error, a foreign request and an unreadable answer are told apart from an outcome."""
    with pytest.raises(RequestGone):
        wire.cancellation(reply({"error_code": 404001, "outcome": "cancelled"}))
    with pytest.raises(ServiceError, match="too late"):
        wire.cancellation(reply({"message": "too late"}, 409))
    with pytest.raises(BadReply):
        wire.cancellation(reply({"outcome": "cancelled"}, 500))
    with pytest.raises(BadReply):
        wire.cancellation(reply(b"gone", 200))


@pytest.mark.parametrize(
    ("body", "usd"),
    [
        ({"balance_usd": 12.5, "balance_microdollars": 1}, "12.5"),
        ({"balance_usd": "12.50"}, "12.50"),
        ({"balance_usd": -0.25}, "-0.25"),
        ({"balance_usd": None, "balance_microdollars": 12_500_000}, "12.5"),
    ],
)
def test_a_balance_is_read_in_dollars(body: Any, usd: str) -> None:
    """Dollars are taken as sent; millionths of a dollar stand in for them."""
    assert str(wire.balance(reply(body)).usd) == usd


@pytest.mark.parametrize("body", [*NO_OBJECT, {}, {"balance_usd": "much"}, {"balance_usd": True}])
def test_what_names_no_balance_is_a_bad_reply(body: Any) -> None:
    """A success that names no amount is not understood."""
    with pytest.raises(BadReply):
        wire.balance(reply(body))


def test_errors_come_before_everything() -> None:
    """A top-level error code makes an error of any success."""
    body = {"error_code": 400004, "status": "completed", "models": [], "balance_usd": 1, "model_id": "a/b"}
    for read in (wire.status, wire.result, wire.cancellation, wire.balance, wire.models):
        with pytest.raises(TokenError):
            read(reply(body))
    with pytest.raises(ModelError, match="has no model a/b"):
        wire.model(reply({"error_code": 404001}), "a/b")
