"""The colours behind the words: a coarse grid, different for different prompts, the same for the same."""

from __future__ import annotations

import colorsys
import hashlib
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clip import Clip

_GRID_LONG, _GRID_SHORT = 32, 18


def seed_of(clip: Clip) -> bytes:
    """Turn what the colours depend on into 32 bytes of chance."""
    return hashlib.sha256(clip.colours.encode()).digest()


def grid_of(clip: Clip) -> tuple[int, int]:
    """Say how many columns and rows of colour a clip has."""
    return (_GRID_LONG, _GRID_SHORT) if clip.width >= clip.height else (_GRID_SHORT, _GRID_LONG)


def colours(size: tuple[int, int], time: float, seed: bytes) -> bytes:
    """Mix three colours of the prompt in slow waves, as they stand at `time` in seconds; packed RGB."""
    columns, rows = size
    base, left, right = _palette(seed)
    turn = seed[3] / 256 * math.tau
    pixels = bytearray()
    for y in range(rows):
        v = y / rows
        for x in range(columns):
            u = x / columns
            a = 0.5 + 0.5 * math.sin(2.6 * u + 1.4 * v + 0.9 * time + turn)
            b = (0.5 + 0.5 * math.sin(1.7 * v - 2.3 * u + 0.6 * time + 2 * turn)) * (1 - 0.6 * a)
            pixels.extend(
                min(255, max(0, round(255 * (o + (p - o) * a + (q - o) * b))))
                for o, p, q in zip(base, left, right, strict=True)
            )
    return bytes(pixels)


def _palette(seed: bytes) -> tuple[tuple[float, float, float], ...]:
    hue = seed[0] / 256
    near = hue + 0.08 + seed[1] / 256 * 0.14
    far = hue + 0.42 + seed[2] / 256 * 0.16
    return (
        colorsys.hls_to_rgb(hue % 1, 0.34, 0.65),
        colorsys.hls_to_rgb(near % 1, 0.58, 0.80),
        colorsys.hls_to_rgb(far % 1, 0.30, 0.70),
    )
