from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from runcomfy_jupyter._domain.cost import estimate, total
from runcomfy_jupyter._domain.models import ModelCard


def _card(price: Any, unit: str) -> ModelCard:
    return ModelCard.parse({"model_id": "lab/model", "base_price_usd": price, "price_unit": unit})


@pytest.mark.parametrize(
    ("price", "unit", "inputs", "expected"),
    [
        ("0.1", "second", {"seconds": 8}, "0.8"),
        (0.1, "second", {"duration": "10"}, "1"),
        (0.1, "Second", {"duration": 4.5}, "0.45"),
        ("0.05", "second", {"seconds": 4, "num_outputs": 2}, "0.4"),
        ("0.25", "output", {"seconds": 8}, "0.25"),
        ("0.02", "image", {"num_images": 4}, "0.08"),
        (0, "output", {}, "0"),
        ("20", "output", {}, "20"),
    ],
)
def test_an_estimate_is_the_price_times_its_units(
    price: Any, unit: str, inputs: dict[str, Any], expected: str
) -> None:
    """Seconds are counted for each output; other units are outputs."""
    found = estimate(_card(price, unit), inputs)
    assert found == Decimal(expected)
    assert str(found) == expected


@pytest.mark.parametrize(
    ("price", "unit", "inputs"),
    [
        (None, "second", {"seconds": 8}),
        ("0.1", "second", {"duration": "auto"}),
        ("0.1", "second", {}),
        ("0.1", "megapixel", {"seconds": 8}),
        ("0.1", "", {"seconds": 8}),
        ("-1", "output", {}),
        ("dear", "output", {}),
        (True, "output", {}),
        ([], "output", {}),
        ("nan", "output", {}),
    ],
)
def test_what_is_not_known_is_not_estimated(price: Any, unit: str, inputs: dict[str, Any]) -> None:
    """Without a price, a unit that is understood, or a length, there is no estimate."""
    assert estimate(_card(price, unit), inputs) is None


def test_a_total_is_known_where_every_part_is() -> None:
    """One unknown part makes the whole unknown; nothing comes to nothing."""
    assert total([Decimal("0.4"), Decimal("0.8")]) == Decimal("1.2")
    assert total([Decimal("0.4"), None]) is None
    assert total([]) == 0
