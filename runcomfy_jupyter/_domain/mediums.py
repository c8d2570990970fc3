"""Which fields take files, and what such a field takes: the public https address of one.

Source: "File inputs" of RunComfy's API pages. Nothing is uploaded from here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_ADDRESS = 8192

_MEDIA = {
    "image": "image", "img": "image", "photo": "image", "picture": "image", "frame": "image", "mask": "image",
    "video": "video", "clip": "video", "movie": "video",
    "audio": "audio", "song": "audio", "music": "audio", "sound": "audio", "voice": "audio",
}  # fmt: skip
_ADDRESS = r"(?:ur[il]|link)s?"
# A format says it: image_uri, video-urls.
_FORMAT = re.compile(r"(image|video|audio)(s?)(?:[_-]?(?:(?:ur[il]|link|file)(s?)))?")
# A name says it where it ends so: start_image_url. A bare noun needs a word about addresses beside it.
_NAME = re.compile(rf"(?:.*_)?({'|'.join(_MEDIA)})s?_{_ADDRESS}")
_NOUN = re.compile(r"(?:.*_)?(image|video|audio)s?")
_OF_ADDRESSES = re.compile(rf"(?i)\b{_ADDRESS}\b|https")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_NAME = 100
_LONGEST_WORDS = 1000


def by_format(word: Any) -> tuple[str, bool] | None:
    """Return the medium that a format names, and whether it names several files."""
    match = _FORMAT.fullmatch(word.lower()) if isinstance(word, str) else None
    return (match[1], bool(match[2] or match[3])) if match else None


def by_name(name: str, told: Mapping[str, Any]) -> str:
    """Return the medium that a field's name and its words suggest, or nothing: a weaker hint."""
    if len(name) > _LONGEST_NAME:
        return ""
    plain = _HUMP.sub("_", name).lower().replace("-", "_")
    if match := _NAME.fullmatch(plain):
        return _MEDIA[match[1]]
    words = (told.get(word) for word in ("title", "description", "format"))
    beside = " ".join(word[:_LONGEST_WORDS] for word in words if isinstance(word, str))
    match = _NOUN.fullmatch(plain)
    return match[1] if match and _OF_ADDRESSES.search(beside) else ""


def is_address(text: str) -> bool:
    """Tell whether this is an https address that a service could fetch from; nobody is asked."""
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is no number
        return False
    # A name and password before the host would be kept in the ledger, and no login works there.
    return usable and "@" not in parts.netloc
