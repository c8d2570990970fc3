from __future__ import annotations

import pytest

from display.pages import check_saved
from runcomfy_jupyter._display.grid import Tile, grid


@pytest.mark.parametrize(
    ("ratio", "number", "columns", "widest"),
    [(16 / 9, 2, 270, 920), (1.0, 5, 190, 1600), (9 / 16, 30, 165, 7800), (0.01, 1, 165, 260)],
)
def test_fields_of_one_shape_stand_in_columns(ratio: float, number: int, columns: int, widest: int) -> None:
    """As many columns as fit the page, each wide enough for its shape, and few fields not too large."""
    styles = dict(check_saved(grid([Tile("<div>x</div>", ratio)] * number)).styles())
    assert styles["grid-template-columns"] == f"repeat(auto-fit,minmax({columns}px,1fr))"
    assert styles["max-width"] == f"{widest}px"


def test_fields_keep_their_order_and_their_words() -> None:
    """What stands below a field belongs to it."""
    for second in (16 / 9, 9 / 16):
        page = check_saved(grid([Tile("a", 16 / 9, "1"), Tile("b", second, "2"), Tile("c", 16 / 9, "3")]))
        assert page.text == "a1b2c3"


def test_an_extreme_shape_does_not_burst_a_row() -> None:
    """A panorama and a ribbon stay fields among others."""
    styles = check_saved(grid([Tile("a", 100.0), Tile("b", 0.01)])).styles()
    assert [value for name, value in styles if name == "flex"] == ["3.00 1 720px", "0.33 1 80px", "100 1 0"]
    assert [value for name, value in styles if name == "max-width"] == ["1080px", "120px"]
