from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._display.poster import poster

if TYPE_CHECKING:
    from pathlib import Path

av = pytest.importorskip("av")
Image = pytest.importorskip("PIL.Image")


def clip(path: Path, colour: str, size: tuple[int, int] = (320, 180)) -> str:
    """Write a second of one colour."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for at in range(10):
            frame = av.VideoFrame.from_image(Image.new("RGB", size, colour))
            frame.pts, frame.time_base = at, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return str(path)


def size_of(picture: bytes | None) -> tuple[int, int]:
    """Return the size of a JPEG."""
    assert picture is not None
    size: tuple[int, int] = Image.open(io.BytesIO(picture)).size
    return size


def test_a_poster_is_as_wide_as_it_is_shown(tmp_path: Path) -> None:
    """No wider than asked for, no wider than the video, and in its proportions."""
    path = clip(tmp_path / "a.mp4", "teal")
    assert size_of(poster(path, 160)) == (160, 90)
    assert size_of(poster(path)) == (320, 180)


def test_a_poster_is_of_the_file_as_it_is_now(tmp_path: Path) -> None:
    """It is made once for a file, and anew for another at its place."""
    path = clip(tmp_path / "a.mp4", "teal")
    assert poster(path) is poster(path)
    before = poster(path)
    clip(tmp_path / "a.mp4", "red", (180, 320))
    assert size_of(poster(path)) == (180, 320)
    (tmp_path / "a.mp4").unlink()
    assert poster(path) is None
    assert before is not None
