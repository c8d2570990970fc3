from __future__ import annotations

from decimal import Decimal

import pytest

from runcomfy_jupyter._domain.cost import estimate
from runcomfy_jupyter._domain.models import ModelCard


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("second", "4.8"),
        ("seconds", "4.8"),
        *((unit, "0.6") for unit in ("output", "outputs", "image", "images", "video", "videos")),
        (" Videos ", "0.6"),
        ("frames", None),
    ],
)
def test_a_unit_is_understood_in_one_and_in_many(unit: str, expected: str | None) -> None:
    """Three outputs of eight seconds at 20 cents: by the second, or by the piece."""
    card = ModelCard.parse({"model_id": "lab/model", "base_price_usd": "0.2", "price_unit": unit})
    found = estimate(card, {"seconds": 8, "num_outputs": 3})
    assert found == (None if expected is None else Decimal(expected))
