"""Everything that stays in a notebook can be read, on a white page as on a nearly black one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from display import drawings
from display.pages import check_saved

if TYPE_CHECKING:
    from pathlib import Path

# The ink of JupyterLab's themes and how much of it is used, and its page; where we fill a place with
# grey, as behind code, the page is a sixth of the way to the middle.
THEMES = {"light": (0, 0.87, 255), "dark": (255, 1.0, 0x11)}
FILL = 0.15


def luminance(grey: float) -> float:
    """Return how bright a grey is, by WCAG 2."""
    share = grey / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast(theme: str, share: float, fill: float) -> float:
    """Return how well text with this share of its ink stands out, on a page filled so far with grey."""
    ink, used, page = THEMES[theme]
    below = 128 * fill + page * (1 - fill)
    front = ink * used * share + below * (1 - used * share)
    lighter, darker = sorted((luminance(front), luminance(below)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_wcags() -> None:
    """Black on white is 21, a grey that is known to be just enough is 4.5."""
    assert (luminance(255) + 0.05) / (luminance(0) + 0.05) == pytest.approx(21)
    assert (luminance(255) + 0.05) / (luminance(0x76) + 0.05) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_stands_out(tmp_path: Path, theme: str) -> None:
    """Text has the page's own colour, dimmed at most so far that 4.5 : 1 is left, on grey as well."""
    seen = set()
    for name, page in drawings.saved("words", tmp_path).items():
        drawn = check_saved(page)  # in which no colour of text occurs
        for text, share in drawn.inks:
            seen.add(share)
            assert min(contrast(theme, share, fill) for fill in (0, FILL)) >= 4.5, (name, text, share)
    assert seen == {1.0, 0.7}
