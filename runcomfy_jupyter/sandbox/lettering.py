"""Letters for any script: Pillow's own font, and for what it lacks the fonts that this machine has."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import ImageDraw

BUILT_IN = ""
"""The name of Pillow's own font, which is always there, and has little beyond ASCII."""

# Files as Linux, macOS and Windows name them. Each covers what those before it lack; the last are plain to
# look at but have nearly everything. Nothing is downloaded: where none of these is, such letters stay boxes.
_ELSEWHERE = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "Arial.ttf", "arial.ttf"),
    *("NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "wqy-microhei.ttc", "ipag.ttf", "NanumGothic.ttf"),
    *("Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "YuGothM.ttc", "msyh.ttc", "malgun.ttf"),
    *("FreeSans.ttf", "FreeSerif.ttf", "Loma.otf", "Nirmala.ttf", "leelawui.ttf", "Arial Unicode.ttf"),
    *("NotoSansSymbols2-Regular.ttf", "Symbola.ttf", "seguisym.ttf", "unifont.otf", "unifont_jp.otf"),
)
_SPELT = {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l"}
_NOBODY_HAS = ("\uffff", "\U0010fffe")
"""No characters, so a font shows for them what it shows for any it lacks."""


def faces_for(text: str) -> tuple[str, ...]:
    """Name the fonts to write a text in: one that has all of it, else all there are, the best first."""
    wanted = {character for character in _tidy(text) if not character.isspace()}
    if all(_has(BUILT_IN, character) for character in wanted):
        return (BUILT_IN,)
    there = elsewhere()
    for name in there:
        if all(_has(name, character) for character in wanted):
            return (name,)
    return (BUILT_IN, *there)


def drawable(text: str, faces: Sequence[str] = (BUILT_IN,)) -> str:
    """Bring text to what these fonts have: what none has loses its accents, or becomes a box."""
    tidy = _tidy(text)
    return "".join(c if c.isspace() or _face_of(c, faces) is not None else _instead(c, faces) for c in tidy)


def runs(line: str, faces: Sequence[str]) -> list[tuple[str, str]]:
    """Split a line into pairs of a font's name and what is written in it."""
    named = [(_face_of(character, faces) or BUILT_IN, character) for character in line]
    return [(name, "".join(c for _, c in group)) for name, group in groupby(named, key=lambda pair: pair[0])]


def width_of(line: str, faces: Sequence[str], height: int) -> float:
    """Measure a line as it will be written, in pixels."""
    return sum(face(name, height).getlength(part) for name, part in runs(line, faces))


def write(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], line: str, faces: Sequence[str], height: int
) -> None:
    """Write a line in white, its top left corner `at`."""
    x: float = at[0]
    baseline = at[1] + face(BUILT_IN, height).getmetrics()[0]
    for name, part in runs(line, faces):
        font = face(name, height)
        pen.text((x, baseline), part, font=font, fill="white", anchor="ls")
        x += font.getlength(part)


@cache
def advance(character: str, faces: tuple[str, ...], height: int) -> float:
    """Measure one character, in pixels. Summing these is linear in the text; measuring whole lines is not."""
    return width_of(character, faces, height)


@cache
def face(name: str, height: int) -> ImageFont.FreeTypeFont:
    """Load a font at a height in pixels."""
    size = max(8, height)
    font = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        message = "this Pillow was built without FreeType, and cannot draw the clip's words"
        raise RuntimeError(message)  # noqa: TRY004 - it is the build that is wrong, not a type
    return font


@cache
def elsewhere() -> tuple[str, ...]:
    """Name those of the known fonts that this machine has."""
    return tuple(name for name in _ELSEWHERE if _opens(name))


def _opens(name: str) -> bool:
    try:
        face(name, 20)
    except OSError:
        return False
    return True


def _tidy(text: str) -> str:
    """Compose accents, plain spaces; drop controls and marks of direction, which draw nothing."""
    composed = unicodedata.normalize("NFC", text)
    spaced = ("\n" if c == "\n" else " " if c.isspace() else c for c in composed)
    return "".join(c for c in spaced if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def _instead(character: str, faces: Sequence[str]) -> str:
    if unicodedata.category(character) == "Mn":
        return ""
    if unicodedata.category(character) == "Pd":
        return "-"
    folded = _SPELT.get(character) or unicodedata.normalize("NFKD", character)
    return "".join(c for c in folded if _face_of(c, faces) is not None) or "\N{REPLACEMENT CHARACTER}"


def _face_of(character: str, faces: Sequence[str]) -> str | None:
    return next((name for name in faces if character.isspace() or _has(name, character)), None)


@cache
def _has(name: str, character: str) -> bool:
    font = face(name, 20)
    shown = bytes(font.getmask(character))
    return all(shown != bytes(font.getmask(absent)) for absent in _NOBODY_HAS)
