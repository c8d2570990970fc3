"""The addresses of a result's output: every file of it, in a stable order, and nothing else."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from runcomfy_jupyter._domain.mediums import LONGEST_ADDRESS

# Names of any script, and IP addresses; a percent sign hides what a host cannot have.
_HOST = re.compile(r"[\w.:-]+")
_FIRST = ("video", "videos", "image", "images")
# What a request was made from is not what it made, and is not downloaded as if it were.
_ECHOES = frozenset({"input", "inputs"})


def urls(output: Any) -> tuple[str, ...]:
    """Return the http(s) addresses in an `output`: an object, a list, or a bare string.

    The keys of the given output schema come first, in the order video, videos, image, images;
    then the others as they stand. Each address comes once.
    """
    found: dict[str, None] = {}
    # A stack of our own: what the service nests must not use up Python's.
    waiting = [output]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if is_address(value.strip()):
                found[value.strip()] = None
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(_in_order(value)))
    return tuple(found)


def is_address(text: str) -> bool:
    """Tell whether `text` is an absolute http(s) URL with a host and without credentials."""
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        # Reading the port is what checks it.
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool(host and _HOST.fullmatch(host)) and "@" not in parts.netloc
    )


def _in_order(output: dict[str, Any]) -> list[Any]:
    first = [output[key] for key in _FIRST if key in output]
    others = [value for key, value in output.items() if key not in _FIRST and key not in _ECHOES]
    return first + others
