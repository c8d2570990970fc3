from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme

from client.raw_server import Server, answer, drop, hang, in_turn, serving
from runcomfy_jupyter._client.look import look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from client.raw_server import Reply, Script
    from support.seen import Seen

pytestmark = pytest.mark.anyio
HOST = "files.example"
ADDRESS = f"https://{HOST}/a.png?signature=hidden"
AUTHORITY = trustme.CA()


class Way(httpx.AsyncBaseTransport):
    """The way to a server of this machine under a name of the open internet, over real TLS."""

    def __init__(self, server: Server, authority: trustme.CA = AUTHORITY) -> None:
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
        self._server = server
        self._wire = httpx.AsyncHTTPTransport(verify=trust)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request there; the certificate is held to the name."""
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1", port=self._server.port)
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


@dataclass(slots=True)
class Found:
    """What a look found, and what the server saw of it."""

    warning: str | None = None
    seen: list[Seen] = field(default_factory=list)


@asynccontextmanager
async def tls(script: Script | Reply) -> AsyncIterator[Server]:
    """Run a server with a certificate for the name."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert(HOST).configure_cert(context)
    async with serving(script, tls=context) as server:
        yield server


async def found(script: Script | Reply, medium: str = "image", url: str = ADDRESS) -> Found:
    """Look at the address of a server."""
    async with tls(script) as server:
        warning = await look(url, medium, timeout=5, transport=Way(server))
        return Found(warning, server.seen)


@pytest.mark.parametrize(
    ("medium", "kind"),
    [
        ("image", "image/png"),
        ("image", "IMAGE/WEBP; q=1"),
        ("video", "video/mp4"),
        ("audio", "audio/mpeg"),
        ("image", "application/octet-stream"),
        ("video", ""),
        ("", "application/zip"),
    ],
)
async def test_nothing_is_said_of_a_file_that_is_fine(medium: str, kind: str) -> None:
    """Its type fits or tells nothing; one byte is asked for, once, and no token or cookie is shown."""
    result = await found(answer(206, b"x", content_type=kind, content_range="bytes 0-0/2000"), medium)
    assert result.warning is None
    [seen] = result.seen
    assert (seen.method, seen.path) == ("GET", "/a.png?signature=hidden")
    assert seen.headers["range"] == "bytes=0-0"
    assert not {"authorization", "cookie"} & set(seen.headers)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(401), "asks for a login or refuses it (HTTP 401)"),
        (answer(403), "asks for a login or refuses it (HTTP 403)"),
        (answer(400), "cannot be fetched (HTTP 400)"),
        (answer(404), "cannot be fetched (HTTP 404)"),
        (answer(429), "cannot be fetched (HTTP 429)"),
        (answer(503), "cannot be fetched (HTTP 503)"),
        (answer(200, b"<html>", content_type="text/html; charset=utf-8"), "is a web page, perhaps a login"),
        (answer(200, b"x", content_type="video/mp4"), "is of the type video/mp4, which is no image"),
        (answer(206, b"x", content_range="bytes 0-0/50000001"), "has 50.0 MB; RunComfy recommends at most"),
        (answer(200, b"", content_length="70000000"), "has 70.0 MB; RunComfy recommends at most 50.0 MB"),
        (drop, "could not be looked at from here, the connection broke"),
    ],
)
async def test_what_speaks_against_a_file_is_said_in_one_sentence(reply: Reply, words: str) -> None:
    """It names the host and what was found, and nothing of the address behind that."""
    warning = (await found(reply)).warning
    assert warning is not None
    assert warning.startswith(f"The image at {HOST} {words}")
    assert warning.endswith(".")
    assert "hidden" not in warning
    assert "\n" not in warning


@pytest.mark.parametrize(("medium", "largest"), [("video", 100), ("image", 50)])
async def test_a_file_may_be_as_large_as_recommended(medium: str, largest: int) -> None:
    """The limits are the API page's, and an answer without a size breaks none."""
    at_most = answer(206, b"x", content_range=f"bytes 0-0/{largest * 10**6}")
    assert (await found(at_most, medium)).warning is None
    assert (await found(answer(416, content_range=f"bytes */{largest * 10**6}"), medium)).warning is None
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    assert (await found(chunked, medium)).warning is None


async def test_nothing_of_a_large_file_is_fetched() -> None:
    """A host that does not know ranges begins to send it all, and is left."""
    endless = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 40000000\r\n\r\nx"
    assert (await found(endless)).warning is None


async def test_a_host_that_hangs_is_left_soon() -> None:
    """The look has an end, and the cell goes on."""
    async with tls(hang) as server:
        warning = await look(ADDRESS, "image", timeout=0.2, transport=Way(server))
    assert warning is not None
    assert "no answer in time" in warning


async def test_a_certificate_that_nobody_vouches_for_is_no_connection() -> None:
    """RunComfy would not believe it either."""
    async with tls(answer(200)) as server:
        warning = await look(ADDRESS, "image", transport=Way(server, trustme.CA()))
        assert server.seen == []
    assert warning is not None
    assert "could not be looked at" in warning


async def test_redirects_within_https_are_followed() -> None:
    """Five lead to the file, six are too many."""
    onward = [answer(302, location=f"/{step}") for step in range(6)]
    assert (await found(in_turn(*onward[:5], answer(200, b"x", content_type="image/png")))).warning is None
    warning = (await found(in_turn(*onward, answer(200)))).warning
    assert warning is not None
    assert "leads on and on" in warning


@pytest.mark.parametrize(
    "location", [f"http://{HOST}/", "ftp://x/", "https://[bad", "https://u:p@h/", "https://h:x/"]
)
async def test_a_redirect_to_anything_else_is_not_followed(location: str) -> None:
    """RunComfy takes https alone."""
    result = await found(answer(302, location=location))
    assert result.warning is not None
    assert "leads on to an address that is not https" in result.warning
    assert len(result.seen) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://files.example/a", "no address that begins with https://"),
        ("ftp://files.example/a", "no address that begins with https://"),
        ("picture.png", "no address that begins with https://"),
        ("https://user:secret@files.example/a", "no address that begins with https://"),
        ("", "no address that begins with https://"),
        ("https://[bad", "no address that begins with https://"),
        ("https://files.example:x/", "no address that begins with https://"),
        ("https://localhost/a", "inside your own network"),
        ("https://192.168.1.1/a", "inside your own network"),
    ],
)
async def test_an_address_that_runcomfy_cannot_go_to_is_not_looked_at(url: str, words: str) -> None:
    """What is no public https address is said at once."""

    def never(_: Seen) -> Reply:
        raise AssertionError

    result = await found(never, url=url)
    assert result.warning is not None
    assert words in result.warning
    assert "secret" not in result.warning
    assert result.seen == []


async def test_it_fails_for_no_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that cannot be used is somebody else's to tell of; one that is not there is a warning."""
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy.example")
    assert await look(ADDRESS, "image") is None
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    warning = await asyncio.wait_for(look(ADDRESS, "image"), 20)
    assert warning is not None
