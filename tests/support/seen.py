"""A request as a server of the tests saw it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_CALLS = ("status", "result", "cancel", "models", "balance")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, as it stood on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def call(self) -> str:
        """Which call of the Model API it is; `media` for a file."""
        place = self.path.partition("?")[0]
        last = place.rpartition("/")[2]
        if self.method == "POST" and last != "cancel":
            return "submit"
        if place.startswith("/v1/models/"):
            return "card"
        return last if last in _CALLS else "media"
