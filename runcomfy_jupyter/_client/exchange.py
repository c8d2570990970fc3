"""One HTTP exchange with the API: a request out, one whole answer in, or why there is none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from runcomfy_jupyter._client.connections import HEADERS
from runcomfy_jupyter._client.lanes import origin
from runcomfy_jupyter._client.outputs import is_address
from runcomfy_jupyter._client.refusals import Answer
from runcomfy_jupyter._client.words import hide, plain, without_token
from runcomfy_jupyter.errors import InputError, Unreachable, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_jupyter._client.connections import Timeouts
    from runcomfy_jupyter._client.retries import Clock
    from runcomfy_jupyter.settings import Endpoint

LONGEST_REPLY = 8 * 1024 * 1024
# Only these prove that nothing was sent: no connection came about, or no proxy let it through.
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError)


class Exchange:
    """Calls to the API, with the token for its origins alone.

    `transport`: what carries them. `pause`: the seconds that an answer may pause.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        timeouts: Timeouts,
        transport: httpx.AsyncBaseTransport,
        *,
        pause: float,
    ) -> None:
        self._token = _checked(endpoint)
        self._clock = clock
        self._secret = endpoint.token
        self._origins = {origin(httpx.URL(base)) for base in (endpoint.base_url, endpoint.account_url)}
        # httpx limits each pause; a service that drips must not hold a call for ever.
        self._longest = timeouts.connect + 2 * pause
        self._timeouts = timeouts.of(pause).as_dict()
        # Not an httpx.AsyncClient: its redirects, cookies and authentication are not wanted here,
        # and deciding so anew costs a fifth of each call.
        self._transport = transport
        # Connections cannot move to another event loop than the one that made them.
        self._loop: asyncio.AbstractEventLoop | None = None

    async def aclose(self) -> None:
        """Close the connections; what another event loop has made went with it."""
        if self._loop in (None, asyncio.get_running_loop()):
            await self._transport.aclose()

    async def send(
        self, method: str, url: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer | str:
        """Return the answer, or in words why there is none although the request may have arrived.

        Raises `Unreachable` where it certainly did not arrive.
        """
        self._settle_in()
        request = self._request(method, url, query, body)
        try:
            async with asyncio.timeout(self._longest):
                return await self._answer(request)
        except _NOTHING_SENT as failure:
            lost, reason = True, plain(hide(str(failure), self._token), 160)
        except _FAILURES as failure:
            lost, reason = False, _why(failure)
        # Not inside the handlers: httpx's exceptions hold the request and with it the token, and
        # an error raised while one is handled carries it along as its context.
        if not lost:
            return reason
        message = f"{request.url.host} cannot be reached ({reason or 'no connection'})."
        raise Unreachable(message, hint="Look at the network or the proxy. Nothing was sent.")

    def _settle_in(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if self._loop is not loop:
            message = "This client was used in another event loop, where its connections are."
            raise UserError(message, hint="Make one in each asyncio.run. Nothing was sent.")

    def _request(
        self, method: str, url: str, query: Mapping[str, str] | None, body: bytes | None
    ) -> httpx.Request:
        request = httpx.Request(
            method,
            url,
            params=query or None,
            content=body,
            headers=HEADERS,
            extensions={"timeout": self._timeouts},
        )
        if body is not None:
            request.headers["Content-Type"] = "application/json"
        if origin(request.url) in self._origins:
            request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return request

    async def _answer(self, request: httpx.Request) -> Answer:
        response = await self._transport.handle_async_request(request)
        try:
            body = without_token(await _whole(response), self._token)
        finally:
            await response.aclose()
        told = {name: response.headers.get(name) for name in ("retry-after", "location")}
        headers = {name: hide(value, self._token) for name, value in told.items() if value}
        return Answer(response.status_code, headers, body, self._clock.now())


def _checked(endpoint: Endpoint) -> str:
    """Return the token, if a header can carry it and the bases are such as httpx can read."""
    endpoint.token.check()
    try:
        bases = [str(httpx.URL(base)) for base in (endpoint.base_url, endpoint.account_url)]
        readable = all(is_address(base) for base in bases)
    except httpx.InvalidURL:
        readable = False
    if not readable:
        message = "The API's base is not an address such as https://model-api.runcomfy.net/v1."
        raise InputError(message, hint="RUNCOMFY_MODEL_API_BASE sets it. Nothing was sent.")
    return endpoint.token.reveal()


async def _whole(response: httpx.Response) -> bytes:
    """Return a body of at most `LONGEST_REPLY` bytes."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LONGEST_REPLY:
            message = "too long"
            raise httpx.DecodingError(message)
    return bytes(body)


def _why(failure: Exception) -> str:
    """Say what became of an answer, in words of our own: httpx's may hold anything."""
    if isinstance(failure, httpx.TimeoutException | TimeoutError):
        return "no answer came in time"
    if isinstance(failure, httpx.DecodingError):
        return "the answer cannot be read, or is too long"
    return "the connection broke before the answer was complete"
