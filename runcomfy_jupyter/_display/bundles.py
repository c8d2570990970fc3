"""Drawings as what a front end is sent: HTML, and plain text where that cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display import html, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_jupyter._display.shapes import Block


def bundle(blocks: Iterable[Block]) -> dict[str, str]:
    """Draw cards, tables, lines and code as a MIME bundle."""
    blocks = tuple(blocks)
    return {"text/html": html.sheet(blocks), "text/plain": text.sheet(blocks)}
