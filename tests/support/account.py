"""What a scripted service says of an account, and of its models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from support.scripted_service import says

if TYPE_CHECKING:
    from support.scripted_service import Reply, Script, Service
    from support.seen import Seen

PANDA: dict[str, Any] = {
    "model_id": "zoo/panda-2/text-to-video",
    "display_name": "Panda 2",
    "description": "Draws pandas.",
    "kind": "model",
    "base_price_usd": 0.05,
    "price_unit": "second",
    "input_schema": {
        "type": "object",
        "required": ["prompt", "duration"],
        "properties": {
            "prompt": {"type": "string", "title": "Prompt"},
            "duration": {"type": "integer", "title": "Duration", "enum": [5, 10]},
            "mood": {"type": "string", "title": "Mood", "default": "calm"},
        },
    },
}
SORA: dict[str, Any] = {
    "model_id": "openai/sora-2/text-to-video",
    "display_name": "Sora 2",
    "kind": "model",
    "base_price_usd": 0.1,
    "price_unit": "second",
    "input_schema": {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string"},
            "size": {"type": "string", "enum": ["1280x720", "720x1280"], "default": "720x1280"},
            "seconds": {"type": "integer", "enum": [4, 8, 12], "default": 4},
        },
    },
}
REFUSED = says(401, error_code=400004, error_message="token is not known")
NO_MONEY = says(402, error_code=400002, error_message="not enough")
NO_MODEL = says(400, error_code=400001, error_message="no such model")
RICH = says(balance_usd=12.5, balance_microdollars=12_500_000, currency="USD")


def answering(
    service: Service, *, balance: Script = RICH, models: tuple[dict[str, Any], ...] = (SORA, PANDA)
) -> None:
    """Let a service tell a balance, and offer these models."""

    def one(seen: Seen) -> Reply | None:
        name = seen.path.partition("?")[0].removeprefix("/v1/models/")
        found = next((card for card in models if card["model_id"] == name), None)
        return says(**found)(seen) if found else NO_MODEL(seen)

    def some(seen: Seen) -> Reply | None:
        word = parse_qs(urlsplit(seen.path).query).get("search", [""])[0].lower()
        found = [card for card in models if word in str(card).lower()]
        return says(models=found, total=len(found))(seen)

    service.on("balance", balance)
    service.on("card", one)
    service.on("models", some)
