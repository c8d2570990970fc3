"""Draw what stands still in a clip: its words, and the line its playhead runs along."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from .lettering import advance, drawable, face, faces_for, width_of, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .clip import Clip

_WHITE = (255, 255, 255, 255)
_VEIL = (8, 10, 24, 150)
_LONGEST_TEXT = 2000
"""More characters than fit into any clip."""

_TEXT_SHARES = (0.075, 0.06, 0.048, 0.038, 0.03)
"""Font heights tried, largest first, as shares of the shorter side."""


@dataclass(frozen=True, slots=True)
class Layer:
    """An RGBA picture and the place of its top left corner in the clip, in pixels."""

    image: Image.Image
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Track:
    """The line at the foot of the clip on which the playhead moves from `left` to `right`, in pixels."""

    left: int
    right: int
    middle: int
    radius: int


def track_of(clip: Clip) -> Track:
    """Place the playhead's line."""
    unit = min(clip.width, clip.height)
    margin = round(unit * 0.06)
    return Track(
        left=margin, right=clip.width - margin, middle=clip.height - margin, radius=max(3, unit // 60)
    )


def layers(clip: Clip) -> list[Layer]:
    """Draw the still parts of a clip: who made it, what was asked, and the playhead's line."""
    unit = min(clip.width, clip.height)
    margin = round(unit * 0.06)
    drawn = [_label("RunComfy sandbox", unit, margin)]
    place = [f"{clip.number} of {clip.of}"] if clip.of > 1 else []
    length = [f"{clip.seconds} s"] if clip.seconds else []
    facts = [f"{clip.width} x {clip.height}", *length, *place] if clip.width > clip.height else place
    if facts:
        right = _label("   ".join(facts), unit, margin)
        drawn.append(Layer(right.image, clip.width - margin - right.image.width, margin))
    prompt = _prompt_panel(clip, unit, margin)
    if prompt is not None:
        drawn.append(prompt)
    if clip.seconds:
        drawn.append(_ticks(clip))
    return drawn


def playhead(clip: Clip) -> Image.Image:
    """Draw the dot that runs along the line."""
    radius = track_of(clip).radius
    return _disc(radius, _WHITE)


def even(image: Image.Image) -> Image.Image:
    """Widen a picture of odd sides by a clear row or column.

    Where a chroma sample covers two pixels, libswscale makes the last one of an odd side partly of memory
    that nobody wrote: the clip would not be the same twice.
    """
    width, height = image.width + image.width % 2, image.height + image.height % 2
    if (width, height) == image.size:
        return image
    widened = Image.new("RGBA", (width, height))
    widened.paste(image)
    return widened


def _label(text: str, unit: int, margin: int) -> Layer:
    font = face("", round(unit * 0.034))
    pad = round(unit * 0.016)
    width = round(font.getlength(text)) + 4 * pad
    height = round(unit * 0.034) + 2 * pad
    image = _veil(width, height, height // 2)
    ImageDraw.Draw(image).text((width // 2, height // 2), text, font=font, fill=_WHITE, anchor="mm")
    return Layer(image, margin, margin)


def _prompt_panel(clip: Clip, unit: int, margin: int) -> Layer | None:
    faces = faces_for(clip.text[:_LONGEST_TEXT])
    text = drawable(clip.text[:_LONGEST_TEXT], faces).strip()
    if not text:
        return None
    pad = round(unit * 0.035)
    widest = clip.width - 2 * margin - 2 * pad
    tallest = round(clip.height * 0.5)
    lines, size, step = _fitted(text, faces, (widest, tallest), unit)
    width = min(widest, round(max(width_of(line, faces, size) for line in lines))) + 2 * pad
    height = step * len(lines) + 2 * pad
    image = _veil(width, height, pad)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        write(pen, (pad, pad + row * step), line, faces, size)
    return Layer(image, (clip.width - width) // 2, max(2 * margin, (clip.height - height) // 2))


def _fitted(
    text: str, faces: tuple[str, ...], room: tuple[int, int], unit: int
) -> tuple[list[str], int, int]:
    """Find the largest letters in which the text fits; in the smallest, cut it off with an ellipsis.

    Return the lines, the height of the letters, and the distance from line to line, in pixels.
    """
    for share in _TEXT_SHARES:
        size = round(unit * share)
        step = round(size * 1.35)
        most = max(1, room[1] // step)
        lines = list(_wrapped(text, faces, size, room[0]))
        if len(lines) <= most:
            break
    else:
        lines = [*lines[: most - 1], lines[most - 1][:-2].rstrip() + " …"]
    return lines, size, step


def _wrapped(text: str, faces: tuple[str, ...], size: int, widest: int) -> Iterator[str]:
    """Break text into lines, between words where that can be."""
    for paragraph in text.splitlines():
        line, width = "", 0.0
        for piece in re.findall(r"\S+|\s+", paragraph):
            for part in _broken(piece, faces, size, widest):
                added = sum(advance(character, faces, size) for character in part)
                if line and width + added > widest:
                    yield line.rstrip()
                    line, width = "", 0.0
                if line or not part.isspace():
                    line, width = line + part, width + added
        yield line.rstrip()


def _broken(word: str, faces: tuple[str, ...], size: int, widest: int) -> Iterator[str]:
    """Cut a word that alone is wider than a line; scripts without spaces are such words."""
    start, width = 0, 0.0
    for end, character in enumerate(word):
        added = advance(character, faces, size)
        if width + added > widest and end > start:
            yield word[start:end]
            start, width = end, 0.0
        width += added
    yield word[start:]


def _veil(width: int, height: int, radius: int) -> Image.Image:
    image = Image.new("RGBA", (width, height), (*_VEIL[:3], 0))
    ImageDraw.Draw(image).rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=_VEIL)
    return image


def _ticks(clip: Clip) -> Layer:
    track = track_of(clip)
    length = track.right - track.left
    reach = 2 * track.radius
    image = Image.new("RGBA", (length + 2 * reach, 2 * reach), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((reach, reach - 1, reach + length, reach), fill=(255, 255, 255, 150))
    for second in range(clip.seconds + 1):
        x = reach + round(length * second / clip.seconds)
        pen.rectangle((x - 1, reach - track.radius, x, reach + track.radius - 1), fill=(255, 255, 255, 190))
    return Layer(image, track.left - reach, track.middle - reach)


def _disc(radius: int, colour: tuple[int, int, int, int]) -> Image.Image:
    large = Image.new("RGBA", (8 * radius, 8 * radius), (*colour[:3], 0))
    ImageDraw.Draw(large).ellipse((0, 0, 8 * radius - 1, 8 * radius - 1), fill=colour)
    return large.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)
