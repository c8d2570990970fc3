"""Keep requests over a restart: a line of JSON for each that was accepted, and for each that has ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .catalogue import find
from .request_queue import Request

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 5000
"""So many of the newest requests are taken over from the process before."""

_KEPT = ("id", "inputs", "created_at", "state", "finished_at", "error")


class Memory:
    """The requests of one media folder, in a file there; without a file nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        """Keep them at `path`, one sandbox at a time."""
        self._path = path

    def recall(self) -> list[Request]:
        """Return the requests of the process before, oldest first, and forget those beyond the newest 5,000.

        What had not ended is in line again. A line that a kill cut short was never answered, and is left out.
        """
        if self._path is None or not self._path.exists():
            return []
        newest: dict[str, dict[str, Any]] = {}
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            told = _read(line)
            if told is not None:
                newest[told["id"]] = told
        kept = list(newest.values())[-_MOST:]
        part = self._path.with_name(f"{self._path.name}.part")
        part.write_text("".join(f"{json.dumps(told)}\n" for told in kept), encoding="utf-8")
        part.replace(self._path)
        return [request for told in kept if (request := _request(told)) is not None]

    def keep(self, request: Request) -> None:
        """Write down how a request stands now."""
        if self._path is not None:
            told = {name: getattr(request, name) for name in _KEPT} | {"model_id": request.card.model_id}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(told)}\n")


def _read(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and {*_KEPT, "model_id"} <= told.keys() else None


def _request(told: dict[str, Any]) -> Request | None:
    card = find(told["model_id"])
    if card is None:
        return None
    request = Request(card=card, **{name: told[name] for name in _KEPT})
    if not request.has_ended:
        request.state = "in_queue"
    return request
