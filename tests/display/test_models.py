from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from display.pages import check_saved
from runcomfy_jupyter._display import html, text
from runcomfy_jupyter._display.models import model_sheet, models_sheet, price
from runcomfy_jupyter._display.shapes import Kind, Table, View
from runcomfy_jupyter._domain.models import ModelCard, built_in, unknown

SORA = built_in()
PAINTER = ModelCard.parse(
    {
        "model_id": "maker/painter",
        "display_name": "Painter",
        "kind": "model",
        "description": "Pictures from text.",
        "base_price_usd": 0.04,
        "price_unit": "image",
        "pricing_note": "Larger ones cost more.",
        "input_schema": {
            "required": ["prompt", "seed"],
            "properties": {
                "prompt": {"type": "string", "title": "Prompt"},
                "seed": {
                    "type": "integer",
                    "title": "Seed",
                    "description": "The same seed, the same picture",
                },
                "style": {"enum": [f"style {at}" for at in range(10_000)], "title": "Style"},
                "safe": {"type": "boolean", "default": True},
                "tags": {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]},
            },
        },
    }
)
CELL = "%%sora --model maker/painter --seed 1\nA tea house"


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        ("0.1", "second", "$0.10 per second"),
        ("0.04", "Images", "$0.04 per image"),
        ("0.5", "output", "$0.50 per output"),
        ("1", "megapixel", "$1.00 per megapixel"),
        ("1", "", "$1.00"),
        (None, "second", "price not told"),
    ],
)
def test_a_price_is_said_with_its_unit(amount: str | None, unit: str, said: str) -> None:
    """As the catalogue tells it; one that it does not tell is not zero."""
    told = None if amount is None else Decimal(amount)
    assert price(replace(SORA, base_price_usd=told, price_unit=unit)) == said


def test_models_are_a_table() -> None:
    """Name, id, kind and price, a row each, in the order given; the one that is used is marked."""
    lines = text.sheet(models_sheet([PAINTER, SORA], chosen=SORA.model_id)).splitlines()
    assert lines[0].split() == ["name", "id", "kind", "price"]
    assert lines[1].split("  ")[0] == "Painter"
    assert "maker/painter" in lines[1]
    assert lines[1].endswith("$0.04 per image")
    assert lines[2].endswith("price not told")
    sheet = models_sheet([PAINTER, SORA], chosen=SORA.model_id)
    (table,) = [block for block in sheet if isinstance(block, Table)]
    assert [row[0].kind for row in table.rows] == [None, Kind.RUNNING]
    check_saved(html.sheet(sheet))


def test_many_models_are_bounded() -> None:
    """Fifty are shown, the number of the others is told, and how to find them."""
    page = text.sheet(models_sheet([PAINTER] * 462))
    assert page.count("maker/painter") == 50
    assert "… 412 more: %sora models WORD finds those with a word." in page
    assert "more" not in text.sheet(models_sheet([PAINTER] * 50))


def test_a_word_without_a_model_is_told() -> None:
    """Nothing found is a sentence, and so is an empty catalogue."""
    assert text.sheet(models_sheet([], word="pandda")).startswith("No model matches 'pandda'")
    assert text.sheet(models_sheet([])) == "The catalogue has no models"


def test_models_known_here_are_called_so() -> None:
    """Where the service cannot be reached, that is said above what is known."""
    note, *_ = models_sheet([SORA], reached=False)
    assert isinstance(note, View)
    assert (note.kind, note.headline) == (Kind.CARE, "RunComfy could not be reached")


def test_a_models_page_tells_all_of_it() -> None:
    """Name, price, id, words, note and age; then each field, and a cell to copy."""
    page = check_saved(html.sheet(model_sheet(PAINTER, cell=CELL, age=180.0))).text
    for told in (
        "Painter",
        "$0.04 per image",
        "maker/painter",
        "Pictures from text.",
        "Larger ones cost more.",
    ):
        assert told in page
    assert "model · as of 3 minutes ago" in page
    assert page.endswith(f"A cell to copy{CELL}")
    assert "could not be reached" not in page


def test_a_models_fields_are_options() -> None:
    """What is typed, what it is, what it takes, and its default; the prompt is the cell's text."""
    (table,) = [block for block in model_sheet(PAINTER, cell=CELL, age=1.0) if isinstance(block, Table)]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert rows["the cell's text"] == ["Prompt", "text", "required"]
    assert rows["--seed"] == ["Seed", "a whole number", "required"]
    assert rows["--safe"] == ["safe", "true or false", "true"]
    assert rows["--tags"][-1] == '["a", "b"]'
    assert rows["--style"][1].startswith("style 0, style 1")
    assert "10,000" in rows["--style"][1]
    assert len(rows["--style"][1]) <= 160
    assert next(row[1].note.text for row in table.rows if row[0].text == "--seed").startswith("The same seed")


def test_a_model_with_very_many_fields_is_bounded() -> None:
    """Sixty are shown, and the number of the others."""
    properties = {f"field_{at}": {"type": "string"} for at in range(70)}
    many = ModelCard.parse({"model_id": "maker/many", "input_schema": {"properties": properties}})
    page = text.sheet(model_sheet(many, cell=CELL, age=1.0))
    assert page.count("--field_") == 60
    assert "… and 10 more." in page


def test_a_stale_card_says_so() -> None:
    """Where the service was not reached, or never told, the page tells that."""
    head, *_ = model_sheet(SORA, cell=CELL, age=90_000.0, reached=False)
    assert isinstance(head, View)
    assert head.kind is Kind.CARE
    told = text.plain(head)
    assert "as of 25 hours ago" in told
    assert "RunComfy could not be reached: this may be stale." in told
    assert "built in with this version" in text.sheet(model_sheet(SORA, cell=CELL, age=None))


def test_a_model_without_fields_says_how_it_is_asked() -> None:
    """Fields that cannot be read are replaced by a dict; none at all is said."""
    assert "--inputs VAR sends a dict" in text.sheet(model_sheet(unknown("maker/x"), cell=CELL, age=1.0))
    empty = ModelCard.parse({"model_id": "maker/x", "input_schema": {"properties": {}}})
    assert empty.schema.readable
    assert "It takes no inputs." in text.sheet(model_sheet(empty, cell=CELL, age=1.0))
