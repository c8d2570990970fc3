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

# (offset, bytes there) → type. Source: the formats' own specifications.
_SIGNATURES = (
    (4, b"ftyp", MP4),
    (0, b"\x1aE\xdf\xa3", WEBM),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF8", GIF),
    (8, b"WEBP", WEBP),
)

KNOWN = (MP4, WEBM, PNG, JPEG, GIF, WEBP)


def sniff(head: bytes, declared: str = "") -> MediaType | None:
    """Return the type of a file that begins with `head` (16 bytes), or None if it is no medium.

    `declared` is the host's word. It counts only for bytes that we do not know and that are not
    text: a paid video in a rarer container is kept, an error page under a video's name is not.
    """
    for offset, signature, media_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return media_type
    if not head or _is_text(head):
        return None
    return next((kind for kind in KNOWN if kind.name == declared.partition(";")[0].strip().lower()), None)


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
