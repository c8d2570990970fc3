"""Many pictures on one page, in rows that fit it. HTML that survives in a saved notebook.

Pictures of one shape stand in columns of one width. Of several shapes, they stand in rows: each is
as wide as its own proportions ask for, so that those of a row are equally high.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "16px 12px"
# By the least ratio of width to height: least and most pixels that one of many alike is wide.
_WIDTHS = ((1.2, (270, 460)), (0.85, (190, 320)), (0.0, (165, 260)))
# Pixels that pictures of a mixed row are high, and how much higher, to fill the row, they may be.
_HEIGHT = 240
_STRETCH = 1.5
_EXTREME = 3.0


class Tile(NamedTuple):
    """One field of a grid. `ratio`: width by height; `drawn` and `below` are HTML."""

    drawn: str
    ratio: float
    below: str = ""


def grid(tiles: Sequence[Tile]) -> str:
    """Draw fields side by side, in their order."""
    widths = {_widths(tile.ratio) for tile in tiles}
    return _columns(tiles, *widths.pop()) if len(widths) == 1 else _rows(tiles)


def _widths(ratio: float) -> tuple[int, int]:
    return next(widths for least, widths in _WIDTHS if ratio >= least)


def _columns(tiles: Sequence[Tile], least: int, most: int) -> str:
    fields = "".join(f'<div style="min-width:0">{tile.drawn}{tile.below}</div>' for tile in tiles)
    style = (
        f"display:grid;grid-template-columns:repeat(auto-fit,minmax({least}px,1fr));gap:{_GAP};"
        f"align-items:start;max-width:{len(tiles) * most}px;margin:4px 0"
    )
    return f'<div style="{style}">{fields}</div>'


def _rows(tiles: Sequence[Tile]) -> str:
    fields = "".join(_field(tile) for tile in tiles)
    # What is left of the last row is its own, or one picture would fill it.
    rest = '<div style="flex:100 1 0;height:0"></div>'
    style = f"display:flex;flex-wrap:wrap;gap:{_GAP};align-items:start;margin:4px 0"
    return f'<div style="{style}">{fields}{rest}</div>'


def _field(tile: Tile) -> str:
    ratio = min(_EXTREME, max(1 / _EXTREME, tile.ratio))
    width = round(ratio * _HEIGHT)
    style = f"flex:{ratio:.2f} 1 {width}px;min-width:0;max-width:{round(width * _STRETCH)}px"
    return f'<div style="{style}">{tile.drawn}{tile.below}</div>'
