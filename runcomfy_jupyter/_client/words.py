"""What the service says in words, made safe to show: one printable line, bounded, without the token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LONGEST_LINE = 300
HIDDEN = "[token]"
_SHORTEST_SECRET = 8
_MESSAGE_KEYS = ("error_message", "message", "error", "detail", "msg")


def plain(text: object, limit: int = LONGEST_LINE) -> str:
    """Return one printable line of at most `limit` characters; anything but a string is empty.

    What does not print becomes a space rather than nothing, so that taking characters away can
    never put a hidden token together again.
    """
    if not isinstance(text, str):
        return ""
    # A line cannot be longer than the limit by much before it is cut, however long the text is.
    printable = "".join(mark if mark.isprintable() else " " for mark in text[: 4 * limit])
    line = " ".join(printable.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def said(value: object) -> str:
    """Return the message of an error body, or of an `error` in a result; empty if it has none.

    Seen are strings, objects with a message under several keys, and lists of what a field lacks.
    """
    return plain(_said(value, depth=4))


def without_token(body: bytes, token: str) -> bytes:
    """Return a JSON body in which the token does not occur, in plain or in escaped characters.

    `token` must be free of what JSON escapes: the quotation mark and the backslash.
    """
    if not is_secret(token):
        return body
    body = body.replace(token.encode(), HIDDEN.encode())
    if b"\\" not in body:
        return body
    try:
        text = json.dumps(json.loads(body.decode("utf-8-sig", "surrogatepass")), ensure_ascii=False)
    except (ValueError, RecursionError):
        # What cannot be looked through is not passed on.
        return b""
    return text.replace(token, HIDDEN).encode("utf-8", "surrogatepass") if token in text else body


def hide(text: str, token: str) -> str:
    """Return a text in which the token does not occur."""
    return text.replace(token, HIDDEN) if is_secret(token) else text


def is_secret(token: str) -> bool:
    """Tell a token from a placeholder, such as the sandbox takes.

    One so short occurs by chance, and taking it out would break ids and addresses.
    """
    return len(token) >= _SHORTEST_SECRET


def _said(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value
    if depth and isinstance(value, list):
        lines = (_said(entry, depth - 1) for entry in value[:5])
        return "; ".join(line for line in lines if line)
    if depth and isinstance(value, Mapping):
        return _said_by(value, depth)
    return ""


def _said_by(body: Mapping[str, Any], depth: int) -> str:
    message = next((line for key in _MESSAGE_KEYS if (line := _said(body.get(key), depth - 1))), "")
    where = body.get("loc")
    if message and isinstance(where, list) and where:
        return f"{where[-1]}: {message}"
    code = body.get("code")
    if isinstance(code, int | str) and code not in ("", False):
        return f"{message} (code {code})" if message else f"code {code}"
    return message
