"""What a request's inputs say of its output: how long, how large, how many. Lenient; nothing is promised.

`resolved` are the inputs with the schema's defaults filled in.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Not `length`: some models count frames there.
_LENGTHS = ("seconds", "duration", "duration_seconds", "duration_s", "num_seconds", "video_duration")
_FRAMES = ("num_frames", "frames", "frame_count")
_RATES = ("fps", "frames_per_second", "frame_rate")
_SIZES = ("size", "image_size", "video_size", "resolution", "dimensions")
_COUNTS = (
    "num_outputs", "num_images", "num_videos", "number_of_images", "number_of_videos", "number_of_outputs",
    "num_samples", "batch_size", "n",
)  # fmt: skip
_LONGEST = 86_400
_LARGEST = 16_384
_MOST = 1000
_SECONDS = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?:s|secs?|seconds?)?\s*", re.IGNORECASE)
_SIZE = re.compile(r"\s*([0-9]{1,5})\s*[x×*]\s*([0-9]{1,5})\s*", re.IGNORECASE)
_RATIO = re.compile(r"\s*([0-9]{1,4})\s*[:/x]\s*([0-9]{1,4})\s*")
_LINES = re.compile(r"\s*([0-9]{3,4})\s*[pP]?\s*")
# Words for the number of lines of a picture that lies on its side.
_WORDS = {"2k": 1440, "4k": 2160, "8k": 4320, "hd": 720, "fhd": 1080, "uhd": 2160}


def seconds(resolved: Mapping[str, Any]) -> float | None:
    """Return how long the output will be; None where the inputs do not say, or leave it to the model."""
    for name in _LENGTHS:
        if name in resolved:
            return _seconds(resolved[name])
    frames = next((_count(resolved[name]) for name in _FRAMES if name in resolved), None)
    rate = next((_seconds(resolved[name]) for name in _RATES if name in resolved), None)
    return _seconds(frames / rate) if frames and rate else None


def pixels(resolved: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return width and height of the output; None where the inputs do not tell both."""
    if size := _size(resolved):
        return size
    ratio, lines = _ratio(resolved.get("aspect_ratio")), _lines(resolved.get("resolution"))
    if ratio is None or lines is None:
        return None
    longer = max(ratio) / min(ratio) * lines
    # Encoders want even sides: 480p at 16:9 is 854 wide.
    long = math.ceil(longer / 2) * 2
    if long > _LARGEST:
        return None
    return (long, lines) if ratio[0] >= ratio[1] else (lines, long)


def shape(resolved: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the sides' proportion where no more is told: (16, 9); in pixels where they are."""
    return pixels(resolved) or _ratio(resolved.get("aspect_ratio"))


def outputs(resolved: Mapping[str, Any]) -> int:
    """Return how many files are asked for: one, where nothing is said."""
    counts = (_count(resolved[name]) for name in _COUNTS if name in resolved)
    return next((count for count in counts if count and count <= _MOST), 1)


def _size(resolved: Mapping[str, Any]) -> tuple[int, int] | None:
    for name in _SIZES:
        value = resolved.get(name)
        if isinstance(value, dict):
            value = f"{value.get('width')}x{value.get('height')}"
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if match and (sides := _sides(int(match[1]), int(match[2]))):
            return sides
    width, height = _count(resolved.get("width")), _count(resolved.get("height"))
    return _sides(width, height) if width and height else None


def _sides(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if 0 < width <= _LARGEST and 0 < height <= _LARGEST else None


def _ratio(value: Any) -> tuple[int, int] | None:
    match = _RATIO.fullmatch(value) if isinstance(value, str) else None
    return _sides(int(match[1]), int(match[2])) if match else None


def _lines(value: Any) -> int | None:
    text = value if isinstance(value, str) else str(_count(value) or "")
    if known := _WORDS.get(text.strip().lower()):
        return known
    match = _LINES.fullmatch(text)
    return int(match[1]) if match and int(match[1]) else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, str):
        match = _SECONDS.fullmatch(value)
        value = float(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value <= _LONGEST else None


def _count(value: Any) -> int | None:
    number = _seconds(value)
    return int(number) if number is not None and number == int(number) else None
