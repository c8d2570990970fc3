from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ipywidgets import Video

from display.examples import finished
from runcomfy_jupyter._notebook.film import Film
from runcomfy_jupyter._notebook.panel import Panel
from support.panels import by_label, rows, videos, widgets_of

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session

# What ipywidgets 7.7 does with every widget.
pytestmark = pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")


def test_a_film_holds_the_file_and_waits_to_be_played(home: Path) -> None:
    """The page is told the video's bytes, its kind, its place, and a name; it does not start by itself."""
    [file] = finished(home / "a.webm", b"some video", "video/webm").files
    state = Film(file, "A kite & <more>", (640, 360)).get_state()

    assert bytes(state["value"]) == b"some video"
    assert (state["format"], state["width"], state["height"]) == ("webm", "640", "360")
    assert (state["autoplay"], state["loop"], state["controls"]) == (False, False, True)
    assert (state["tooltip"], state["description"]) == ("A kite & <more>", "")


def test_a_film_of_unknown_height_reserves_none(home: Path) -> None:
    """Where the proportions are not known the page finds them by itself."""
    [file] = finished(home / "a.mp4").files
    assert Film(file, "A kite", (640, None)).height == ""


@pytest.mark.usefixtures("account")
def test_a_panel_hands_over_the_bytes_of_its_video(session: Session) -> None:
    """The finished job's row is the video itself, and its words beside it: no text holds the video."""
    panel = Panel(session=session)
    by_label(panel, "Prompt").value = "A kite"
    by_label(panel, "Generate").click()
    videos(panel, 1)

    [film] = [widget for widget in widgets_of(panel) if isinstance(widget, Video)]
    [job] = session.jobs()
    assert bytes(film.value) == Path(str(job.path)).read_bytes()
    [row] = rows(panel)
    assert "A kite" in row
    assert "data:video" not in row
