"""Fetch a result's file from where the service put it: without the token, and with suspicion.

The address comes from the service's reply, so it is not believed: only http and https, no
credentials in it, no step down from https, and no address inside the user's own network unless
the API itself is there. Each redirect is looked at again.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from runcomfy_jupyter._client.addresses import Resolver, is_inside, is_local, resolve
from runcomfy_jupyter._client.body import (
    FAILURES,
    MOST_REDIRECTS,
    NO_SUCH_RANGE,
    OK,
    PARTIAL,
    REDIRECTS,
    Body,
    host_of,
    opened,
    why,
)
from runcomfy_jupyter._client.connections import HEADERS, Closing, Timeouts, proxied
from runcomfy_jupyter._client.lanes import Lanes
from runcomfy_jupyter._client.outputs import is_address
from runcomfy_jupyter._client.retries import Clock, retry_after
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError, LinkExpired

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_EXPIRED = frozenset({403, 404, 410})
_LATER = frozenset({408, 425, 429})
_MOST = 100


class Downloads(Closing):
    """Open result files: `async with downloads.open(url) as body: …`.

    `base_url`: the API's base. Only where that is this very machine (the sandbox) may a file
    lie inside the user's own network. `clock`, `timeouts`, `transport` and `resolver` are for other
    surroundings than a usual machine: a test, a browser.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        timeouts = timeouts or Timeouts()
        # httpx limits each pause; a host that drips its headers must not hold a download for ever.
        self._longest = timeouts.connect + 2 * timeouts.download
        self._patience = timeouts.connect
        # A transport that was handed in is the way out, and knows names of its own.
        self._resolve = resolver or (resolve if transport is None else None)
        self._clock = clock or Clock()
        self._inside = is_local(httpx.URL(base_url).raw_host.decode())
        self._timeouts = timeouts.of(timeouts.download).as_dict()
        self._transport = transport or Lanes(most=_MOST, keep=15.0)
        # To wait for a place is no failure of the host: it comes before all that is timed.
        self._places = asyncio.Semaphore(_MOST)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    @asynccontextmanager
    async def open(self, url: str, *, offset: int = 0, validator: str | None = None) -> AsyncIterator[Body]:
        """Open a file at its address, from byte `offset` on where the host can do that.

        A part is asked for only together with the validator that the earlier part came with:
        without it, halves of two files might be joined. Raises `DeliveryError`; of it
        `LinkExpired` where a fresh result may bring another address, and `DeliveryCut`, which
        is transient, where trying again is worth it.
        """
        async with self._places:
            wanted = {"Range": f"bytes={offset}-", "If-Range": validator} if offset and validator else {}
            response = await self._follow(url, wanted)
            try:
                body = self._body(response, offset, validator) if wanted else self._body(response)
                if body is None:
                    await response.aclose()
                    response = await self._follow(url, {})
                    body = self._body(response)
                if body is None:
                    raise DeliveryError(f"{host_of(response.url)} sent a part of the file, unasked.")
                yield body
            finally:
                await response.aclose()

    async def _follow(self, url: str, headers: dict[str, str]) -> httpx.Response:
        """Return the answer at the end of the redirects, its body unread."""
        target = self._checked(url, None)
        for _ in range(MOST_REDIRECTS + 1):
            await self._look_up(target)
            response = await self._ask(target, headers)
            if response.status_code not in REDIRECTS:
                return response
            await response.aclose()
            target = self._checked(response.headers.get("location", ""), target)
        raise DeliveryError(f"{host_of(target)} redirects too often.")

    async def _ask(self, target: httpx.URL, headers: dict[str, str]) -> httpx.Response:
        request = httpx.Request(
            "GET", target, headers={**HEADERS, **headers}, extensions={"timeout": self._timeouts}
        )
        # httpx's exceptions hold the whole address, and so the signature in it: none is chained.
        try:
            async with asyncio.timeout(self._longest):
                response = await self._transport.handle_async_request(request)
        except FAILURES as failure:
            reason = why(failure)
        else:
            response.request = request
            return response
        raise DeliveryCut(f"The file's host {host_of(target)} cannot be reached: {reason}.")

    async def _look_up(self, target: httpx.URL) -> None:
        """Refuse a name that leads into the user's own network.

        It is asked for anew when the connection is made: a host that changes its mind in between
        is not found out. What goes through a proxy has its name looked up there.
        """
        host = target.raw_host.decode()
        if self._inside or self._resolve is None or proxied(target):
            return
        try:
            async with asyncio.timeout(self._patience):
                addresses = await self._resolve(host)
        except (OSError, TimeoutError):
            return  # connecting will say so
        if any(is_inside(address) for address in addresses):
            raise DeliveryError(f"The address of the file leads into your own network ({host_of(target)}).")

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
            raise DeliveryError(f"{host_of(base)} redirects from https to http, which is refused.")
        if not self._inside and is_local(target.raw_host.decode()):
            raise DeliveryError(f"The address of the file is inside your own network ({host_of(target)}).")
        return target

    def _body(self, response: httpx.Response, offset: int = 0, validator: str | None = None) -> Body | None:
        """Return the opened file, or None where it has to be opened anew from its beginning."""
        status = response.status_code
        if status in (OK, PARTIAL) or (status == NO_SUCH_RANGE and offset):
            return opened(response, offset, validator, self._clock.elapsed)
        raise self._refusal(response)

    def _refusal(self, response: httpx.Response) -> DeliveryError:
        status, host = response.status_code, host_of(response.url)
        if status in _EXPIRED:
            message = f"{host} no longer has the file at this address (HTTP {status}): the link has expired."
            return LinkExpired(message)
        if status in _LATER or status >= 500:  # noqa: PLR2004 - the HTTP class of the host's own faults
            message = f"The file's host {host} is in trouble (HTTP {status})."
            return DeliveryCut(
                message, retry_after=retry_after(response.headers.get("retry-after"), self._clock.now())
            )
        return DeliveryError(f"The file's host {host} refused it (HTTP {status}).")
