"""Telling a media file by its first bytes, and naming it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

HEAD_SIZE = 16
_NAME_LENGTH = 40
_FILLER = {"a", "an", "the", "of", "in", "on", "at", "and", "with", "to"}


class MediaType(NamedTuple):
    """A kind of file: its media type and the ending that we give it."""

    name: str
    suffix: str


MP4 = MediaType("video/mp4", ".mp4")
WEBM = MediaType("video/webm", ".webm")
PNG = MediaType("image/png", ".png")
JPEG = MediaType("image/jpeg", ".jpg")
GIF = MediaType("image/gif", ".gif")
WEBP = MediaType("image/webp", ".webp")
AVIF = MediaType("image/avif", ".avif")
HEIC = MediaType("image/heic", ".heic")
MP3 = MediaType("audio/mpeg", ".mp3")
AAC = MediaType("audio/aac", ".aac")
M4A = MediaType("audio/mp4", ".m4a")
WAV = MediaType("audio/wav", ".wav")
OGG = MediaType("audio/ogg", ".ogg")
FLAC = MediaType("audio/flac", ".flac")

# (offset, bytes there) → type; the first that fits counts. Source: the formats' own specifications.
_SIGNATURES = (
    # One container for films, pictures and songs (ISO/IEC 14496-12): its brand tells which.
    *((4, b"ftyp" + brand, AVIF) for brand in (b"avif", b"avis")),
    *((4, b"ftyp" + brand, HEIC) for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")),
    *((4, b"ftyp" + brand, M4A) for brand in (b"M4A ", b"M4B ")),
    (4, b"ftyp", MP4),
    (0, b"\x1aE\xdf\xa3", WEBM),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF8", GIF),
    (8, b"WEBP", WEBP),
    (8, b"WAVE", WAV),
    (0, b"OggS", OGG),
    (0, b"fLaC", FLAC),
    (0, b"ID3", MP3),
    # Without a tag in front, the first frame's header (ISO/IEC 11172-3, 13818-3 and -7).
    *((0, bytes((0xFF, second)), MP3) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),
    *((0, bytes((0xFF, second)), AAC) for second in (0xF1, 0xF0, 0xF9, 0xF8)),
)
_GENERIC_IMAGES = (b"mif1", b"msf1")

KNOWN = (MP4, WEBM, PNG, JPEG, GIF, WEBP, AVIF, HEIC, MP3, AAC, M4A, WAV, OGG, FLAC)


def sniff(head: bytes, declared: str = "") -> MediaType | None:
    """Return the type of a file that begins with `head` (16 bytes), or None if it is no medium.

    `declared` is the host's word. It counts only for bytes that we do not know and that are not
    text: a paid video in a rarer container is kept, an error page under a video's name is not.
    """
    said = next((kind for kind in KNOWN if kind.name == declared.partition(";")[0].strip().lower()), None)
    if head[4:8] == b"ftyp" and head[8:12] in _GENERIC_IMAGES:
        return AVIF if said == AVIF else HEIC
    for offset, signature, media_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return media_type
    if _is_text(head):
        return None
    return said


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        # `head` may end within a character.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(mark >= " " or mark in "\t\n\r" for mark in text)


def stem(prompt: str, job_id: str, number: int) -> str:
    """Name an output: a few plain words of the prompt, the job's id, the output's number past 1.

    At most 60 characters of [a-z0-9-], so that any disk takes it and no path can hide in it.
    """
    ascii_text = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    words = [word for word in re.findall(r"[a-z0-9]+", ascii_text) if word not in _FILLER]
    name = ""
    for word in words[:6]:
        if len(name) + len(word) > _NAME_LENGTH:
            break
        name += f"{word}-"
    ending = f"-{number}" if number > 1 else ""
    return f"{name or 'video-'}{job_id}{ending}"
