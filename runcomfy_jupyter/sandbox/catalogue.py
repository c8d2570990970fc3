"""The models the sandbox offers: their cards and made-up prices. Pure, but for its own data files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from . import hostile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .clip import Clip

_ONE_VIDEO = {"video": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One model of the catalogue, as its data file tells it; `sandbox` there is this module's own affair.

    `fixed`: inputs that the model itself decides · `makes`: how many files of a medium, a number or the
    field that says it · `output`: "object", or a bare "string" or "list" · `dearer`: what another value
    costs per unit · `billed`: what is billed where the card names no price · `lenient`: nothing is checked.
    """

    facts: Mapping[str, Any]

    @property
    def model_id(self) -> str:
        """The id, slashes and all."""
        return str(self.facts["model_id"])

    @property
    def schema(self) -> Any:
        """The input schema, word for word; of a hostile card it may be anything."""
        return self.facts["input_schema"]

    @property
    def fields(self) -> Mapping[str, Any]:
        """The schema's fields by name; none where it cannot be read."""
        fields = self.schema.get("properties") if isinstance(self.schema, dict) else None
        return fields if isinstance(fields, dict) else {}

    @property
    def is_lenient(self) -> bool:
        """Say whether any JSON object is taken for input."""
        return bool(self._own.get("lenient"))

    @property
    def makes(self) -> Mapping[str, int | str]:
        """How many files of each medium, or which field says it."""
        makes: Mapping[str, int | str] = self._own.get("makes", _ONE_VIDEO)
        return makes

    @property
    def _own(self) -> Mapping[str, Any]:
        own: Mapping[str, Any] = self.facts.get("sandbox", {})
        return own

    def to_dict(self, *, include_schema: bool) -> dict[str, Any]:
        """Write the card as the catalogue's answers carry it."""
        told = {key: value for key, value in self.facts.items() if key not in {"input_schema", "sandbox"}}
        told["inputs"] = list(self.fields)
        told["required_inputs"] = list(self.schema.get("required", ())) if self.fields else []
        return told | ({"input_schema": self.schema} if include_schema else {})

    def resolved(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the schema's defaults, and what the model itself fixes (a resolution, say)."""
        described = {name: field for name, field in self.fields.items() if isinstance(field, dict)}
        defaults = {name: field["default"] for name, field in described.items() if "default" in field}
        return defaults | dict(body) | dict(self._own.get("fixed", {}))

    def output(self, addresses: Sequence[tuple[str, str]]) -> Any:
        """Write a result's `output`: `addresses` are pairs of a medium, `video` or `image`, and a URL."""
        shape = self._own.get("output", "object")
        if shape != "object":
            urls = [url for _, url in addresses]
            return urls[0] if shape == "string" else urls
        told: dict[str, Any] = {}
        for medium, count in self.makes.items():
            urls = [url for kind, url in addresses if kind == medium]
            told |= {medium: urls[0]} if count == 1 else {f"{medium}s": urls}
        return told

    def cost_usd(self, clips: Sequence[Clip], inputs: Mapping[str, Any]) -> float:
        """Say what these files cost at the card's made-up price, which need not be its base price."""
        listed = {"usd": self.facts.get("base_price_usd", 0), "unit": self.facts.get("price_unit")}
        billed = self._own.get("billed", listed)
        usd = billed["usd"]
        for field, prices in self._own.get("dearer", {}).items():
            usd = prices.get(inputs.get(field), usd)
        units = sum(clip.seconds for clip in clips) if billed["unit"] == "second" else len(clips)
        return float(Decimal(str(usd)) * units)


@cache
def cards() -> dict[str, Card]:
    """Read the catalogue: cards by model id, in the order of their files' names."""
    files = sorted(resources.files(__package__).joinpath("models").iterdir(), key=lambda file: file.name)
    every = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return {facts["model_id"]: Card(facts) for facts in every}


@cache
def hidden() -> dict[str, Card]:
    """Make the cards that no list shows unless a scenario wants it; by their id they can always be had."""
    return {facts["model_id"]: Card(facts) for facts in hostile.cards()}


def find(model_id: str) -> Card | None:
    """Look a card up by its id, a hidden one too."""
    return cards().get(model_id) or hidden().get(model_id)


def search(word: str = "", category: str = "", kind: str = "", *, with_hidden: bool = False) -> list[Card]:
    """Pick the cards whose id, name or description holds `word`, of one category and kind (empty: of any)."""
    every = [*(hidden().values() if with_hidden else ()), *cards().values()]
    return [card for card in every if _matches(card.facts, word.lower(), category, kind)]


def categories() -> list[str]:
    """List the categories of the catalogue."""
    return sorted({category for card in cards().values() for category in card.facts["categories"]})


def _matches(facts: Mapping[str, Any], word: str, category: str, kind: str) -> bool:
    text = " ".join((facts["model_id"], facts["display_name"], facts["description"])).lower()
    return word in text and (not category or category in facts["categories"]) and kind in {"", facts["kind"]}
