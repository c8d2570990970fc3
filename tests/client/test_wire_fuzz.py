from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.refusals import Answer
from runcomfy_jupyter._domain.models import ModelCard
from runcomfy_jupyter._domain.replies import Balance, Cancellation, Receipt, Result, Status
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable

READERS: list[tuple[Callable[[Answer], object], type]] = [
    (lambda answer: wire.receipt(answer, "a/b"), Receipt),
    (wire.status, Status),
    (wire.result, Result),
    (wire.cancellation, Cancellation),
    (wire.models, wire.Page),
    (lambda answer: wire.model(answer, "a/b"), ModelCard),
    (wire.balance, Balance),
]
KEYS = st.sampled_from(
    [
        "request_id",
        "status",
        "queue_position",
        "output",
        "error",
        "error_code",
        "error_message",
        "detail",
        "message",
        "code",
        "loc",
        "msg",
        "cost",
        "outcome",
        "models",
        "total",
        "model_id",
        "display_name",
        "input_schema",
        "properties",
        "required",
        "enum",
        "type",
        "title",
        "balance_usd",
        "balance_microdollars",
        "video",
        "videos",
        "image",
        "input",
        "base_price_usd",
    ]
)
WORDS = st.sampled_from(
    [
        "completed",
        "succeeded",
        "failed",
        "in_queue",
        "cancelled",
        "not_cancellable",
        "a/b",
        "r-1",
        "1e999",
        "nan",
        "https://a.example/b.mp4",
        "https://[",
        "http://u:p@h/",
        "�",
        "400005",
        "\x00",
    ]
)
CODES = st.sampled_from([400001, 400002, 400004, 400005, 403001, 404001, 422001, 429001, 500001])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS | CODES
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=25,
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=8) | VALUES
STATUSES = st.sampled_from(
    [200, 200, 200, 202, 204, 301, 303, 400, 401, 404, 409, 422, 429, 500]
) | st.integers(100, 599)
HEADERS = st.dictionaries(st.sampled_from(["retry-after", "location"]), st.text(max_size=30))


def check(answer: Answer) -> None:
    """Read an answer in every way: a reply comes out, or an error that can be shown."""
    for read, kind in READERS:
        reply = outcome(read, answer)
        if isinstance(reply, RunComfyError):
            assert reply.message.isprintable()
            assert len(reply.message) < 500
        else:
            assert isinstance(reply, kind)


def outcome(read: Callable[[Answer], object], answer: Answer) -> object:
    """Return the reply that an answer holds, or the error that it amounts to."""
    try:
        return read(answer)
    except RunComfyError as error:
        return error


@settings(deadline=None)
@given(STATUSES, HEADERS, BODIES)
def test_any_json_is_a_reply_or_an_error_of_ours(http: int, headers: dict[str, str], body: Any) -> None:
    """Whatever JSON the service sends, nothing but replies and our errors come out."""
    check(Answer(http, headers, json.dumps(body).encode()))


@settings(deadline=None)
@given(STATUSES, HEADERS, st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_an_error_of_ours(http: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever bytes the service sends, nothing but replies and our errors come out."""
    check(Answer(http, headers, body))


@pytest.mark.parametrize("opening", [b"[", b'{"output":', b'{"error":[', b'{"status":"completed","output":['])
def test_endless_nesting_is_an_error_of_ours(opening: bytes) -> None:
    """JSON that is nested deeper than can be read does not bring the reader down."""
    check(Answer(200, {}, opening * 200_000))
