"""What every drawing is made of: cards, tables, lines and code, as plain words.

`html` and `text` draw them, and they alone know of markup: whatever a service or a user wrote
goes through them, so that it is escaped and bounded in one place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# What would move a terminal's cursor, colour it, or turn a text around.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Kind(StrEnum):
    """What a card is about; its edge's colour says it."""

    RUNNING = "running"
    GOOD = "good"
    CARE = "care"
    BAD = "bad"
    OVER = "over"


class Line(NamedTuple):
    """One line of a card; a dim one says what to do, or is beside the point.

    A quoted one holds somebody else's words, in which backquotes are just backquotes.
    """

    text: str
    dim: bool = False
    quoted: bool = False


class Clock(NamedTuple):
    """Seconds since a job began, and seconds that such jobs took, if that is known."""

    elapsed: float
    typical: float | None


@dataclass(frozen=True, slots=True)
class View:
    """A card: a headline that says the whole thing, one figure beside it, lines below.

    `progress` is a share of 1, or None where none can honestly be told. `clock`: what the figure
    counts, for those who can let it go on by itself.
    """

    kind: Kind
    headline: str
    figure: str = ""
    lines: tuple[Line, ...] = ()
    progress: float | None = None
    clock: Clock | None = None


class Cell(NamedTuple):
    """One cell of a table. `code`: to be typed as it stands; `kind`: an edge of that colour.

    `note` stands below, smaller and dimmed.
    """

    text: str
    dim: bool = False
    code: bool = False
    kind: Kind | None = None
    note: Line = Line("")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header; `foot` stands below. `flat`: each row on one line, however wide."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: str = ""
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be copied, or looked at, exactly as it stands; `label` says what it is."""

    text: str
    label: str = ""


Block = View | Table | Code | Line
Sheet = tuple[Block, ...]


def cut(text: str, length: int) -> str:
    """Make a text harmless for a terminal and a page, and at most `length` characters long."""
    harmless = _CONTROLS.sub("", text[: 2 * length])
    return harmless if len(harmless) <= length and len(text) <= 2 * length else f"{harmless[: length - 1]}…"
