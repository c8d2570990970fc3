from __future__ import annotations

from typing import Any

import pytest

from client.raw_server import Reply, Script, answer, cut, drop, hang, in_turn, serving
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.download import Body, Downloads
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError, LinkExpired

pytestmark = pytest.mark.anyio
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
    ("headers", "validator"),
    [
        ({"etag": '"v1"', "last_modified": "Wed, 21 Oct 2026 07:28:00 GMT"}, '"v1"'),
        (
            {"etag": 'W/"v1"', "last_modified": "Wed, 21 Oct 2026 07:28:00 GMT"},
            "Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        ({"etag": 'W/"v1"'}, None),
        ({"etag": "v1"}, None),
        ({"last_modified": "Wed, 21 Oct 2026 07:28:00 GMT"}, "Wed, 21 Oct 2026 07:28:00 GMT"),
        ({}, None),
    ],
)
async def test_only_what_names_a_version_is_a_validator(
    headers: dict[str, str], validator: str | None
) -> None:
    """A strong tag comes first, then the date; a weak tag names no version."""
    body, _, _ = await fetch(answer(200, b"movie", **headers))
    assert body.validator == validator


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


async def test_a_download_goes_on_where_it_stopped() -> None:
    """With a validator the rest is asked for, and comes as what it is."""
    body, content, [headers] = await fetch(part(1000), offset=1000, validator='"v1"')
    assert (headers["range"], headers["if-range"]) == ("bytes=1000-", '"v1"')
    assert (body.status, body.offset, body.total, body.validator) == (206, 1000, len(MOVIE), '"v1"')
    assert content == MOVIE[1000:]


async def test_a_part_without_a_validator_of_its_own_keeps_the_old_one() -> None:
    """A host that leaves out the tag on a part has confirmed it by sending the part."""
    bare = answer(206, MOVIE[9:], content_range=f"bytes 9-{len(MOVIE) - 1}/*")
    body, _, _ = await fetch(bare, offset=9, validator='"v1"')
    assert (body.validator, body.total) == ('"v1"', None)


async def test_a_part_is_not_asked_for_without_a_validator() -> None:
    """Without it, halves of two files might be joined: the file is asked for whole."""
    for asked in ({"offset": 1000}, {"offset": 0, "validator": '"v1"'}):
        body, content, [headers] = await fetch(WHOLE, **asked)
        assert body.offset == 0
        assert content == MOVIE
        assert "range" not in headers


@pytest.mark.parametrize(
    "instead",
    [
        answer(416),
        part(999),
        part(1000, etag='"v2"'),
        answer(206, b"x", content_range="nonsense"),
        answer(206, b"x", content_type="multipart/byteranges; boundary=x"),
        WHOLE,
    ],
    ids=["416", "elsewhere", "changed", "nonsense", "multipart", "whole"],
)
async def test_what_cannot_be_continued_starts_over(instead: bytes) -> None:
    """A refused, wrong or outdated part leads to the whole file, from its beginning."""
    body, content, headers = await fetch(in_turn(instead, WHOLE), offset=1000, validator='"v1"')
    assert (body.status, body.offset) == (200, 0)
    assert content == MOVIE
    assert "range" not in headers[-1] or len(headers) == 1


async def test_an_unasked_part_is_refused() -> None:
    """A part is no file."""
    assert not (await refused(part(0))).transient
    assert not (await refused(in_turn(answer(416), part(0)), offset=5, validator='"v1"')).transient


@pytest.mark.parametrize("http", [403, 404, 410])
async def test_an_expired_link_is_told_as_such(http: int) -> None:
    """A file that is no longer at its address may have another one: trying the same again is no use."""
    error = await refused(answer(http))
    assert isinstance(error, LinkExpired)
    assert error.expired
    assert not error.transient
    assert "expired" in error.message


@pytest.mark.parametrize("http", [400, 401, 405, 416, 204, 304])
async def test_a_refused_file_is_final(http: int) -> None:
    """What the host refuses it refuses again."""
    error = await refused(answer(http))
    assert type(error) is DeliveryError
    assert not error.transient
    assert not error.expired


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
