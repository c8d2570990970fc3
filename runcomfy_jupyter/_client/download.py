"""Fetch a result's file from where the service put it: without the token, and with suspicion.

The address comes from the service's reply, so it is not believed: only http and https, no
credentials in it, no step down from https, and no address inside the user's own network unless
the API itself is there. Each redirect is looked at again.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import httpx

from runcomfy_jupyter._client.addresses import is_local
from runcomfy_jupyter._client.connections import Timeouts, connections, redirect
from runcomfy_jupyter._client.outputs import is_address
from runcomfy_jupyter._client.retries import Clock, retry_after
from runcomfy_jupyter._client.words import plain
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError, LinkExpired

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

CHUNK = 256 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_EXPIRED = frozenset({403, 404, 410})
_LATER = frozenset({408, 425, 429})
_OK, _PARTIAL, _NO_SUCH_RANGE = 200, 206, 416
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(?:(\d{1,18})|\*)")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
_STRONG_ETAG = re.compile(r'"[!#-~]{0,200}"')
_FAILURES = (httpx.HTTPError, httpx.StreamError)


@dataclass(frozen=True, slots=True, repr=False)
class Body:
    """An opened file. Its bytes begin at `offset` of the whole, which is `total` bytes if known.

    `offset` may be 0 although more was asked for: then the file has changed or cannot be
    continued, and what was kept of it is to be thrown away. `validator` is what to hand to the
    next `open` for the same version of the file; without one it cannot be continued.
    """

    status: int
    offset: int
    total: int | None
    validator: str | None
    media_type: str
    _response: httpx.Response

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes, a quarter of a mebibyte at a time.

        Raises `DeliveryCut` where they break off, after all that did come.
        """
        gathered, reason = bytearray(), ""
        try:
            async for piece in self._response.aiter_raw():
                gathered += piece
                if len(gathered) >= CHUNK:
                    yield bytes(gathered)
                    gathered.clear()
        except _FAILURES as failure:
            reason = _why(failure)
        # What came before a cut is paid for in time: a bad line gets through in small steps.
        if gathered:
            yield bytes(gathered)
        if reason:
            raise DeliveryCut(f"The download from {_host(self._response.url)} broke off: {reason}.")


class Downloads:
    """Open result files: `async with downloads.open(url) as body: …`.

    `base_url`: the API's base. Only where that is this very machine (the sandbox) may a file
    lie inside the user's own network.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        timeouts = timeouts or Timeouts()
        self._clock = clock or Clock()
        self._inside = is_local(httpx.URL(base_url).raw_host.decode())
        self._pool = connections(
            timeouts.of(timeouts.download),
            httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=15.0),
            transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def open(self, url: str, *, offset: int = 0, validator: str | None = None) -> AsyncIterator[Body]:
        """Open a file at its address, from byte `offset` on where the host can do that.

        A part is asked for only together with the validator that the earlier part came with:
        without it, halves of two files might be joined. Raises `DeliveryError`; of it
        `LinkExpired` where a fresh result may bring another address, and `DeliveryCut`, which
        is transient, where trying again is worth it.
        """
        wanted = {"Range": f"bytes={offset}-", "If-Range": validator} if offset and validator else {}
        response = await self._follow(url, wanted)
        try:
            body = self._body(response, offset, validator) if wanted else self._body(response, 0, None)
            if body is None:
                await response.aclose()
                response = await self._follow(url, {})
                body = self._body(response, 0, None)
            if body is None:
                raise DeliveryError(f"{_host(response.url)} sent a part of the file, unasked.")
            yield body
        finally:
            await response.aclose()

    async def _follow(self, url: str, headers: dict[str, str]) -> httpx.Response:
        """Return the answer at the end of the redirects, its body unread."""
        target = self._checked(url, None)
        for _ in range(_MOST_REDIRECTS + 1):
            response = await self._ask(target, headers)
            if response.status_code not in _REDIRECTS:
                return response
            await response.aclose()
            target = self._checked(redirect(response), target)
        raise DeliveryError(f"{_host(target)} redirects too often.")

    async def _ask(self, target: httpx.URL, headers: dict[str, str]) -> httpx.Response:
        # httpx's exceptions hold the whole address, and so the signature in it: none is chained.
        try:
            return await self._pool.send(
                self._pool.build_request("GET", target, headers=headers), stream=True
            )
        except _FAILURES as failure:
            reason = _why(failure)
        raise DeliveryCut(f"The file's host {_host(target)} cannot be reached: {reason}.")

    def _checked(self, url: str, base: httpx.URL | None) -> httpx.URL:
        """Return the address to go to next, `base` being where a redirect came from."""
        try:
            target = base.join(url) if base else httpx.URL(url)
            text = str(target)
        except (httpx.InvalidURL, ValueError):
            text = ""
        if not url or not is_address(text):
            raise DeliveryError("The address of the file is not one that a file can be fetched from.")
        if base and base.scheme == "https" and target.scheme != "https":
            raise DeliveryError(f"{_host(base)} redirects from https to http, which is refused.")
        if not self._inside and is_local(target.raw_host.decode()):
            raise DeliveryError(f"The address of the file is inside your own network ({_host(target)}).")
        return target

    def _body(self, response: httpx.Response, offset: int, validator: str | None) -> Body | None:
        """Return the opened file, or None where it has to be opened anew from its beginning."""
        status, headers = response.status_code, response.headers
        if status == _NO_SUCH_RANGE and offset:
            return None
        if status not in (_OK, _PARTIAL):
            raise self._refusal(response)
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise DeliveryError(
                f"{_host(response.url)} sends the file in an encoding that was not asked for."
            )
        current = _validator(headers)
        total = _length(headers)
        if status == _PARTIAL:
            part = _RANGE.fullmatch(headers.get("content-range", "").strip())
            if not offset or not part or int(part[1]) != offset or current not in (None, validator):
                return None
            total = int(part[3]) if part[3] else None
        else:
            offset = 0
        return Body(
            status, offset, total, current or (validator if offset else None), _media_type(headers), response
        )

    def _refusal(self, response: httpx.Response) -> DeliveryError:
        status, host = response.status_code, _host(response.url)
        if status in _EXPIRED:
            message = f"{host} no longer has the file at this address (HTTP {status}): the link has expired."
            return LinkExpired(message)
        if status in _LATER or status >= 500:  # noqa: PLR2004 - the HTTP class of the host's own faults
            message = f"The file's host {host} is in trouble (HTTP {status})."
            return DeliveryCut(
                message, retry_after=retry_after(response.headers.get("retry-after"), self._clock.now())
            )
        return DeliveryError(f"The file's host {host} refused it (HTTP {status}).")


def _host(url: httpx.URL) -> str:
    """Return what may be said of an address: its host. The rest may be a signature."""
    return plain(url.host, 100)


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


def _why(failure: Exception) -> str:
    return "no answer in time" if isinstance(failure, httpx.TimeoutException) else "the connection broke"
