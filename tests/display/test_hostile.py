"""No text, whoever wrote it, becomes anything but text, in any drawing there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from display import drawings
from display.pages import ALLOWED_LIVE, check, check_saved
from display.test_html_safety import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

# No draws of a plain text of the same shape would tell them apart: neither empty nor a file's address.
TEXTS = st.lists(st.text(max_size=50) | st.sampled_from(HOSTILE), min_size=1, max_size=3).map(
    lambda parts: f"x{' '.join(parts)}"
)
Skeleton = list[tuple[str, tuple[str, ...]]]
LONG = "<b>long</b>\u202e\x1b[31m " * 20_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the outputs of the drawings lie."""
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def plain(folder: Path) -> dict[str, Skeleton]:
    """Return the elements of every drawing of plain words."""
    saved = {name: check_saved(page).skeleton for name, page in drawings.saved("x", folder).items()}
    alive = {name: check(page, ALLOWED_LIVE).skeleton for name, page in drawings.alive("x", folder).items()}
    return saved | {f"live {name}": skeleton for name, skeleton in alive.items()}


@settings(max_examples=20, deadline=None)
@given(words=TEXTS)
def test_no_text_changes_what_stays_in_a_notebook(
    folder: Path, plain: dict[str, Skeleton], words: str
) -> None:
    """The elements are those of plain words, all of them survive the sanitiser, and no tag is the text's."""
    for name, page in drawings.saved(words, folder).items():
        drawn = check_saved(page)
        if "`" not in words:  # which marks what is ours to type
            assert drawn.skeleton == plain[name], name
        assert page.count("<") == len(drawn.elements) + page.count("</"), name


@settings(max_examples=20, deadline=None)
@given(words=TEXTS)
def test_no_text_changes_a_live_drawing(folder: Path, plain: dict[str, Skeleton], words: str) -> None:
    """A widget, which no sanitiser looks at, has the elements of plain words."""
    for name, page in drawings.alive(words, folder).items():
        assert check(page, ALLOWED_LIVE).skeleton == plain[f"live {name}"], name


def test_no_text_is_too_long_for_a_page(folder: Path) -> None:
    """Half a million characters leave every drawing readable and small."""
    for name, page in drawings.saved(LONG, folder).items():
        check_saved(page)
        assert len(page) < 400_000, name
    for name, page in drawings.alive(LONG, folder).items():
        assert len(check(page, ALLOWED_LIVE).text) < 20_000, name


def test_no_text_moves_a_terminal(folder: Path) -> None:
    """Plain text is bounded, and free of what colours, moves or turns what stands around it."""
    for name, page in drawings.written(LONG, folder).items():
        assert len(page) < 60_000, name
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page), name
