"""The width and height that a picture's own first bytes tell; pure.

Sources: the formats' own specifications. What is not understood is not told: a picture is shown
without it, too.
"""

from __future__ import annotations

import struct

# Enough of a JPEG to get past what cameras and editors put before its frame.
HEAD = 256 * 1024
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST = 100_000


def dimensions(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels of a PNG, GIF, WebP or JPEG that begins so, if it tells."""
    try:
        size = _read(head)
    except (struct.error, IndexError):
        return None
    return size if size and all(0 < side <= _MOST for side in size) else None


def _read(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head.startswith(b"GIF8"):
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    if head[8:12] == b"WEBP":
        return _webp(head)
    return _jpeg(head) if head.startswith(b"\xff\xd8") else None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        low, top, high, upper = struct.unpack("<HBHB", head[24:30])
        return 1 + (top << 16 | low), 1 + (upper << 16 | high)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while head[at] == 0xFF:  # noqa: PLR2004 - every segment begins with it
        marker = head[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        (length,) = (0,) if marker in _ALONE else struct.unpack(">H", head[at + 2 : at + 4])
        at += 2 + length
    return None
