from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.models import (
    SORA_2,
    ModelCard,
    built_in,
    completed,
    fingerprint,
    is_model_id,
    unknown,
)
from runcomfy_jupyter._domain.schema import Schema

BASE = "https://model-api.runcomfy.net/v1"
PAGE = Path(__file__).parents[1] / "sandbox" / "api_page.txt"
INPUTS = st.dictionaries(st.text(max_size=9), st.text() | st.integers() | st.booleans(), max_size=5)


def test_the_built_in_schema_is_the_given_pages() -> None:
    """Sora 2 needs no network: its input schema is, word for word, that of the API page."""
    given_text = PAGE.read_text(encoding="utf-8").partition("Input schema\n")[2].partition("Output schema")[0]
    page = json.loads(given_text)
    assert built_in().schema == Schema.parse(page)
    assert [field.name for field in built_in().schema.fields] == ["prompt", "size", "seconds"]
    assert built_in().model_id == SORA_2 == "openai/sora-2/text-to-video"


def test_no_price_is_built_in() -> None:
    """A price is the service's to say: the built-in card knows none."""
    assert built_in().base_price_usd is None


def test_a_card_is_read_whole() -> None:
    """Every part of a catalogue card that is used comes through, the price digit by digit."""
    card = ModelCard.parse(
        {
            "model_id": "maker/model",
            "display_name": "Model",
            "description": "Moves",
            "kind": "model",
            "base_price_usd": 0.1,
            "price_unit": "second",
            "pricing_note": "a base",
            "input_schema": {"properties": {"prompt": {"type": "string"}}},
            "model_url": "https://www.runcomfy.com/",
        }
    )
    assert (card.model_id, card.display_name, card.description, card.kind) == (
        "maker/model",
        "Model",
        "Moves",
        "model",
    )
    assert (card.base_price_usd, card.price_unit, card.pricing_note) == (Decimal("0.1"), "second", "a base")
    assert [field.name for field in card.schema.fields] == ["prompt"]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"display_name": None, "description": None, "kind": None, "input_schema": None, "price_unit": None},
        {"display_name": "", "input_schema": {}, "pricing_note": None, "base_price_usd": None},
    ],
)
def test_absent_parts_of_a_card_stay_empty(raw: dict[str, Any]) -> None:
    """A model that says nothing of itself is known by its id, has no fields and no price."""
    assert ModelCard.parse({"model_id": "maker/model", **raw}) == ModelCard(
        "maker/model", "maker/model", Schema.parse({})
    )


def test_a_free_model_has_a_price_of_nothing() -> None:
    """Zero is a price; only an absent one is unknown."""
    assert ModelCard.parse({"model_id": "m", "base_price_usd": 0}).base_price_usd == 0


def test_a_default_that_is_left_out_asks_for_the_same() -> None:
    """Naming a default and leaving it out is one request, so it is never bought twice."""
    schema = built_in().schema
    bare = fingerprint(BASE, SORA_2, schema.resolve({"prompt": "panda"}))
    named = fingerprint(BASE, SORA_2, schema.resolve({"seconds": 4, "size": "720x1280", "prompt": "panda"}))
    assert bare == named
    assert re.fullmatch(r"[0-9a-f]{64}", bare)


def test_a_request_keeps_its_name_from_version_to_version() -> None:
    """Ledgers hold it: a later version that wrote it otherwise would buy again what is bought."""
    inputs = built_in().schema.resolve({"prompt": "A panda, ünder water"})
    assert fingerprint(BASE, SORA_2, inputs) == (
        "7cdb8af666a4513aed38d05f076d8d67ff1660eb021de10478800271dd0570ac"
    )


@given(inputs=INPUTS, data=st.data())
def test_the_order_of_inputs_does_not_matter(inputs: dict[str, Any], data: st.DataObject) -> None:
    """However the fields are written down, they ask for the same."""
    shuffled = dict(data.draw(st.permutations(list(inputs.items()))))
    assert fingerprint(BASE, SORA_2, inputs) == fingerprint(BASE, SORA_2, shuffled)


@given(one=INPUTS, other=INPUTS)
def test_different_inputs_are_different_requests(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two fingerprints are the same only for what is the same as JSON."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (fingerprint(BASE, SORA_2, one) == fingerprint(BASE, SORA_2, other)) == same


@pytest.mark.parametrize(
    "other",
    [
        fingerprint("http://127.0.0.1:8787/v1", SORA_2, {"prompt": "panda", "seconds": 4}),
        fingerprint(BASE, "openai/sora-2/pro/text-to-video", {"prompt": "panda", "seconds": 4}),
        fingerprint(BASE, SORA_2, {"prompt": "panda", "seconds": 8}),
        fingerprint(BASE, SORA_2, {"prompt": "panda", "seconds": "4"}),
        fingerprint(BASE, SORA_2, {"prompt": "panda ", "seconds": 4}),
        fingerprint(BASE, SORA_2, {"prompt": "panda"}),
    ],
)
def test_where_which_and_what_all_count(other: str) -> None:
    """Another service, model, value, type, letter or field is another request."""
    assert other != fingerprint(BASE, SORA_2, {"prompt": "panda", "seconds": 4})


@pytest.mark.parametrize("price", [None, True, "dear", "nan", -1, [1]])
def test_what_is_no_price_is_unknown(price: object) -> None:
    """Whatever the catalogue says in its place."""
    assert ModelCard.parse({"model_id": "m", "base_price_usd": price}).base_price_usd is None


def test_a_card_is_written_as_it_is_read() -> None:
    """What is kept on disk comes back the same, the schema as it was served."""
    schema = {"properties": {"prompt": {"type": "string"}, "n": {"type": "float", "default": None}}}
    told = {"model_id": "a/b", "display_name": "B", "base_price_usd": "0.10", "input_schema": schema}
    told |= {"description": "Moves", "kind": "model", "price_unit": "second", "pricing_note": "a base"}
    card = ModelCard.parse(told)
    assert ModelCard.parse(card.to_dict()) == card
    assert {key: card.to_dict()[key] for key in told} == told
    assert unknown("a/b").to_dict()["base_price_usd"] is None


def test_the_built_in_schema_stands_in_where_none_can_be_read() -> None:
    """For Sora 2 alone: of others nothing is known."""
    broken = ModelCard.parse({"model_id": SORA_2, "base_price_usd": 1, "input_schema": "soon"})
    assert completed(broken).schema == built_in().schema
    assert completed(broken).base_price_usd == 1
    assert completed(unknown("a/b")) == unknown("a/b")
    assert completed(built_in()) is built_in()


@pytest.mark.parametrize(
    "word", ["", "/", "a//b", "../a", "a/..", ".", "a b", "a?b", "ä", "a/", "x" * 201, None, 7]
)
def test_what_is_no_model_id(word: object) -> None:
    """Nothing that could climb out of a path, or be no path at all."""
    assert not is_model_id(word)


@pytest.mark.parametrize("word", ["a", "a/b", "openai/sora-2/text-to-video", "A.b_c-1/2.5", "x" * 200])
def test_what_is_a_model_id(word: str) -> None:
    """Segments of letters, digits, dots, dashes and underscores."""
    assert is_model_id(word)
