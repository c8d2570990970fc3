"""A still picture of a video, where PyAV is installed (the extra `media`); without it there is none."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

_WIDTH = 640
_WHERE = 0.4
_MOST_FRAMES = 90


def poster(path: str) -> bytes | None:
    """Return a JPEG, at most 640 pixels wide, from well inside a video, or None."""
    try:
        import av  # noqa: PLC0415 - large, and not always there
    except ImportError:
        return None
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            wanted = _WHERE * _duration(container) / av.time_base
            container.seek(int(wanted * av.time_base))
            frame: Any = None
            # Seeking goes to a key frame before; a little way on from there is decoded.
            for frame in itertools.islice(container.decode(stream), _MOST_FRAMES):
                if frame.time is None or frame.time >= wanted:
                    break
            return _jpeg(av, frame) if frame is not None else None
    except (av.error.FFmpegError, IndexError, OSError, ValueError):
        return None  # a picture is a courtesy; the video is there without it


def _duration(container: Any) -> int:
    return container.duration or 0  # None where the container does not tell


def _jpeg(av: Any, frame: Any) -> bytes:
    width = min(_WIDTH, frame.width) // 2 * 2
    height = max(2, round(frame.height * width / frame.width) // 2 * 2)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    small = frame.reformat(width=width, height=height, format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
