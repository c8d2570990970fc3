"""MP4 files made by hand: the boxes are true, what they hold is not. No decoder is needed to make them."""

from __future__ import annotations


def box(name: bytes, content: bytes = b"", *, large: bool = False) -> bytes:
    """Return one box of ISO/IEC 14496-12; `large`: with a length of 64 bits."""
    if large:
        return (1).to_bytes(4, "big") + name + (16 + len(content)).to_bytes(8, "big") + content
    return (8 + len(content)).to_bytes(4, "big") + name + content


FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
FREE = box(b"free")
MOOV = box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", bytes(300)))
MDAT = box(b"mdat", bytes(range(256)) * 40)

CLIP = FTYP + FREE + MDAT + MOOV
FAST_START = FTYP + MOOV + FREE + MDAT
LARGE = FTYP + FREE + box(b"mdat", bytes(range(256)) * 40, large=True) + MOOV
