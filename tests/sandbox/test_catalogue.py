from __future__ import annotations

import json
from pathlib import Path

import pytest

from runcomfy_jupyter.sandbox.catalogue import Card, cards, categories, find, hidden, search
from runcomfy_jupyter.sandbox.clip import clips_for

PAGE = Path(__file__).with_name("api_page.txt").read_text(encoding="utf-8")
SORA = cards()["openai/sora-2/text-to-video"]
PRO = cards()["openai/sora-2/pro/text-to-video"]
SEEDANCE = cards()["bytedance/seedance-2.5/text-to-video/1080p"]
FLUX = cards()["blackforestlabs/flux-3/text-to-video"]
STILL_LIFE = cards()["sandbox/still-life/text-to-image"]
UPSCALER = cards()["sandbox/upscaler/video-to-video"]


def test_sora_has_the_schema_of_the_given_page_word_for_word() -> None:
    """The input schema is the page's, in content and in order."""
    given = PAGE.partition("Input schema\n")[2].partition("Output schema")[0]
    assert json.dumps(SORA.schema) == json.dumps(json.loads(given))


def test_defaults_are_filled_in() -> None:
    """Resolved inputs hold the schema's defaults and what the model itself fixes."""
    assert SORA.resolved({"prompt": "x"}) == {"prompt": "x", "size": "720x1280", "seconds": 4}
    assert SEEDANCE.resolved({"prompt": "x"})["resolution"] == "1080p"


@pytest.mark.parametrize(
    ("card", "body", "usd"),
    [
        (SORA, {"seconds": 12}, 1.2),
        (FLUX, {"duration": "10"}, 0.5),
        (STILL_LIFE, {"num_images": 3}, 0.12),
        (PRO, {"seconds": 4}, 1.2),
        (PRO, {"seconds": 4, "size": "1792x1024"}, 2.0),
        (UPSCALER, {"video_url": "https://files.example/a.mp4"}, 0.3),
    ],
)
def test_prices_count_what_their_unit_says(card: Card, body: dict[str, object], usd: float) -> None:
    """The cost follows the unit, without binary dust; it may differ from the base price, or have none."""
    inputs = card.resolved({"prompt": "x"} | body)
    assert card.cost_usd(clips_for(card, inputs), inputs) == usd


def test_outputs_have_the_shape_of_their_model() -> None:
    """An output names one file or several of a medium, or is a bare address, or a bare list."""
    video, image = ("video", "v"), ("image", "i")
    assert SORA.output([video]) == {"video": "v"}
    assert STILL_LIFE.output([image, image]) == {"images": ["i", "i"]}
    assert cards()["sandbox/storyboard/image-to-video"].output([video, image]) == {"video": "v", "image": "i"}
    assert cards()["sandbox/postcard/text-to-image"].output([image]) == "i"
    assert cards()["sandbox/variations/text-to-video"].output([video, video]) == ["v", "v"]
    assert cards()["sandbox/music-video/workflow"].output([video, video]) == {"videos": ["v", "v"]}


def test_search_finds_words_categories_and_kinds() -> None:
    """A card is found by a word of its id, name or description, by category and by kind."""
    assert search("SORA") == [SORA, PRO]
    assert search("synchronised audio") == [SORA]
    assert search(category="video-to-video", kind="model") == [UPSCALER]
    assert [card.facts["kind"] for card in search(kind="workflow")] == ["workflow"]
    assert search(category="no-such") == []
    assert {"text-to-video", "text-to-image", "image-to-video", "video-to-video"} < set(categories())


def test_cards_list_their_fields() -> None:
    """A card tells its fields and, if asked, its schema; how it is rendered is its own affair."""
    told = SEEDANCE.to_dict(include_schema=False)
    assert told["inputs"] == ["prompt", "aspect_ratio", "duration", "generate_audio", "seed"]
    assert told["required_inputs"] == ["prompt"]
    assert not {"input_schema", "sandbox"} & set(told)
    assert SEEDANCE.to_dict(include_schema=True)["input_schema"] == SEEDANCE.schema


def test_a_card_without_a_price_says_what_it_depends_on() -> None:
    """The upscaler names neither price nor unit, but has a note."""
    told = UPSCALER.to_dict(include_schema=False)
    assert not {"base_price_usd", "price_unit"} & set(told)
    assert told["pricing_note"]


def test_hidden_cards_are_found_by_their_id_alone() -> None:
    """No search shows a hostile card unless told to; each has an id that the API's own clients accept."""
    assert not set(hidden()) & {card.model_id for card in search()}
    assert set(hidden()) < {card.model_id for card in search(with_hidden=True)}
    assert all(find(model_id) is card for model_id, card in hidden().items())
    for card in hidden().values():
        json.dumps(card.to_dict(include_schema=True), allow_nan=False)
