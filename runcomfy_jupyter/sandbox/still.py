"""Render a picture: the colours of the prompt, and its words drawn upon them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from .colours import colours, grid_of, seed_of
from .picture import layers

if TYPE_CHECKING:
    from pathlib import Path

    from .clip import Clip

_OPTIONS = {"png": {"compress_level": 1}, "jpeg": {"quality": 88}}


def render_still(clip: Clip, path: Path) -> None:
    """Write the picture to `path` as PNG or JPEG; the same gives the same bytes with the same Pillow."""
    grid = grid_of(clip)
    coarse = Image.frombytes("RGB", grid, colours(grid, 0.0, seed_of(clip)))
    picture = coarse.resize((clip.width, clip.height), Image.Resampling.BICUBIC)
    for layer in layers(clip):
        picture.paste(layer.image, (layer.x, layer.y), layer.image)
    picture.save(path, format=clip.suffix, **_OPTIONS[clip.suffix])
