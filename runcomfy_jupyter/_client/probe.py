"""A look at an address: does anything answer there, and when does it think it is?

Without a token, once, and without following where it leads.
"""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx

from runcomfy_jupyter._client.lanes import Lanes, answer
from runcomfy_jupyter._client.words import plain
from runcomfy_jupyter.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping


_SHORT = 1_000_000


class Probe(NamedTuple):
    """What answered. `dated`: when it was there, in seconds since the epoch, if it said."""

    http: int
    speaks_json: bool
    dated: float | None


async def probe(url: str, seconds: float) -> Probe:
    """Ask an address once; raise `Unreachable` with the reason where nothing answers in time."""
    try:
        async with (
            asyncio.timeout(seconds),
            Lanes(most=1, keep=0.0) as lanes,
            answer(url, seconds, lanes) as response,
        ):
            speaks_json = (await _beginning(response)).lstrip()[:1] in (b"{", b"[")
            return Probe(response.status_code, speaks_json, _date(response.headers))
    except (httpx.TimeoutException, TimeoutError):
        reason = f"no answer within {seconds:g} s"
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        reason = plain(str(failure), 160) or "no connection"
    message = f"{urlsplit(url).hostname} cannot be reached ({reason})."
    raise Unreachable(message, hint="Look at the network or the proxy.")


async def _beginning(response: httpx.Response) -> bytes:
    """Return the whole body where it is as short as ours: one that is left half-read lingers."""
    beginning = bytearray()
    async for chunk in response.aiter_bytes():
        beginning += chunk
        if len(beginning) > _SHORT:
            break
    return bytes(beginning)


def _date(headers: Mapping[str, str]) -> float | None:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
