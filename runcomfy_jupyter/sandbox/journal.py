"""What the sandbox was asked: one entry per request seen, for tests and the curious. No token is kept."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, fields
from typing import Any

_LONGEST = 200_000


@dataclass(slots=True)
class Entry:
    """One HTTP request, as it came in, and the status it was answered with (None: no answer was given)."""

    number: int
    on: str
    method: str
    path: str
    query: str
    at: float
    authorization: bool
    authorization_sha256: str | None
    range: str | None = None
    body: Any = None
    request_id: str | None = None
    fault: str | None = None
    answered: int | None = None


_NAMES = tuple(field.name for field in fields(Entry))


class Journal:
    """The entries in the order of arrival; the oldest are forgotten beyond 200,000."""

    def __init__(self) -> None:
        """Begin an empty journal."""
        self._entries: deque[Entry] = deque(maxlen=_LONGEST)
        self._count = 0

    def open(
        self, *, on: str, method: str, target: tuple[str, str], at: float, authorization: str | None
    ) -> Entry:
        """Write down an arrival: `target` is path and query, `at` seconds since the epoch."""
        self._count += 1
        entry = Entry(
            number=self._count,
            on=on,
            method=method,
            path=target[0],
            query=target[1],
            at=at,
            authorization=authorization is not None,
            authorization_sha256=_fingerprint(authorization),
        )
        self._entries.append(entry)
        return entry

    def to_list(self, *, on: str | None = None, newest: int | None = None) -> list[dict[str, Any]]:
        """Return the entries, oldest first; with `on` those of one call, with `newest` the last so many."""
        chosen = [entry for entry in self._entries if on in {None, entry.on}]
        start = 0 if newest is None else max(0, len(chosen) - newest)
        return [{name: getattr(entry, name) for name in _NAMES} for entry in chosen[start:]]

    def clear(self) -> None:
        """Forget the entries; numbers go on."""
        self._entries.clear()


def _fingerprint(authorization: str | None) -> str | None:
    """Hash the token alone, without the word before it, so that a test can tell which token came."""
    if authorization is None:
        return None
    return hashlib.sha256(authorization.removeprefix("Bearer ").encode("latin-1")).hexdigest()
