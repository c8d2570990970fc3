from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from client.movies import MOVIE, WHOLE, fetch, refused
from client.raw_server import Behaviour, Reply, answer, cut, drop, hang, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError, LinkExpired

if TYPE_CHECKING:
    from runcomfy_jupyter._client.body import Body

pytestmark = pytest.mark.anyio


async def test_a_file_arrives_whole_with_what_is_known_of_it() -> None:
    """Size, validator, type and bytes are those of the host; the request asks for plain bytes, unsigned."""
    body, content, [headers] = await fetch(WHOLE)
    assert (body.status, body.offset, body.total) == (200, 0, len(MOVIE))
    assert (body.validator, body.media_type) == ('"v1"', "video/mp4")
    assert content == MOVIE
    assert headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "range", "if-range"} & set(headers)
    assert "hidden" not in repr(body)


async def test_chunks_are_large() -> None:
    """A file comes in pieces of a quarter of a mebibyte or so, not of a packet."""
    async with (
        serving(WHOLE) as server,
        Downloads(server.base) as downloads,
        downloads.open(f"{server.origin}/a.mp4") as body,
    ):
        sizes = [len(chunk) async for chunk in body.chunks()]
    assert sum(sizes) == len(MOVIE)
    assert all(256 * 1024 <= size < 512 * 1024 for size in sizes[:-1])


@pytest.mark.parametrize(
    ("headers", "media_type"),
    [
        ({}, ""),
        ({"content_type": "nonsense"}, ""),
        ({"content_type": "video/mp4"}, "video/mp4"),
        ({"content_type": "<b>/x"}, ""),
        ({"content_type": "image/svg+xml ;q=1"}, "image/svg+xml"),
    ],
)
async def test_a_media_type_is_a_plain_word(headers: dict[str, str], media_type: str) -> None:
    """What is no type is none."""
    body, _, _ = await fetch(answer(200, b"movie", **headers))
    assert body.media_type == media_type


async def test_a_host_need_not_tell_the_size() -> None:
    """A body of unknown length is read to its end."""
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nmovie\r\n0\r\n\r\n"
    body, content, _ = await fetch(chunked)
    assert (body.total, content) == (None, b"movie")


async def test_an_empty_file_is_a_file() -> None:
    """A file of no bytes is opened, and brings none; what to make of it is the caller's."""
    body, content, _ = await fetch(answer(200, b""))
    assert (body.total, content) == (0, b"")


@pytest.mark.parametrize("http", [403, 404, 410])
async def test_an_expired_link_is_told_as_such(http: int) -> None:
    """A file that is no longer at its address may have another one: trying the same again is no use."""
    error = await refused(answer(http))
    assert isinstance(error, LinkExpired)
    assert not error.transient
    assert "expired" in error.message


@pytest.mark.parametrize("http", [400, 401, 405, 416, 204, 304])
async def test_a_refused_file_is_final(http: int) -> None:
    """What the host refuses it refuses again."""
    error = await refused(answer(http))
    assert type(error) is DeliveryError
    assert not error.transient
    assert not isinstance(error, LinkExpired)


@pytest.mark.parametrize("http", [408, 425, 429, 500, 502, 503])
async def test_trouble_of_the_host_may_pass(http: int) -> None:
    """A busy or broken host is worth another try, after the time it asked for."""
    error = await refused(answer(http, retry_after="7"))
    assert isinstance(error, DeliveryCut)
    assert (error.transient, error.retry_after) == (True, 7.0)


@pytest.mark.parametrize("trouble", [drop, hang, b"garbage\r\n\r\n"], ids=["dropped", "hung", "garbage"])
async def test_a_broken_connection_may_pass(trouble: Reply) -> None:
    """Where the host says nothing, or nonsense, trying again is worth it."""
    assert isinstance(await refused(trouble), DeliveryCut)


async def test_an_unreachable_host_may_come_back() -> None:
    """Where no connection comes about, trying again is worth it."""
    async with serving(WHOLE) as server:
        pass
    async with Downloads(server.base) as downloads:
        with pytest.raises(DeliveryCut, match=r"127\.0\.0\.1 cannot be reached"):
            await downloads.open(f"{server.origin}/a.mp4").__aenter__()


async def test_a_cut_is_noticed_and_what_came_is_kept() -> None:
    """A body that ends too soon raises, after every byte that did come."""
    received = bytearray()

    async def receive(body: Body) -> None:
        async for chunk in body.chunks():
            received.extend(chunk)

    async with (
        serving(cut(WHOLE, 1_500_000)) as server,
        Downloads(server.base) as downloads,
        downloads.open(f"{server.origin}/a.mp4?signature=hidden") as body,
    ):
        with pytest.raises(DeliveryCut, match=r"from 127\.0\.0\.1 broke off") as caught:
            await receive(body)
    assert received == MOVIE[: 1_500_000 - WHOLE.index(MOVIE)]
    assert caught.value.__context__ is None


@pytest.mark.parametrize("encoding", ["gzip", "br", "aes128gcm"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    """The bytes on disk are the file's own, so nothing is unpacked on the way."""
    assert not (await refused(answer(200, b"movie", content_encoding=encoding))).transient


async def test_an_error_of_the_caller_passes_through() -> None:
    """A full disk is not the host's fault, and is not called so."""

    async def write(_: bytes) -> None:
        message = "disk full"
        raise OSError(message)

    async def save(downloads: Downloads, url: str) -> None:
        async with downloads.open(url) as body:
            async for chunk in body.chunks():
                await write(chunk)

    async with serving(WHOLE) as server, Downloads(server.base) as downloads:
        with pytest.raises(OSError, match="disk full"):
            await save(downloads, f"{server.origin}/a.mp4")


@pytest.mark.parametrize(("seconds", "arrives"), [(40.0, True), (600.0, False)])
async def test_a_download_that_only_drips_is_cut(seconds: float, arrives: bool) -> None:  # noqa: FBT001 - a case
    """Less than a kilobyte a second over two minutes is as good as nothing; what did come is kept."""
    time = VirtualTime()
    received = bytearray()

    def elapsed() -> float:
        time.seconds += seconds
        return time.seconds

    clock = replace(time.clock, elapsed=elapsed)

    async def receive(body: Body) -> None:
        async for chunk in body.chunks():
            received.extend(chunk)

    async with (
        serving(answer(200, MOVIE)) as server,
        Downloads(server.base, clock=clock) as downloads,
        downloads.open(f"{server.origin}/a.mp4") as body,
    ):
        if arrives:
            await receive(body)
            assert received == MOVIE
        else:
            with pytest.raises(DeliveryCut, match=r"broke off: only [0-9]+ bytes came in 600 s"):
                await receive(body)
            assert received
            assert MOVIE.startswith(received)


async def test_a_host_that_drips_its_headers_is_left() -> None:
    """Each header comes in time, and the answer never begins."""

    async def headers(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"x: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    times = Timeouts(connect=0.1, download=0.2)
    async with serving(Behaviour(headers)) as server, Downloads(server.base, timeouts=times) as downloads:
        with pytest.raises(DeliveryCut, match="cannot be reached: no answer in time"):
            await downloads.open(f"{server.origin}/a.mp4").__aenter__()
