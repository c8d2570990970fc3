"""The models the sandbox offers: their cards, prices, and the check of an input against its schema. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .clip import Clip


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One model of the catalogue, as its data file tells it."""

    facts: Mapping[str, Any]

    @property
    def model_id(self) -> str:
        """The id, slashes and all."""
        return str(self.facts["model_id"])

    @property
    def schema(self) -> Mapping[str, Any]:
        """The input schema, word for word."""
        schema: Mapping[str, Any] = self.facts["input_schema"]
        return schema

    def to_dict(self, *, include_schema: bool) -> dict[str, Any]:
        """Write the card as the catalogue's answers carry it."""
        told = {key: value for key, value in self.facts.items() if key not in {"input_schema", "rendered_as"}}
        told["inputs"] = list(self.schema["properties"])
        told["required_inputs"] = list(self.schema.get("required", ()))
        return told | ({"input_schema": self.schema} if include_schema else {})

    def resolved(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the schema's defaults, and what the model itself fixes (a resolution, say)."""
        fields: Mapping[str, Any] = self.schema["properties"]
        defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
        return defaults | dict(body) | dict(self.facts.get("rendered_as", {}))

    def cost_usd(self, clip: Clip) -> float:
        """Say what such a clip would cost at the card's made-up price."""
        units = clip.seconds if self.facts["price_unit"] == "second" else 1
        return float(Decimal(str(self.facts["base_price_usd"])) * units)


@cache
def cards() -> dict[str, Card]:
    """Read the catalogue: cards by model id, in the file's order."""
    text = resources.files(__package__).joinpath("catalogue.json").read_text(encoding="utf-8")
    return {facts["model_id"]: Card(facts) for facts in json.loads(text)}


def search(word: str = "", category: str = "", kind: str = "") -> list[Card]:
    """Pick the cards whose id, name or description holds `word`, of one category and kind (empty: of any)."""
    return [card for card in cards().values() if _matches(card.facts, word.lower(), category, kind)]


def categories() -> list[str]:
    """List the categories of the catalogue."""
    return sorted({category for card in cards().values() for category in card.facts["categories"]})


def _matches(facts: Mapping[str, Any], word: str, category: str, kind: str) -> bool:
    text = " ".join((facts["model_id"], facts["display_name"], facts["description"])).lower()
    return word in text and (not category or category in facts["categories"]) and kind in {"", facts["kind"]}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One way in which an input does not fit its schema."""

    field: str
    message: str


def misfits(schema: Mapping[str, Any], body: Mapping[str, Any]) -> list[Misfit]:
    """List all ways in which `body` does not fit `schema`; an empty list when it fits."""
    fields: Mapping[str, Any] = schema["properties"]
    found = [Misfit(name, "is required") for name in schema.get("required", ()) if name not in body]
    for name, value in body.items():
        if name in fields:
            found.extend(Misfit(name, message) for message in _complaints(fields[name], value))
        else:
            found.append(Misfit(name, f"is not a field of this model; its fields are {', '.join(fields)}"))
    return found


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, bound: value >= bound, "must be at least {}"),
    "maximum": (lambda value, bound: value <= bound, "must be at most {}"),
    "minLength": (lambda value, bound: len(value) >= bound, "must have at least {} character(s)"),
    "maxLength": (lambda value, bound: len(value) <= bound, "must have at most {} character(s)"),
    "minItems": (lambda value, bound: len(value) >= bound, "must have at least {} item(s)"),
    "maxItems": (lambda value, bound: len(value) <= bound, "must have at most {} item(s)"),
}


def _complaints(field: Mapping[str, Any], value: Any) -> Iterator[str]:
    if value is None and "default" in field and field["default"] is None:
        return
    expected = field.get("type")
    if expected in _TYPES and not _TYPES[expected](value):
        yield f"must be of type {expected}{_legal(field)}"
    elif "enum" in field and value not in field["enum"]:
        yield f"must be one of {', '.join(map(json.dumps, field['enum']))}; it is {json.dumps(value)}"
    else:
        for key, (holds, words) in _BOUNDS.items():
            if key in field and not holds(value, field[key]):
                yield words.format(field[key])


def _legal(field: Mapping[str, Any]) -> str:
    return f", one of {', '.join(map(json.dumps, field['enum']))}" if "enum" in field else ""
