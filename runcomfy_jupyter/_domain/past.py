"""What finished jobs teach: how long others of the same model and length will take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_jupyter._domain.schema import Schema


@dataclass(frozen=True, slots=True)
class Past:
    """A finished job: what was asked for, the seconds that it took in all, and those that it ran."""

    inputs: Mapping[str, Any]
    took: float
    ran: float


def length(inputs: Mapping[str, Any], schema: Schema) -> float | None:
    """Return how many seconds long the output will be; None where the inputs do not say."""
    return figures.seconds(schema.resolve(inputs))


def by_length(past: Iterable[Past], schema: Schema) -> dict[float | None, list[Past]]:
    """Sort jobs of one model by the length of their outputs, each length's in the order given."""
    sorted_: dict[float | None, list[Past]] = {}
    for one in past:
        sorted_.setdefault(length(one.inputs, schema), []).append(one)
    return sorted_
