"""The file in an answer: from where it begins, how much it is, and its bytes as they come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from runcomfy_jupyter._client.words import plain
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

CHUNK = 256 * 1024
# Bytes a second, measured over so many seconds: a download that brings less is cut off.
LEAST_SPEED = 1000
_WINDOW = 120.0
FAILURES = (httpx.HTTPError, httpx.StreamError, TimeoutError)
OK, PARTIAL, NO_SUCH_RANGE = 200, 206, 416
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(?:(\d{1,18})|\*)")
_NO_RANGE = re.compile(r"bytes \*/(\d{1,18})")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
_STRONG_ETAG = re.compile(r'"[!#-~]{0,200}"')


@dataclass(frozen=True, slots=True, repr=False)
class Body:
    """An opened file. Its bytes begin at `offset` of the whole, which is `total` bytes if known.

    `offset` may be 0 although more was asked for: then the file has changed or cannot be
    continued, and what was kept of it is to be thrown away. It may be `total`: then everything
    is here already. `validator` is what to hand to the next `open` for the same version of the
    file; without one it cannot be continued.
    """

    status: int
    offset: int
    total: int | None
    validator: str | None
    media_type: str
    _response: httpx.Response
    _elapsed: Callable[[], float]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes, a quarter of a mebibyte or more at a time.

        Raises `DeliveryCut` where they break off or only drip, after all that did come.
        """
        if self.offset == self.total:
            return
        gathered, size, reason = list[bytes](), 0, ""
        since, came = self._elapsed(), 0
        try:
            async for piece in self._response.aiter_raw():
                gathered.append(piece)
                size += len(piece)
                came += len(piece)
                if size >= CHUNK:
                    yield b"".join(gathered)
                    gathered, size = [], 0
                if (passed := self._elapsed() - since) >= _WINDOW:
                    if came < LEAST_SPEED * passed:
                        reason = f"only {came} bytes came in {passed:.0f} s"
                        break
                    since, came = self._elapsed(), 0
        except FAILURES as failure:
            reason = why(failure)
        # What came before a cut is paid for in time: a bad line gets through in small steps.
        if gathered:
            yield b"".join(gathered)
        if reason:
            raise DeliveryCut(f"The download from {host_of(self._response.url)} broke off: {reason}.")


def opened(
    response: httpx.Response, offset: int, validator: str | None, elapsed: Callable[[], float]
) -> Body | None:
    """Return the file in an answer, or None where it has to be opened anew from its beginning.

    `offset`, `validator`: what was asked for; 0 and None for the whole. Only for the statuses
    `OK`, `PARTIAL` and, for a part that was asked for, `NO_SUCH_RANGE`.
    """
    status, headers = response.status_code, response.headers
    current = _validator(headers)
    if status == NO_SUCH_RANGE:
        # Nothing lies behind the offset: it is all here, if it is still the same file.
        size = _NO_RANGE.fullmatch(headers.get("content-range", "").strip())
        if not size or int(size[1]) != offset or current not in (None, validator):
            return None
        return Body(status, offset, offset, validator, "", response, elapsed)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        host = host_of(response.url)
        raise DeliveryError(f"{host} sends the file in an encoding that was not asked for.")
    total = _length(headers)
    if status == PARTIAL:
        part = _RANGE.fullmatch(headers.get("content-range", "").strip())
        if not offset or not part or int(part[1]) != offset or current not in (None, validator):
            return None
        total = int(part[3]) if part[3] else None
    else:
        offset = 0
    current = current or (validator if offset else None)
    return Body(status, offset, total, current, _media_type(headers), response, elapsed)


def host_of(url: httpx.URL) -> str:
    """Return what may be said of an address: its host. The rest may be a signature."""
    return plain(url.host, 100)


def why(failure: Exception) -> str:
    """Say what went wrong on the way, in words of our own."""
    timely = isinstance(failure, httpx.TimeoutException | TimeoutError)
    return "no answer in time" if timely else "the connection broke"


def _length(headers: httpx.Headers) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 19 else None  # noqa: PLR2004 - beyond any disk


def _validator(headers: httpx.Headers) -> str | None:
    """Return what names this version of the file: a weak tag does not, a date does."""
    tag = headers.get("etag", "").strip()
    if _STRONG_ETAG.fullmatch(tag):
        return str(tag)
    return plain(headers.get("last-modified"), 60) or None


def _media_type(headers: httpx.Headers) -> str:
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    return str(kind) if _MEDIA_TYPE.fullmatch(kind) else ""
