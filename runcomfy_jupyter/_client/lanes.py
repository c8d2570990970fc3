"""The connections of this package: each by itself, used by one call at a time, the last used first.

httpx's own pool looks at all of its connections with every call, and with hundreds of jobs that is
most of what following them costs. Here a call takes an idle lane, or opens another one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, cast

import httpx

from runcomfy_jupyter._client.connections import HEADERS, Timeouts, certificates, proxy_for
from runcomfy_jupyter.errors import InputError, UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

Origin: TypeAlias = tuple[str, str, int | None]


class Lanes(httpx.AsyncBaseTransport):
    """Carries at most `most` calls at a time; others wait for a lane as long as their pool timeout allows.

    `keep`: the seconds for which a connection is kept idle; with 0 each call gets a fresh one.
    Raises `InputError` where a proxy of the environment cannot be used.
    """

    def __init__(self, *, most: int, keep: float) -> None:
        self._room = asyncio.Semaphore(most)
        self._keep = keep
        self._idle = defaultdict[Origin, deque[tuple[float, httpx.AsyncBaseTransport]]](deque)
        self._open = set[httpx.AsyncBaseTransport]()
        self._timer: asyncio.TimerHandle | None = None
        # The loop itself holds on to no task.
        self._farewells = set[asyncio.Task[None]]()
        self._closed = False
        for scheme in ("http", "https"):  # what cannot be used is said before it is needed
            self._lane(httpx.URL(f"{scheme}://host.example"))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its lane is taken until the answer is closed."""
        if self._closed:
            raise UserError("These connections have been closed.", hint="Nothing was sent.")
        await self._enter(request.extensions.get("timeout", {}).get("pool"))
        lane: httpx.AsyncBaseTransport | None = None
        try:
            lane = self._take(request.url)
            response = await lane.handle_async_request(request)
        except BaseException:
            await self.leave(lane)
            raise
        body = cast("httpx.AsyncByteStream", response.stream)
        response.stream = _Body(body, self, lane, origin(request.url))
        return response

    async def aclose(self) -> None:
        """Close all connections, those of calls that are under way too."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        await asyncio.gather(*self._farewells)
        self._idle.clear()
        await self._shut(tuple(self._open))

    async def give_back(self, lane: httpx.AsyncBaseTransport, where: Origin) -> None:
        """Keep a lane for the next call to the same place."""
        if self._closed or not self._keep:
            await self.leave(lane)
            return
        loop = asyncio.get_running_loop()
        self._idle[where].append((loop.time(), lane))
        self._room.release()
        self._timer = self._timer or loop.call_later(self._keep, self._tidy)

    async def leave(self, lane: httpx.AsyncBaseTransport | None) -> None:
        """Close a lane, if the call has come as far as to one, and give its place to the next."""
        try:
            await self._shut(() if lane is None else (lane,))
        finally:
            self._room.release()

    async def _enter(self, patience: float | None) -> None:
        try:
            async with asyncio.timeout(patience):
                await self._room.acquire()
        except TimeoutError as error:
            message = "too many calls at once"
            raise httpx.PoolTimeout(message) from error

    def _take(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        if idle := self._idle[origin(url)]:
            return idle.pop()[1]
        lane = self._lane(url)
        self._open.add(lane)
        return lane

    async def _shut(self, lanes: Iterable[httpx.AsyncBaseTransport]) -> None:
        for lane in lanes:
            self._open.discard(lane)
            await lane.aclose()

    def _tidy(self) -> None:
        """Close what has been idle for too long, even where nothing is asked any more."""
        loop = asyncio.get_running_loop()
        late = loop.time() - self._keep
        old = list[httpx.AsyncBaseTransport]()
        for idle in self._idle.values():
            while idle and idle[0][0] <= late:
                old.append(idle.popleft()[1])
        farewell = loop.create_task(self._shut(old))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)
        left = any(self._idle.values())
        self._timer = loop.call_later(self._keep, self._tidy) if left else None

    def _lane(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        try:
            limits = httpx.Limits(max_connections=1, keepalive_expiry=self._keep)
            return httpx.AsyncHTTPTransport(verify=certificates(), limits=limits, proxy=proxy_for(url))
        except (ImportError, ValueError, httpx.InvalidURL):
            pass
        message = "The proxy that the environment names cannot be used."
        raise InputError(message, hint="Look at HTTPS_PROXY, HTTP_PROXY and ALL_PROXY. Nothing was sent.")


class _Body(httpx.AsyncByteStream):
    """An answer's body, which gives back the lane at its end."""

    def __init__(
        self, body: httpx.AsyncByteStream, lanes: Lanes, lane: httpx.AsyncBaseTransport, where: Origin
    ) -> None:
        self._body, self._lanes, self._lane, self._where = body, lanes, lane, where

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        except BaseException:
            await self._lanes.leave(self._lane)
            raise
        await self._lanes.give_back(self._lane, self._where)


def origin(url: httpx.URL) -> Origin:
    """Return what a connection, and a token, is for: scheme, host and port."""
    return url.scheme, url.host, url.port


@asynccontextmanager
async def answer(
    url: httpx.URL | str, seconds: float, transport: httpx.AsyncBaseTransport, **headers: str
) -> AsyncIterator[httpx.Response]:
    """Ask an address once, without the token and without following where it leads.

    `seconds`: of a pause. Raises httpx's errors.
    """
    timeouts = Timeouts(connect=seconds).of(seconds).as_dict()
    request = httpx.Request("GET", url, headers={**HEADERS, **headers}, extensions={"timeout": timeouts})
    response = await transport.handle_async_request(request)
    response.request = request
    try:
        yield response
    finally:
        await response.aclose()
