"""Decide what files an input asks for: medium, size, length, sound, words and name. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalogue import Card

RENDERER = 2
"""Counts changes of the picture: files kept in a media folder by an older renderer are not served again."""

_SHORT_SIDES = {"480p": 480, "720p": 720, "1080p": 1080, "1K": 1024}
_RATIOS = {"square": "1:1", "portrait_16_9": "9:16", "landscape_16_9": "16:9"}
_WORDY = ("prompt", "text", "text_prompt", "caption", "description")
_AUDIO_SWITCHES = ("generate_audio", "enable_audio")
_PICTURES = ("png", "jpeg")
_LONGEST_SIDE = 1920
_LONGEST_SECONDS = 30
_MOST_FILES = 10
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Clip:
    """One file to render: pixels, whole seconds (a picture has none), and the words drawn into it."""

    name: str
    width: int
    height: int
    seconds: int
    sound: bool
    text: str
    suffix: str = "mp4"
    """`mp4`, `png` or `jpeg`."""
    colours: str = ""
    """What the colours and the tone depend on."""
    number: int = 1
    of: int = 1
    """Which of how many files of one medium this is."""

    @property
    def medium(self) -> str:
        """Say `video` or `image`."""
        return "video" if self.suffix == "mp4" else "image"


def clips_for(card: Card, inputs: Mapping[str, Any], *, plain: bool = False) -> tuple[Clip, ...]:
    """Say which files a model makes of its resolved `inputs`, in the order of its output."""
    made: list[Clip] = []
    for medium, count in card.makes.items():
        asked = count if isinstance(count, int) else inputs.get(count)
        many = min(max(1, asked), _MOST_FILES) if isinstance(asked, int) else 1
        suffix = "mp4" if medium == "video" else _picture_format(inputs)
        made.extend(
            clip_for(card.model_id, inputs, plain=plain, suffix=suffix, place=(number, many))
            for number in range(1, many + 1)
        )
    return tuple(made)


def clip_for(
    model_id: str,
    inputs: Mapping[str, Any],
    *,
    plain: bool = False,
    suffix: str = "mp4",
    place: tuple[int, int] = (1, 1),
) -> Clip:
    """Say what one file looks like; the same inputs give the same name. `place`: which of how many it is.

    `plain` leaves the prompt out, so that one clip per size and length serves every prompt (for load tests).
    """
    width, height = _size(inputs)
    seconds = _seconds(inputs) if suffix == "mp4" else 0
    sound = suffix == "mp4" and all(inputs.get(switch) is not False for switch in _AUDIO_SWITCHES)
    number, of = (1, 1) if plain else place
    text = "" if plain else _words(inputs)
    seed = None if plain else inputs.get("seed")
    told: list[Any] = [width, height, seconds, sound] if plain else [model_id, inputs, number]
    canonical = json.dumps([RENDERER, suffix, *told], sort_keys=True, separators=(",", ":"))
    return Clip(
        name=hashlib.sha256(canonical.encode()).hexdigest()[:32],
        width=width,
        height=height,
        seconds=seconds,
        sound=sound,
        text=text,
        suffix=suffix,
        colours=text + (f"\n{seed}" if seed is not None else "") + (f"\n#{number}" if number > 1 else ""),
        number=number,
        of=of,
    )


def _words(inputs: Mapping[str, Any]) -> str:
    """Find what is to be drawn: the prompt, under whatever name, else the name of a file that was given."""
    for name in _WORDY:
        if inputs.get(name):
            return str(inputs[name])
    for value in inputs.values():
        if isinstance(value, str) and value.startswith("https://"):
            return unquote(value.partition("?")[0].rstrip("/").rpartition("/")[2])
    return ""


def _picture_format(inputs: Mapping[str, Any]) -> str:
    asked = inputs.get("output_format")
    return asked if asked in _PICTURES else "png"


def _size(inputs: Mapping[str, Any]) -> tuple[int, int]:
    asked = re.fullmatch(r"(\d+)x(\d+)", str(inputs.get("size", "")))
    if asked:
        return _bounded(int(asked[1]), int(asked[2]))
    width, height = inputs.get("width"), inputs.get("height")
    if type(width) is int and type(height) is int:
        return _bounded(max(width, 1), max(height, 1))
    short = _SHORT_SIDES.get(str(inputs.get("resolution", "")), 720)
    shape = str(inputs.get("aspect_ratio") or inputs.get("image_size") or "")
    ratio = re.fullmatch(r"(\d+):(\d+)", _RATIOS.get(shape, shape))
    across, down = (int(ratio[1]), int(ratio[2])) if ratio else (16, 9)
    across, down = max(across, 1), max(down, 1)
    if across >= down:
        return _bounded(round(short * across / down), short)
    return _bounded(short, round(short * down / across))


def _bounded(width: int, height: int) -> tuple[int, int]:
    """Keep the shape but not beyond what two cores render in seconds; 4:2:0 needs even sides."""
    scale = min(1.0, _LONGEST_SIDE / max(width, height, 1))
    return max(64, round(width * scale) // 2 * 2), max(64, round(height * scale) // 2 * 2)


def _seconds(inputs: Mapping[str, Any]) -> int:
    """Read a length from `seconds` or `duration`, a number or words such as `"8s"`; others mean 5 s."""
    number = _NUMBER.search(str(inputs.get("seconds", inputs.get("duration", ""))))
    return min(max(1, round(float(number[0]))), _LONGEST_SECONDS) if number else 5
