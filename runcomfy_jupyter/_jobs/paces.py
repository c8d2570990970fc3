"""How often the jobs of each model are asked after: learnt from the ledger, anew when some have finished."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from runcomfy_jupyter._domain.pacing import Pace
from runcomfy_jupyter._domain.past import by_length, length
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._domain.schema import Schema
    from runcomfy_jupyter._jobs.ledger import Ledger

_Key: TypeAlias = tuple[str, str]
# What part of the past may be new before it is looked up again: many jobs that finish one by one
# would else have it looked up as often.
_NEWS = 1 / 8


class _Learnt(NamedTuple):
    """The paces of one model at one base URL by length, and how many jobs they are learnt from."""

    paces: dict[float | None, Pace]
    jobs: int


class Paces:
    """The paces of all jobs that one process follows. For coroutines of one loop.

    The ledger is asked once for each model at each base URL, however many jobs begin together.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._learnt: dict[_Key, asyncio.Future[_Learnt]] = {}
        self._news: Counter[_Key] = Counter()

    async def of(self, record: Record, schema: Schema) -> Pace:
        """Return the pace for a job, from those of its model, length and base URL that have finished."""
        key = record.model, record.base_url
        if key not in self._learnt:
            self._news[key] = 0
            self._learnt[key] = asyncio.ensure_future(asyncio.to_thread(self._learn, *key, schema))
        learnt = await asyncio.shield(self._learnt[key])
        return learnt.paces.get(length(record.inputs, schema)) or Pace.of()

    def finished(self, record: Record) -> None:
        """Have the paces learnt anew by and by: there is one job more to learn from."""
        key = record.model, record.base_url
        learnt = self._learnt.get(key)
        self._news[key] += 1
        if learnt and (not learnt.done() or self._news[key] >= _NEWS * learnt.result().jobs):
            del self._learnt[key]

    def _learn(self, model: str, base_url: str, schema: Schema) -> _Learnt:
        try:
            past = self._ledger.past(model, base_url)
        except StorageError:
            past = []  # what jobs usually take has to do
        alike = by_length(past, schema)
        return _Learnt({key: Pace.of(one.ran for one in jobs) for key, jobs in alike.items()}, len(past))
