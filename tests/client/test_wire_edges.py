from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.refusals import Answer
from runcomfy_jupyter._domain.replies import Cancellation, Outcome, Phase, Result
from runcomfy_jupyter.errors import BadReply

NOT_READY = {"error_code": 400005, "error_message": "not ready"}


def reply(body: Any, http: int = 200) -> Answer:
    """Return an answer with that body as JSON; bytes stay as they are."""
    return Answer(http, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_from_500_on_a_service_does_not_know_whether_a_result_is_ready() -> None:
    """Up to 499 the code for "not ready" means to go on asking, from 500 on it is trouble."""
    assert wire.result(reply(NOT_READY, 499)) == Result(Phase.IN_PROGRESS)
    with pytest.raises(BadReply, match="HTTP 500"):
        wire.result(reply(NOT_READY, 500))


def test_a_cancel_that_is_answered_by_white_space_is_not_known_to_have_worked() -> None:
    """An answer without words is no outcome, and no trouble either."""
    assert wire.cancellation(reply(b" \r\n", 202)) == Cancellation(Outcome.UNKNOWN)


@pytest.mark.parametrize(("given", "cost"), [(10**9, Decimal(10**9)), (10**9 + 1, None)])
def test_a_cost_has_an_upper_bound(given: int, cost: Decimal | None) -> None:
    """A thousand million dollars can be said, and nothing above."""
    assert wire.result(reply({"status": "succeeded", "cost": given})).cost_usd == cost


@pytest.mark.parametrize("name", ["display_name", "kind", "price_unit", "pricing_note", "description"])
def test_each_text_of_a_card_is_made_safe_to_show(name: str) -> None:
    """What does not print is in none of them."""
    card = wire.model(reply({"model_id": "a/b", name: "x\x1b[2Jy"}), "a/b")
    assert getattr(card, name) == "x [2Jy"


@pytest.mark.parametrize(("place", "known"), [(0, 0), (5000, 5000), (10**9, None), (-1, None), (True, None)])
def test_a_place_in_a_long_line_is_a_place(place: Any, known: int | None) -> None:
    """Thousands may wait; what counts no line is none."""
    assert wire.status(reply({"status": "in_queue", "queue_position": place})).queue_position == known
