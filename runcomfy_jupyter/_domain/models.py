"""A model's card: what the catalogue says of a model. Sora 2's is a file of this package."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeGuard

from runcomfy_jupyter._domain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

SORA_2 = "openai/sora-2/text-to-video"
# Segments, none of them made of dots alone: those would climb out of a path.
_MODEL_ID = re.compile(r"(?:(?!\.+(?:/|\Z))[A-Za-z0-9._-]+(?:/(?!\Z)|\Z))+")
_LONGEST_MODEL_ID = 200


def is_model_id(value: object) -> TypeGuard[str]:
    """Tell whether this can be a model's id, such as `openai/sora-2/text-to-video`."""
    return (
        isinstance(value, str) and len(value) <= _LONGEST_MODEL_ID and _MODEL_ID.fullmatch(value) is not None
    )


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model of the catalogue. `base_price_usd` per `price_unit` is a base, not a quote."""

    model_id: str
    display_name: str
    schema: Schema
    description: str = ""
    kind: str = ""
    base_price_usd: Decimal | None = None
    price_unit: str = ""
    pricing_note: str = ""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> ModelCard:
        """Read a card of `GET /v1/models/{model_id}`; what is absent, or not as it should be, stays empty."""
        schema = raw.get("input_schema")
        texts = ("description", "kind", "price_unit", "pricing_note")
        return cls(
            model_id=str(raw["model_id"]),
            display_name=str(raw.get("display_name") or raw["model_id"]),
            schema=Schema.parse(schema if isinstance(schema, dict) else {}),
            base_price_usd=_price(raw.get("base_price_usd")),
            **{name: str(raw.get(name) or "") for name in texts},
        )

    def to_dict(self) -> dict[str, Any]:
        """Write the card as `parse` reads it, in JSON's types."""
        price = self.base_price_usd
        return {
            "model_id": self.model_id,
            "display_name": self.display_name,
            "description": self.description,
            "kind": self.kind,
            "base_price_usd": None if price is None else str(price),
            "price_unit": self.price_unit,
            "pricing_note": self.pricing_note,
            "input_schema": dict(self.schema.raw),
        }


@cache
def built_in() -> ModelCard:
    """Return Sora 2's card, which needs no network. Its input schema is the given API page's."""
    text = files("runcomfy_jupyter._domain").joinpath("sora_2.json").read_text(encoding="utf-8")
    return ModelCard.parse(json.loads(text))


def unknown(model_id: str) -> ModelCard:
    """Return the card of a model of which no more than its id is known: any inputs may be sent."""
    return ModelCard(model_id, model_id, Schema.parse({}))


def completed(card: ModelCard) -> ModelCard:
    """Give a card whose schema cannot be read the built-in one, where there is one for its model."""
    if card.model_id == SORA_2 and not card.schema.readable:
        return replace(card, schema=built_in().schema)
    return card


def fingerprint(base_url: str, model: str, resolved: Mapping[str, Any]) -> str:
    """Name a request by where it goes and what it asks for, 64 hex digits.

    `resolved` are the inputs with defaults filled in: leaving a default out asks for the same.
    """
    parts = [base_url, model, dict(resolved)]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _price(value: Any) -> Decimal | None:
    """Read an amount of US dollars; None for what is none."""
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None
