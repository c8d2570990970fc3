"""A file to be downloaded, and the way it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from client.raw_server import answer, serving
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter.errors import DeliveryError

if TYPE_CHECKING:
    from client.raw_server import Reply, Script
    from runcomfy_jupyter._client.body import Body

QUICK = Timeouts(connect=1.0, download=0.2)
MOVIE = bytes(range(256)) * 10_000
WHOLE = answer(200, MOVIE, etag='"v1"', content_type="Video/MP4; codecs=avc1")


def part(start: int, **headers: str) -> bytes:
    """Return the answer of a host that continues from `start`."""
    where = f"bytes {start}-{len(MOVIE) - 1}/{len(MOVIE)}"
    return answer(206, MOVIE[start:], **{"content_range": where, "etag": '"v1"', **headers})


async def fetch(script: Script | Reply, **asked: Any) -> tuple[Body, bytes, list[dict[str, str]]]:
    """Open the file that a server has, and return it, its bytes, and the headers of all requests."""
    async with serving(script) as server, Downloads(server.base, timeouts=QUICK) as downloads:
        async with downloads.open(f"{server.origin}/a.mp4?signature=hidden", **asked) as body:
            content = b"".join([chunk async for chunk in body.chunks()])
        return body, content, [seen.headers for seen in server.seen]


async def refused(script: Script | Reply, **asked: Any) -> DeliveryError:
    """Return the error of a file that cannot be had; it never shows the address's query."""
    with pytest.raises(DeliveryError) as caught:
        await fetch(script, **asked)
    assert "hidden" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert caught.value.__context__ is None
    return caught.value
