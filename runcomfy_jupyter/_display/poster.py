"""A still picture of a video, where PyAV is installed (the extra `media`); without it there is none."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

_WIDTH = 640


def poster(path: str) -> bytes | None:
    """Return a JPEG, at most 640 pixels wide, from the middle of a video, or None."""
    try:
        import av  # noqa: PLC0415 - large, and not always there
    except ImportError:
        return None
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            if container.duration:
                container.seek(container.duration // 2)
            frame = next(container.decode(stream))
            return _jpeg(av, frame)
    except (av.error.FFmpegError, StopIteration, IndexError, OSError, ValueError):
        return None  # a picture is a courtesy; the video is there without it


def _jpeg(av: Any, frame: Any) -> bytes:
    width = min(_WIDTH, frame.width) // 2 * 2
    height = max(2, round(frame.height * width / frame.width) // 2 * 2)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    small = frame.reformat(width=width, height=height, format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
