from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.refusals import Answer
from runcomfy_jupyter.errors import BadReply, ModelError

CARD = {
    "model_id": "bytedance/seedance-2.5/text-to-video/1080p",
    "display_name": "Seed\x1bance",
    "description": "Long\nand good.",
    "categories": ["video"],
    "kind": "model",
    "base_price_usd": 0.08,
    "price_unit": "second",
    "pricing_note": "with sound",
    "inputs": ["prompt"],
    "input_schema": {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"title": "Prompt", "type": "string"},
            "duration": {"type": "float", "default": None, "enum": None},
        },
    },
}
UNREADABLE: list[Any] = [
    None,
    5,
    [],
    {},
    {"model_id": None},
    {"model_id": "../balance"},
    {"model_id": "x" * 500},
]


def reply(body: Any, http: int = 200) -> Answer:
    """Return an answer with that body as JSON."""
    return Answer(http, {}, json.dumps(body).encode())


def test_a_card_is_read_and_made_safe_to_show() -> None:
    """Texts become printable lines, the price stays as sent, the schema is read."""
    card = wire.model(reply(CARD), "bytedance/seedance-2.5/text-to-video/1080p")
    assert card.model_id == CARD["model_id"]
    assert card.display_name == "Seed ance"
    assert card.description == "Long and good."
    assert (card.base_price_usd, card.price_unit, card.pricing_note) == (
        Decimal("0.08"),
        "second",
        "with sound",
    )
    assert [field.name for field in card.schema.fields] == ["prompt", "duration"]


@pytest.mark.parametrize("price", [None, "a lot", {}, -1, True])
def test_what_is_no_price_is_none(price: Any) -> None:
    """A price that is no amount is unknown rather than shown."""
    assert wire.model(reply({**CARD, "base_price_usd": price}), "a/b").base_price_usd is None


@pytest.mark.parametrize("entry", UNREADABLE, ids=repr)
def test_a_card_that_cannot_be_read_is_a_bad_reply_alone_and_left_out_of_a_list(entry: Any) -> None:
    """One strange card fails by itself, and does not hide the others."""
    page = wire.models(reply({"models": [entry, CARD, entry], "total": 9}))
    assert [card.display_name for card in page.cards] == ["Seed ance"]
    assert (page.entries, page.total) == (3, 9)
    with pytest.raises(BadReply):
        wire.model(reply(entry), "a/b")


@pytest.mark.parametrize(
    "schema",
    [
        "text",
        None,
        [1],
        {"properties": [1]},
        {"properties": {"prompt": 5}, "required": 5},
        {"properties": {"prompt": {"enum": 5, "title": [], "type": {}}}},
    ],
)
def test_a_strange_schema_does_not_hide_its_model(schema: Any) -> None:
    """What a schema says that nobody understands is left open, and the card is there."""
    card = wire.model(reply({**CARD, "input_schema": schema}), "a/b")
    assert {field.name for field in card.schema.fields} <= {"prompt"}


@pytest.mark.parametrize("total", [None, "9", [], True, -1])
def test_a_page_without_a_usable_total_has_none(total: Any) -> None:
    """Only a non-negative integer counts what there is."""
    assert wire.models(reply({"models": [], "total": total})).total is None


@pytest.mark.parametrize("body", [{}, {"models": None}, {"models": {}}, []])
def test_what_lists_no_models_is_a_bad_reply(body: Any) -> None:
    """A success without a list is not understood."""
    with pytest.raises(BadReply):
        wire.models(reply(body))


@pytest.mark.parametrize(
    ("http", "body"), [(404, {}), (404, {"error_code": 404001}), (400, {"error_code": 400001})]
)
def test_a_missing_model_is_named(http: int, body: Any) -> None:
    """However the service says that it has no such model, the message names it and the way on."""
    with pytest.raises(ModelError, match=r"has no model a/b.*--model ID"):
        wire.model(reply(body, http), "a/b")
