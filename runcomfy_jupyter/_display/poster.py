"""A still picture of a video, where PyAV is installed (the extra `media`); without it there is none."""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

_WIDTH = 640
_WHERE = 0.4
_MOST_FRAMES = 90
_KEPT = 128


def poster(path: str, width: int = _WIDTH) -> bytes | None:
    """Return a JPEG, at most `width` pixels wide, from well inside a video, or None."""
    try:
        import av  # noqa: F401, PLC0415 - large, and not always there

        changed = Path(path).stat()
    except (ImportError, OSError):
        return None
    return _poster(path, width, changed.st_mtime_ns, changed.st_size)


# A grid is drawn more than once, and a picture takes a tenth of a second.
@lru_cache(maxsize=_KEPT)
def _poster(path: str, width: int, *_version: int) -> bytes | None:
    import av  # noqa: PLC0415 - as above

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
            return _jpeg(av, frame, width) if frame is not None else None
    except (av.error.FFmpegError, IndexError, OSError, ValueError):
        return None  # a picture is a courtesy; the video is there without it


def _duration(container: Any) -> int:
    return container.duration or 0  # None where the container does not tell


def _jpeg(av: Any, frame: Any, most: int) -> bytes:
    width = max(2, min(most, frame.width) // 2 * 2)
    height = max(2, round(frame.height * width / frame.width) // 2 * 2)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    small = frame.reformat(width=width, height=height, format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
