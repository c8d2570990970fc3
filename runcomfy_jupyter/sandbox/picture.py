"""Draw what stands still in a clip: its words, and the line its playhead runs along."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .clip import Clip

_WHITE = (255, 255, 255, 255)
_VEIL = (8, 10, 24, 150)
_SPELT = {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l"}
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
    facts = f"{clip.width} x {clip.height}   {clip.seconds} s"
    if clip.width > clip.height:
        right = _label(facts, unit, margin)
        drawn.append(Layer(right.image, clip.width - margin - right.image.width, margin))
    prompt = _prompt_panel(clip, unit, margin)
    if prompt is not None:
        drawn.append(prompt)
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


def drawable(text: str) -> str:
    """Bring text to what the built-in font has: accents are dropped, other scripts become boxes."""
    return "".join(_drawable_character(character) for character in text)


@cache
def _drawable_character(character: str) -> str:
    if character.isspace():
        return "\n" if character == "\n" else " "
    if _in_font(character):
        return character
    if unicodedata.category(character) in {"Mn", "Cf", "Cc"}:
        return ""
    if unicodedata.category(character) == "Pd":
        return "-"
    if character in _SPELT:
        return _SPELT[character]
    folded = "".join(part for part in unicodedata.normalize("NFKD", character) if _in_font(part))
    return folded or "\N{REPLACEMENT CHARACTER}"


@cache
def _font(height: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=max(8, height))
    if not isinstance(font, ImageFont.FreeTypeFont):
        message = "this Pillow was built without FreeType, and cannot draw the clip's words"
        raise RuntimeError(message)  # noqa: TRY004 - it is the build that is wrong, not a type
    return font


@cache
def _in_font(character: str) -> bool:
    font = _font(20)
    return bytes(font.getmask(character)) != bytes(font.getmask("\uffff"))


def _label(text: str, unit: int, margin: int) -> Layer:
    font = _font(round(unit * 0.034))
    pad = round(unit * 0.016)
    width = round(font.getlength(text)) + 4 * pad
    height = round(unit * 0.034) + 2 * pad
    image = _veil(width, height, height // 2)
    ImageDraw.Draw(image).text((width // 2, height // 2), text, font=font, fill=_WHITE, anchor="mm")
    return Layer(image, margin, margin)


def _prompt_panel(clip: Clip, unit: int, margin: int) -> Layer | None:
    text = drawable(clip.text[:_LONGEST_TEXT]).strip()
    if not text:
        return None
    pad = round(unit * 0.035)
    widest = clip.width - 2 * margin - 2 * pad
    tallest = round(clip.height * 0.5)
    lines, font, step = _fitted(text, widest, tallest, unit)
    width = round(max(font.getlength(line) for line in lines)) + 2 * pad
    height = step * len(lines) + 2 * pad
    image = _veil(width, height, pad)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        pen.text((pad, pad + row * step), line, font=font, fill=_WHITE)
    return Layer(image, (clip.width - width) // 2, max(2 * margin, (clip.height - height) // 2))


def _fitted(text: str, widest: int, tallest: int, unit: int) -> tuple[list[str], ImageFont.FreeTypeFont, int]:
    """Find the largest font in which the text fits; in the smallest, cut it off with an ellipsis."""
    for share in _TEXT_SHARES:
        size = round(unit * share)
        step = round(size * 1.35)
        room = max(1, tallest // step)
        lines = list(_wrapped(text, size, widest))
        if len(lines) <= room:
            break
    else:
        lines = [*lines[: room - 1], lines[room - 1][:-2].rstrip() + " …"]
    return lines, _font(size), step


def _wrapped(text: str, size: int, widest: int) -> Iterator[str]:
    """Break text into lines, between words where that can be."""
    for paragraph in text.splitlines():
        line, width = "", 0.0
        for piece in re.findall(r"\S+|\s+", paragraph):
            for part in _broken(piece, size, widest):
                added = sum(_advance(character, size) for character in part)
                if line and width + added > widest:
                    yield line.rstrip()
                    line, width = "", 0.0
                if line or not part.isspace():
                    line, width = line + part, width + added
        yield line.rstrip()


def _broken(word: str, size: int, widest: int) -> Iterator[str]:
    """Cut a word that alone is wider than a line; scripts without spaces are such words."""
    start, width = 0, 0.0
    for end, character in enumerate(word):
        width += _advance(character, size)
        if width > widest and end > start:
            yield word[start:end]
            start, width = end, _advance(character, size)
    yield word[start:]


@cache
def _advance(character: str, size: int) -> float:
    """Measure one character, in pixels. Summing these is linear in the text; measuring whole lines is not."""
    return _font(size).getlength(character)


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
