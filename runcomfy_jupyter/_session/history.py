"""How long jobs took: what the ledger knows of this user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.past import by_length, length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.past import Past
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._session.session import Session


def typicals(session: Session, records: Sequence[Record]) -> list[float | None]:
    """Return for each job the median seconds that those of its model and length took, or None.

    Each model's past is looked up once.
    """
    import statistics  # noqa: PLC0415 - a cell is the first to need it, not loading the extension

    past: dict[tuple[str, str], dict[float | None, list[Past]]] = {}
    found = []
    for record in records:
        schema, key = session.model_of(record).schema, (record.model, record.base_url)
        if key not in past:
            past[key] = by_length(session.ledger.past(*key), schema)
        alike = past[key].get(length(record.inputs, schema))
        found.append(statistics.median(one.took for one in alike) if alike else None)
    return found
