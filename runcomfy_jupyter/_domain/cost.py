"""What a request will cost, as far as the catalogue tells.

The catalogue gives a base price per second, per output or per image, and no quote: resolution and
sound may change it. So this is an estimate, and it is absent where its unit or its number of units
is not known.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_jupyter._domain.models import ModelCard

_EXACT = Decimal("0.000001")


def estimate(card: ModelCard, resolved: Mapping[str, Any]) -> Decimal | None:
    """Return the estimated US dollars of one request; None where nothing is known.

    `resolved`: the inputs with the schema's defaults filled in.
    """
    units = _units(card.price_unit.strip().lower(), resolved)
    if card.base_price_usd is None or units is None:
        return None
    return (card.base_price_usd * units).quantize(_EXACT, ROUND_HALF_UP).normalize() + 0


def _units(unit: str, resolved: Mapping[str, Any]) -> Decimal | None:
    """Return how many units of the price a request asks for."""
    outputs = Decimal(figures.outputs(resolved))
    if unit in {"second", "seconds"}:
        length = figures.seconds(resolved)
        return None if length is None else Decimal(str(length)) * outputs
    return outputs if unit in {"output", "outputs", "image", "images", "video", "videos"} else None


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Add amounts up; None where one of them is not known."""
    known = list(amounts)
    return None if None in known else sum((amount for amount in known if amount is not None), Decimal(0))
