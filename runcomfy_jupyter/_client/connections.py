"""What all connections of this package have in common: certificates, proxies, headers and timeouts."""

from __future__ import annotations

import urllib.request
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

import httpx

from runcomfy_jupyter.errors import InputError
from runcomfy_jupyter.settings import LOOPBACK

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

HEADERS = {"User-Agent": "runcomfy_jupyter", "Accept": "*/*", "Accept-Encoding": "identity"}


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


def proxy_for(url: httpx.URL) -> str | None:
    """Return the proxy through which the environment sends this address; None: it is reached directly."""
    # A proxy of the environment is for the way out; what is here is reached without it.
    if url.host in LOOPBACK:
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    # NO_PROXY may name a port, too; an IPv6 address has colons of its own.
    place = f"{url.host}:{url.port}" if url.port and ":" not in url.host else url.host
    if not proxy or urllib.request.proxy_bypass(place):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def proxied(url: httpx.URL) -> bool:
    """Tell whether the environment sends this address through a proxy."""
    return proxy_for(url) is not None


@cache
def certificates() -> ssl.SSLContext:
    """Return what to trust. Reading it takes longer than a call, so all connections share one reading.

    Raises `InputError` where the environment names a file that cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError:
        message = "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read."
    hint = "Name what is there, or take the variable away, and restart the kernel. Nothing was sent."
    raise InputError(message, hint=hint)
