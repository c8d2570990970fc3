from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runcomfy_jupyter.sandbox.catalogue import cards, categories, misfits, search
from runcomfy_jupyter.sandbox.clip import clip_for

PAGE = Path(__file__).with_name("api_page.txt").read_text(encoding="utf-8")
SORA = cards()["openai/sora-2/text-to-video"]
SEEDANCE = cards()["bytedance/seedance-2.5/text-to-video/1080p"]
FLUX = cards()["blackforestlabs/flux-3/text-to-video"]


def test_sora_has_the_schema_of_the_given_page_word_for_word() -> None:
    """The input schema is the page's, in content and in order."""
    given = PAGE.partition("Input schema\n")[2].partition("Output schema")[0]
    assert json.dumps(SORA.schema) == json.dumps(json.loads(given))


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": ""},
        {"prompt": "x", "size": "1280x720", "seconds": 12},
    ],
)
def test_inputs_that_fit(body: dict[str, Any]) -> None:
    """The page's own example fits, and so does every field at a legal value."""
    assert misfits(SORA.schema, body) == []


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "prompt", "is required"),
        ({"prompt": 1}, "prompt", "must be of type string"),
        ({"prompt": None}, "prompt", "must be of type string"),
        ({"prompt": "", "size": "1x1"}, "size", 'must be one of "1280x720", "720x1280"; it is "1x1"'),
        ({"prompt": "", "seconds": 5}, "seconds", "must be one of 4, 8, 12; it is 5"),
        ({"prompt": "", "seconds": "4"}, "seconds", "must be of type integer, one of 4, 8, 12"),
        ({"prompt": "", "seconds": 4.0}, "seconds", "must be of type integer, one of 4, 8, 12"),
        ({"prompt": "", "seconds": True}, "seconds", "must be of type integer, one of 4, 8, 12"),
        ({"prompt": "", "wait": True}, "wait", "its fields are prompt, size, seconds"),
    ],
)
def test_what_does_not_fit_is_told_with_field_and_legal_values(
    body: dict[str, Any], field: str, words: str
) -> None:
    """Each misfit names its field and what would be legal."""
    (misfit,) = misfits(SORA.schema, body)
    assert misfit.field == field
    assert words in misfit.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"prompt": ""}, "must have at least 1 character(s)"),
        ({"prompt": "x", "duration": 3}, "must be at least 4"),
        ({"prompt": "x", "duration": 31}, "must be at most 30"),
        ({"prompt": "x", "generate_audio": 1}, "must be of type boolean"),
    ],
)
def test_bounds_are_checked(body: dict[str, Any], words: str) -> None:
    """Lengths and ranges of the schema hold."""
    assert [misfit.message for misfit in misfits(SEEDANCE.schema, body)] == [words]


def test_null_is_legal_where_it_is_the_default() -> None:
    """A field whose default is null may be null, and a float may be whole."""
    assert misfits(FLUX.schema, {"prompt": "", "negative_prompt": None, "guidance": 2}) == []


def test_defaults_are_filled_in() -> None:
    """Resolved inputs hold the schema's defaults and what the model itself fixes."""
    assert SORA.resolved({"prompt": "x"}) == {"prompt": "x", "size": "720x1280", "seconds": 4}
    assert SEEDANCE.resolved({"prompt": "x"})["resolution"] == "1080p"


def test_prices_count_seconds_or_outputs() -> None:
    """The cost follows the card's unit, without binary dust."""
    for card, usd in ((SORA, 1.2), (FLUX, 0.5)):
        inputs = card.resolved({"prompt": "x"}) | {"seconds": 12}
        assert card.cost_usd(clip_for(card.model_id, inputs)) == usd


def test_search_finds_words_categories_and_kinds() -> None:
    """A card is found by a word of its id, name or description, by category and by kind."""
    assert search("SORA") == [SORA]
    assert search("synchronised audio") == [SORA]
    assert search(category="text-to-video", kind="model") == list(cards().values())
    assert search(category="no-such") == search(kind="workflow") == []
    assert categories() == ["text-to-video"]


def test_cards_list_their_fields() -> None:
    """A card tells its fields and, if asked, its schema; how it is rendered is its own affair."""
    told = SEEDANCE.to_dict(include_schema=False)
    assert told["inputs"] == ["prompt", "aspect_ratio", "duration", "generate_audio", "seed"]
    assert told["required_inputs"] == ["prompt"]
    assert not {"input_schema", "rendered_as"} & set(told)
    assert SEEDANCE.to_dict(include_schema=True)["input_schema"] == SEEDANCE.schema
