"""Drawings in plain text: for terminals, for `text/plain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.facts import caption, is_here, near_path, title
from runcomfy_jupyter._display.shapes import Code, Table, View, cut
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.words import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_jupyter._display.shapes import Block, Line
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

_BAR = 24
_GAP = "  "
_COLUMN = 48
_LAST_COLUMN = 100
_LINE_LENGTH = 2000
_CODE_LENGTH = 8000


def clean(text: str, length: int = _LINE_LENGTH) -> str:
    """Make a text harmless for a terminal and for a notebook's file, and at most `length` characters long."""
    # A folder's name may hold bytes that are no characters; a notebook with such a text cannot be saved.
    return cut(text, length).encode("utf-8", "replace").decode()


def plain(card: View) -> str:
    """Write a card in a few lines."""
    headline = f"{card.headline} ({card.figure})" if card.figure else card.headline
    return "\n".join([clean(headline), *(_line(line) for line in card.lines if line.text)])


def sheet(blocks: Iterable[Block]) -> str:
    """Write cards, tables, lines and code, one below the other."""
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    if isinstance(block, View):
        return plain(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Code):
        return "\n".join([*([block.label] if block.label else []), clean(block.text, _CODE_LENGTH)])
    return _line(block)


def _line(line: Line) -> str:
    return clean(line.text if line.quoted else line.text.replace("`", ""))


def _table(table: Table) -> str:
    last = len(table.header) - 1
    rows = [table.header]
    for row in table.rows:
        cells = (f"{cell.text} ({_line(cell.note)})" if cell.note.text else cell.text for cell in row)
        rows.append(
            tuple(
                clean(shorten(cell, _LAST_COLUMN if at == last else _COLUMN)) for at, cell in enumerate(cells)
            )
        )
    widths = [max(len(cells[at]) for cells in rows) for at in range(last + 1)]
    lines = (
        _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    )
    return "\n".join([*lines, *([clean(table.foot)] if table.foot else [])])


def job_text(record: Record, model: ModelCard, *, now: float) -> str:
    """Write a job: its caption and paths once it is here, its card otherwise."""
    if not is_here(record):
        return plain(view(record, model, now=now))
    paths = [near_path(file.path) for file in record.files]
    lines = [title(record, model), " · ".join(caption(record, model)), *paths]
    return "\n".join(clean(line) for line in lines if line)


def progress_line(card: View) -> str:
    """Write a running job on one line of a terminal."""
    bar = ""
    if card.progress is not None:
        full = round(_BAR * card.progress)
        bar = f" [{'█' * full}{'░' * (_BAR - full)}]"
    return clean(shorten(f"{card.headline}{bar} {card.figure}", _LINE_LENGTH))
