"""How this package opens connections: certificates, proxies, cookies and timeouts, in one place."""

from __future__ import annotations

import urllib.request
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self

import httpx

from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType

_REDIRECT = "runcomfy_jupyter.redirect"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect; for a pause in the answer to a submission, a read, and a download."""

    connect: float = 10.0
    submission: float = 60.0
    read: float = 20.0
    download: float = 30.0

    def of(self, pause: float) -> httpx.Timeout:
        """Return httpx's form for a call that bears a pause of so many seconds."""
        return httpx.Timeout(pause, connect=self.connect, pool=self.connect)


def connections(
    timeout: httpx.Timeout, limits: httpx.Limits, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """Open a pool that follows no redirect, keeps no cookie, and has no proxy for this machine.

    Raises `InputError` where a proxy of the environment cannot be used.
    """
    mounts: Mapping[str, httpx.AsyncBaseTransport | None] = {f"all://{host}": None for host in LOOPBACK}
    try:
        return httpx.AsyncClient(
            timeout=timeout,
            limits=limits,
            transport=transport,
            verify=_certificates(),
            # A proxy of the environment is for the way out; what is here is reached without it.
            mounts=mounts,
            # A transport that was handed in is the way out, whatever the environment says.
            trust_env=transport is None,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            event_hooks={"response": [_set_redirect_aside]},
            headers={"User-Agent": "runcomfy_jupyter", "Accept-Encoding": "identity"},
        )
    except (ImportError, ValueError, httpx.InvalidURL):
        pass
    message = "The proxy that the environment names cannot be used."
    raise InputError(message, hint="Look at HTTPS_PROXY, HTTP_PROXY and ALL_PROXY. Nothing was sent.")


class Closing(ABC):
    """What is closed at the end of an `async with`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections."""


def proxied(url: httpx.URL) -> bool:
    """Tell whether the environment sends this address through a proxy."""
    proxies = urllib.request.getproxies()
    return bool({url.scheme, "all"} & proxies.keys()) and not urllib.request.proxy_bypass(url.host)


def redirect(response: httpx.Response) -> str:
    """Return where an answer of these connections redirects to; empty if nowhere."""
    return str(response.extensions.get(_REDIRECT, ""))


async def _set_redirect_aside(response: httpx.Response) -> None:
    # httpx reads the address of a redirect even where it does not follow it, and fails on one that
    # it cannot read; then an answer that is clear, "not here", would look like none at all.
    if location := response.headers.pop("location", ""):
        response.extensions[_REDIRECT] = location


@cache
def _certificates() -> ssl.SSLContext:
    # Reading the certificates takes longer than a call; all pools share one reading.
    return httpx.create_ssl_context()
