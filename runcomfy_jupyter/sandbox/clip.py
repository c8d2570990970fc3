"""Decide what clip an input asks for: size, length, sound, text and name. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

RENDERER = 1
"""Counts changes of the picture: clips kept in a media folder by an older renderer are not served again."""

_SHORT_SIDES = {"480p": 480, "720p": 720, "1080p": 1080}
_LONGEST_SIDE = 1920
_LONGEST_SECONDS = 30
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip to render: pixels, whole seconds, and the words drawn into it."""

    name: str
    width: int
    height: int
    seconds: int
    sound: bool
    text: str


def clip_for(model_id: str, inputs: dict[str, Any], *, plain: bool = False) -> Clip:
    """Say which clip a model makes of its resolved `inputs`; the same inputs give the same name.

    `plain` leaves the prompt out, so that one clip per size and length serves every prompt (for load tests).
    """
    width, height = _size(inputs)
    seconds = _seconds(inputs)
    sound = inputs.get("generate_audio") is not False
    text = "" if plain else str(inputs.get("prompt") or "")
    told: list[Any] = [RENDERER, width, height, seconds, sound] if plain else [RENDERER, model_id, inputs]
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    name = hashlib.sha256(canonical.encode()).hexdigest()[:32]
    return Clip(name=name, width=width, height=height, seconds=seconds, sound=sound, text=text)


def _size(inputs: dict[str, Any]) -> tuple[int, int]:
    asked = re.fullmatch(r"(\d+)x(\d+)", str(inputs.get("size", "")))
    if asked:
        return _bounded(int(asked[1]), int(asked[2]))
    short = _SHORT_SIDES.get(str(inputs.get("resolution", "")), 720)
    ratio = re.fullmatch(r"(\d+):(\d+)", str(inputs.get("aspect_ratio", "")))
    across, down = (int(ratio[1]), int(ratio[2])) if ratio else (16, 9)
    across, down = max(across, 1), max(down, 1)
    if across >= down:
        return _bounded(round(short * across / down), short)
    return _bounded(short, round(short * down / across))


def _bounded(width: int, height: int) -> tuple[int, int]:
    """Keep the shape but not beyond what two cores render in seconds; 4:2:0 needs even sides."""
    scale = min(1.0, _LONGEST_SIDE / max(width, height, 1))
    return max(64, round(width * scale) // 2 * 2), max(64, round(height * scale) // 2 * 2)


def _seconds(inputs: dict[str, Any]) -> int:
    """Read a length from `seconds` or `duration`, a number or words such as `"8s"`; others mean 5 s."""
    number = _NUMBER.search(str(inputs.get("seconds", inputs.get("duration", ""))))
    return min(max(1, round(float(number[0]))), _LONGEST_SECONDS) if number else 5
