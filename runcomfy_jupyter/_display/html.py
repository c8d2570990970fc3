"""Drawings in HTML that live on in a saved notebook: escaped, bounded, script-free, theme-neutral.

Notebooks that are not trusted lose `<style>`, `<script>`, classes' styles, `<source>`, aria and
data attributes, every style value with `var()`, and some values besides (`overflow-wrap:anywhere`).
So: inline styles only, the text's own colour, `opacity` to dim it (no colour at all is read well
both on white and on black), greys with an alpha for lines, middle tones for edges.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.facts import cost, facts, title
from runcomfy_jupyter._display.shapes import Cell, Code, Kind, Line, Table, View, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_jupyter._display.shapes import Block
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

EDGE = {
    Kind.RUNNING: "#1976d2",
    Kind.GOOD: "#2da44e",
    Kind.CARE: "#bf8700",
    Kind.BAD: "#d1383d",
    Kind.OVER: "#8c959f",
}
LINE = "rgba(128,128,128,0.35)"
DIM = "opacity:0.7"
_FILL = "background:rgba(128,128,128,0.15)"
_HEADLINE = 200
_LINE_LENGTH = 2000
_CODE_LENGTH = 8000
_CELL_LENGTH = 400
# Characters up to which a column is never broken into lines, from which it has a least width, and from
# which a single word is broken.
_NARROW, _WIDE, _LONG_WORD = 10, 28, 18
# More than these are scrolled; the last one seen is cut through, to show that there are more.
_MANY_ROWS = 15


def escape(text: str) -> str:
    """Make any text harmless inside HTML, attributes included, and fit to be sent as UTF-8."""
    return html.escape(text.encode("utf-8", "replace").decode(), quote=True)


def bounded(text: str, length: int = _LINE_LENGTH) -> str:
    """Escape a text of which at most `length` characters are shown."""
    return escape(cut(text, length))


def with_code(line: Line) -> str:
    """Escape a line and turn its `backquoted` parts into code, unless it is quoted."""
    text = bounded(line.text)
    if line.quoted:
        return text
    style = f"font-size:12px;white-space:nowrap;padding:1px 4px;border-radius:4px;{_FILL}"
    return re.sub(r"`([^`]*)`", rf'<code style="{style}">\1</code>', text)


def card(shown: View) -> str:
    """Draw a card."""
    style = (
        f"max-width:720px;box-sizing:border-box;border:1px solid {LINE};"
        f"border-left:3px solid {EDGE[shown.kind]};border-radius:4px;"
        "padding:10px 14px;margin:2px 0;font-size:13px;line-height:1.5"
    )
    figure = (
        f'<span style="{DIM};white-space:nowrap">{bounded(shown.figure, 80)}</span>' if shown.figure else ""
    )
    head = (
        '<div style="display:flex;justify-content:space-between;gap:12px">'
        '<span style="font-weight:600;min-width:0;overflow-wrap:break-word">'
        f"{bounded(shown.headline, _HEADLINE)}</span>{figure}</div>"
    )
    lines = "".join(
        f'<div style="margin-top:3px{f";{DIM}" if line.dim else ""};overflow-wrap:break-word">'
        f"{with_code(line)}</div>"
        for line in shown.lines
        if line.text
    )
    return f'<div style="{style}">{head}{lines}</div>'


def in_place(drawn: str, width: int, ratio: str) -> str:
    """Draw a card as large as the output in whose place it stands, so that nothing below it moves.

    A notebook that is reopened untrusted loses the proportion, and the card is as high as it needs.
    """
    return f'<div style="display:grid;max-width:{width}px;aspect-ratio:{ratio}">{drawn}</div>'


def sheet(blocks: Iterable[Block]) -> str:
    """Draw cards, tables, lines and code, one below the other."""
    return "".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    if isinstance(block, View):
        return card(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Code):
        return _code(block)
    style = "font-size:13px;line-height:1.5;margin:6px 0;overflow-wrap:break-word"
    style += f";{DIM}" if block.dim else ""
    return f'<div style="{style}">{with_code(block)}</div>'


def _code(code: Code) -> str:
    label = (
        f'<div style="font-size:12px;{DIM};margin:8px 0 3px">{bounded(code.label)}</div>'
        if code.label
        else ""
    )
    style = (
        "margin:2px 0 6px;padding:8px 12px;max-width:720px;max-height:420px;overflow:auto;"
        f"box-sizing:border-box;border:1px solid {LINE};border-radius:4px;background:transparent;"
        "font-size:12px;line-height:1.5;white-space:pre-wrap;overflow-wrap:break-word"
    )
    return f'{label}<pre style="{style}">{bounded(code.text, _CODE_LENGTH)}</pre>'


def _table(table: Table) -> str:
    columns = range(len(table.header))
    # As narrow as can be is never broken.
    lengths = [
        0 if table.flat else max((_length(row[at]) for row in table.rows), default=0) for at in columns
    ]
    head = "".join(
        f'<th style="{_cell_style(0 if table.flat else _WIDE)};font-weight:600;{DIM}">{escape(name)}</th>'
        for name in table.header
    )
    rows = "".join(
        f'<tr style="background:transparent">{"".join(map(_cell, row, lengths))}</tr>' for row in table.rows
    )
    foot = (
        f'<div style="font-size:12px;{DIM};margin:4px 0 2px">{bounded(table.foot)}</div>'
        if table.foot
        else ""
    )
    style = "font-size:13px;line-height:1.5;border-collapse:collapse;margin:0"
    drawn = f'<table style="{style}"><tr style="background:transparent">{head}</tr>{rows}</table>'
    # A table that is too wide or too long is scrolled by itself, not with the notebook.
    height = ";max-height:440px" if len(table.rows) > _MANY_ROWS else ""
    return f'<div style="overflow:auto{height};margin:4px 0">{drawn}</div>{foot}'


def _length(cell: Cell) -> int:
    return max(len(cell.text), len(cell.note.text))


def _cell_style(length: int, kind: Kind | None = None) -> str:
    """Return the style of a cell whose column holds texts of up to that many characters."""
    wraps = "white-space:nowrap" if length <= _NARROW else "white-space:normal;overflow-wrap:break-word"
    least = ";min-width:110px" if length > _WIDE else ""
    edge = f";border-left:3px solid {EDGE[kind]}" if kind else ""
    return (
        "padding:4px 12px 4px 6px;text-align:left;vertical-align:top;line-height:1.5;"
        f"border-bottom:1px solid {LINE};{wraps}{least}{edge}"
    )


def _cell(cell: Cell, length: int) -> str:
    text = bounded(cell.text, _CELL_LENGTH)
    if cell.code and text:
        breaks = f"white-space:{'normal' if length > _WIDE else 'nowrap'}"
        text = f'<code style="font-size:12px;padding:0;background:transparent;{breaks}">{text}</code>'
    if cell.dim:
        text = f'<span style="{DIM}">{text}</span>'
    if cell.note.text:
        text += f'<div style="font-size:12px;{DIM}">{with_code(cell.note)}</div>'
    long = max(map(len, re.split(r"[\s-]", cell.text))) > _LONG_WORD
    breaks = ";word-break:break-all" if long and length > _WIDE else ""
    return f'<td style="{_cell_style(length, cell.kind)}{breaks}">{text}</td>'


def keepsake(record: Record, model: ModelCard) -> str:
    """Draw what stands in the notebook while a live row shows the job: true at any later time.

    It stands where the caption of the output will, and looks like it.
    """
    told = [model.display_name, *facts(record, model), cost(record), f"job {record.id}"]
    show = with_code(Line(f"`%sora show {record.id}` shows it in any cell", dim=True))
    line = f"{bounded(' · '.join(fact for fact in told if fact))} · {show}"
    return legend(title(record, model), f'<div style="font-size:12px;{DIM}">{line}</div>')


def legend(name: str, below: str) -> str:
    """Draw what stands below an output: what it shows, and `below`, which is HTML."""
    head = f'<div style="font-size:13px;overflow-wrap:break-word">{bounded(name)}</div>' if name else ""
    return f'<div style="max-width:640px;margin:8px 0 2px;line-height:1.5">{head}{below}</div>'
