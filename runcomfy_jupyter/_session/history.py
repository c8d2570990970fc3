"""How long jobs took: what the ledger knows of this user's own."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._session.session import Session


def typicals(session: Session, records: Sequence[Record]) -> list[float | None]:
    """Return for each job the median seconds that those of its model and length took, or None.

    Each model's past is looked up once.
    """
    past: dict[tuple[str, str], list[tuple[float | None, float]]] = {}
    found = []
    for record in records:
        schema, key = session.model_of(record).schema, (record.model, record.base_url)
        if key not in past:
            past[key] = [
                (figures.seconds(schema.resolve(one.inputs)), one.took)
                for one in session.ledger.finished_like(record.model)
                if one.took and one.base_url == record.base_url
            ]
        length = figures.seconds(schema.resolve(record.inputs))
        alike = [took for its_length, took in past[key] if its_length == length]
        found.append(statistics.median(alike) if alike else None)
    return found
