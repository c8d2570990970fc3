"""A model of a catalogue that tests write."""

from __future__ import annotations

from typing import Any

MODEL = "lab/meadow/text-to-video"


def card(model_id: str = MODEL, price: Any = 0.1, **fields: Any) -> dict[str, Any]:
    """Return a card as the catalogue answers it."""
    properties = {"prompt": {"type": "string"}, "duration": {"type": "integer", "default": 5}, **fields}
    return {
        "model_id": model_id,
        "display_name": model_id.split("/")[1].title(),
        "base_price_usd": price,
        "price_unit": "second",
        "input_schema": {"type": "object", "required": ["prompt"], "properties": properties},
    }
