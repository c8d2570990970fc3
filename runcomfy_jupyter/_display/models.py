"""The catalogue's models: a table of many, a page of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.shapes import Cell, Code, Kind, Line, Sheet, Table, View, cut
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.texts import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.models import ModelCard

MOST_MODELS = 50
_MOST_FIELDS = 60
_NAME = 60
_ID = 120
_WORD = 24
_LEGAL = 160
_DEFAULT = 40
_DESCRIPTION = 600
_PRICE_UNKNOWN = "price not told"
_UNITS = {"second": "per second", "output": "per output", "image": "per image", "video": "per video"}


def price(card: ModelCard) -> str:
    """Say what a model costs: $0.10 per second."""
    if card.base_price_usd is None:
        return _PRICE_UNKNOWN
    unit = words.shorten(card.price_unit, _WORD)
    said = _UNITS.get(unit.lower().removesuffix("s"), f"per {unit}" if unit else "")
    return f"{words.dollars(card.base_price_usd)} {said}".strip()


def models_sheet(
    cards: Sequence[ModelCard], *, word: str = "", chosen: str = "", reached: bool = True
) -> Sheet:
    """Return models as a table, in the order given.

    `word`: what was looked for; `chosen`: the id that cells without `--model` use; `reached`:
    whether the service was, or these are those that are known here.
    """
    looked_for = words.shorten(word, _WORD)
    told = Line("These are the models that are known here.", dim=True)
    notes = () if reached else (View(Kind.CARE, "RunComfy could not be reached", lines=(told,)),)
    if not cards:
        told = Line("`%sora models` lists all of them.", dim=True)
        headline = f"No model matches '{looked_for}'" if looked_for else "The catalogue has no models"
        return (*notes, View(Kind.OVER, headline, lines=(told,) if looked_for else ()))
    rows = tuple(_row(card, chosen=card.model_id == chosen) for card in cards[:MOST_MODELS])
    more = len(cards) - len(rows)
    foot = f"… {more} more: %sora models WORD finds those with a word. " if more else ""
    foot += "%sora model ID shows its fields; prices are base prices, not quotes."
    if any(card.model_id == chosen for card in cards[:MOST_MODELS]):
        foot += " The marked one is what cells without --model use."
    return (*notes, Table(("name", "id", "kind", "price"), rows, foot))


def _row(card: ModelCard, *, chosen: bool) -> tuple[Cell, ...]:
    return (
        Cell(words.shorten(card.display_name, _NAME), kind=Kind.RUNNING if chosen else None),
        Cell(words.shorten(card.model_id, _ID), code=True),
        Cell(words.shorten(card.kind, _WORD), dim=True),
        Cell(price(card), dim=card.base_price_usd is None),
    )


def model_sheet(card: ModelCard, *, cell: str, age: float | None, reached: bool = True) -> Sheet:
    """Return all that is known of a model.

    `cell`: a cell that makes something with it, ready to copy; `age`: seconds since the service
    told of it, None if it never did; `reached`: whether it could be asked just now.
    """
    lines = [
        Line(card.model_id, quoted=True),
        Line(words.shorten(card.description, _DESCRIPTION), quoted=True),
        Line(words.shorten(card.pricing_note, _DESCRIPTION), dim=True, quoted=True),
        Line(
            " · ".join(part for part in (words.shorten(card.kind, _WORD), _as_of(age)) if part),
            dim=True,
            quoted=True,
        ),
        Line("" if reached else "RunComfy could not be reached: this may be stale."),
    ]
    head = View(
        Kind.RUNNING if reached else Kind.CARE,
        words.shorten(card.display_name, _NAME),
        price(card),
        tuple(line for line in lines if line.text),
    )
    return (head, *_fields(card), Code(cell, "A cell to copy"))


def _as_of(age: float | None) -> str:
    if age is None:
        return "built in with this version"
    return f"as of {words.ago(age)}"


def _fields(card: ModelCard) -> Sheet:
    fields = card.schema.fields
    if not card.schema.readable:
        told = "Its input schema cannot be read: `--inputs VAR` sends a dict as it is."
        return (Line(told),)
    if not fields:
        return (Line("It takes no inputs.", dim=True),)
    body = card.schema.body
    rows = tuple(_field_row(field, is_body=field == body) for field in fields[:_MOST_FIELDS])
    more = len(fields) - len(rows)
    foot = f"… and {more} more." if more else ""
    return (Table(("option", "what it is", "takes", "default"), rows, foot),)


def _field_row(field: Field, *, is_body: bool) -> tuple[Cell, ...]:
    option = (
        Cell("the cell's text", dim=True)
        if is_body
        else Cell(f"--{words.shorten(field.name, _NAME)}", code=True)
    )
    default = "" if field.default is None else words.shorten(spelled(field.default), _DEFAULT)
    return (
        option,
        Cell(
            words.shorten(field.title, _NAME),
            note=Line(words.shorten(field.description, _LEGAL), quoted=True),
        ),
        Cell(cut(words.shorten(field.legal(), _LEGAL * 4), _LEGAL), dim=False),
        Cell("required", dim=True) if field.required else Cell(default, code=bool(default)),
    )
