from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops, ImageStat

from runcomfy_jupyter.sandbox.clip import clip_for
from runcomfy_jupyter.sandbox.still import render_still

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter.sandbox.clip import Clip


def picture_of(folder: Path, suffix: str = "png", place: tuple[int, int] = (1, 1), **inputs: Any) -> Clip:
    """Draw a small picture of these inputs, and return what it was to be."""
    small: dict[str, Any] = {"size": "320x180", "prompt": "Hello"}
    clip = clip_for("m", small | inputs, suffix=suffix, place=place)
    render_still(clip, folder / f"{clip.name}.{suffix}")
    return clip


@pytest.mark.parametrize("suffix", ["png", "jpeg"])
def test_a_picture_has_the_asked_format_and_size(tmp_path: Path, suffix: str) -> None:
    """PNG and JPEG are what they say, and the same twice."""
    clip = picture_of(tmp_path, suffix)
    [path] = tmp_path.iterdir()
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == (suffix.upper(), (320, 180))
    before = path.read_bytes()
    render_still(clip, path)
    assert path.read_bytes() == before


def test_a_picture_shows_its_words(tmp_path: Path) -> None:
    """White letters stand in the middle of it, and none where there is no prompt."""
    whites = {}
    for prompt in ("Hello, Hello", ""):
        clip = picture_of(tmp_path, prompt=prompt)
        with Image.open(tmp_path / f"{clip.name}.png") as picture:
            middle = picture.crop((40, 50, 280, 130)).convert("L")
            whites[prompt] = sum(middle.histogram()[250:])
    assert whites["Hello, Hello"] > 50 > whites[""]


def test_several_pictures_of_a_prompt_differ(tmp_path: Path) -> None:
    """The second of two has other colours."""
    clips = [picture_of(tmp_path, place=(number, 2)) for number in (1, 2)]
    one, two = (Image.open(tmp_path / f"{clip.name}.png") for clip in clips)
    with one, two:
        assert sum(ImageStat.Stat(ImageChops.difference(one, two)).mean) / 3 > 5
