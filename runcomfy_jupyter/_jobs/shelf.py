"""What the catalogue said of models, kept on disk with the time it was said.

A cache: losing it costs a call.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_CARDS = 5000
LARGEST_FILE = 32 * 1024 * 1024
_FAR_FUTURE = 1e11
_DRAFT = ".draft"
# Seconds after which nobody writes on a draft any more.
_WRITTEN_BY_NOW = 600.0

Card: TypeAlias = "dict[str, Any]"


class Kept(NamedTuple):
    """A card as the service served it, and when: seconds since the epoch."""

    card: Card
    fetched_at: float


class CardShelf:
    """The cards of every base URL: one file each. Safe between threads and between kernels.

    What cannot be read is as if it were not there, and what cannot be written is kept for as
    long as this process lives: neither is an error.
    """

    def __init__(self, folder: Path) -> None:
        """Touch nothing yet."""
        self._folder = folder
        self._guard = threading.Lock()
        self._read: dict[str, tuple[object, dict[str, Kept]]] = {}

    def get(self, base_url: str, model_id: str) -> Kept | None:
        """Return one model's card."""
        return self.all(base_url).get(model_id)

    def all(self, base_url: str) -> Mapping[str, Kept]:
        """Return the cards of a base URL by model id. They are shared: change none."""
        with self._guard:
            return self._cards(base_url)

    def put(self, base_url: str, cards: Iterable[Card], now: float) -> None:
        """Keep cards, each under its `model_id`; of too many the oldest are dropped."""
        with self._guard:
            path = self._path(base_url)
            new = {str(card["model_id"]): Kept(card, now) for card in cards}
            kept, text = _fitting({**self._cards(base_url), **new}, base_url)
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(path, text)
            self._read[base_url] = _mark(path), kept

    def _cards(self, base_url: str) -> dict[str, Kept]:
        path = self._path(base_url)
        mark = _mark(path)
        if base_url not in self._read or self._read[base_url][0] != mark:
            self._read[base_url] = mark, _load(path, base_url)
        return self._read[base_url][1]

    def _path(self, base_url: str) -> Path:
        return self._folder / f"{hashlib.sha256(base_url.encode()).hexdigest()[:16]}.json"


def _mark(path: Path) -> object:
    """Return what changes when a file is written anew."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _load(path: Path, base_url: str) -> dict[str, Kept]:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
        # What is larger than ours is not ours.
        whole = json.loads(content) if len(content) <= LARGEST_FILE else None
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict) or whole.get("base_url") != base_url:
        return {}
    entries = whole.get("cards")
    kept = [_kept(entry) for entry in entries] if isinstance(entries, list) else []
    return {entry.card["model_id"]: entry for entry in kept if entry}


def _kept(entry: object) -> Kept | None:
    match entry:
        case {"card": {"model_id": str()} as card, "fetched_at": float() | int() as fetched_at}:
            return Kept(card, fetched_at) if 0 <= fetched_at < _FAR_FUTURE else None
    return None


def _fitting(cards: dict[str, Kept], base_url: str) -> tuple[dict[str, Kept], bytes]:
    """Return the newest cards that a file may hold, and the file."""
    newest = sorted(cards.items(), key=lambda item: item[1].fetched_at, reverse=True)[:MOST_CARDS]
    head = f'{{"base_url": {json.dumps(base_url)}, "cards": [\n'
    kept: dict[str, Kept] = {}
    lines: list[str] = []
    size = len(head) + 4
    for model_id, entry in newest:
        line = json.dumps({"fetched_at": entry.fetched_at, "card": entry.card})
        size += len(line) + 2
        if size <= LARGEST_FILE:
            kept[model_id] = entry
            lines.append(line)
    return kept, (head + ",\n".join(lines) + "\n]}\n").encode("ascii")


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place whole, for this user alone."""
    _sweep(path)
    handle, draft = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=_DRAFT, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _sweep(path: Path) -> None:
    """Take away the drafts that kernels left behind which were killed in the middle."""
    for draft in path.parent.glob(f"{path.stem}.*{_DRAFT}"):
        with contextlib.suppress(OSError):  # another kernel sweeps as well
            if time.time() - draft.stat().st_mtime > _WRITTEN_BY_NOW:
                draft.unlink()
