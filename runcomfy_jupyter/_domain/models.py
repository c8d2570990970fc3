"""A model's card: what the catalogue says of a model. Sora 2's is a file of this package."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

SORA_2 = "openai/sora-2/text-to-video"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model of the catalogue. `base_price_usd` per `price_unit` is a base, not a quote."""

    model_id: str
    display_name: str
    schema: Schema
    description: str = ""
    kind: str = ""
    base_price_usd: str | None = None
    price_unit: str = ""
    pricing_note: str = ""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> ModelCard:
        """Read a card of `GET /v1/models/{model_id}`; absent parts stay empty."""
        price = raw.get("base_price_usd")
        return cls(
            model_id=str(raw["model_id"]),
            display_name=str(raw.get("display_name") or raw["model_id"]),
            schema=Schema.parse(raw.get("input_schema") or {}),
            description=str(raw.get("description") or ""),
            kind=str(raw.get("kind") or ""),
            base_price_usd=None if price is None else str(price),
            price_unit=str(raw.get("price_unit") or ""),
            pricing_note=str(raw.get("pricing_note") or ""),
        )


@cache
def built_in() -> ModelCard:
    """Return Sora 2's card, which needs no network. Its input schema is the given API page's."""
    text = files("runcomfy_jupyter._domain").joinpath("sora_2.json").read_text(encoding="utf-8")
    return ModelCard.parse(json.loads(text))


def fingerprint(base_url: str, model: str, resolved: Mapping[str, Any]) -> str:
    """Name a request by where it goes and what it asks for, 64 hex digits.

    `resolved` are the inputs with defaults filled in: leaving a default out asks for the same.
    """
    parts = [base_url, model, dict(resolved)]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
