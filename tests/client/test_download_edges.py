"""Downloads where they are easily wrong: memory, hosts that say little, names that lead inside."""

from __future__ import annotations

import socket

import httpx
import pytest

from client.movies import MOVIE, WHOLE, fetch, part, refused
from client.raw_server import answer, in_turn, serving
from client.test_download_targets import OFFICIAL, content
from runcomfy_jupyter._client.addresses import is_inside
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError, LinkExpired

pytestmark = pytest.mark.anyio


async def test_a_large_file_is_handed_on_while_it_comes() -> None:
    """Never more of it is held than half a mebibyte, however large it is."""
    async with (
        serving(WHOLE) as server,
        Downloads(server.base) as downloads,
        downloads.open(f"{server.origin}/a.mp4") as body,
    ):
        sizes = [len(chunk) async for chunk in body.chunks()]
    assert len(sizes) >= len(MOVIE) // (512 * 1024)
    assert max(sizes) < 512 * 1024


@pytest.mark.parametrize("encoding", ["identity", "Identity"])
async def test_plain_bytes_may_be_called_so(encoding: str) -> None:
    """The word for no encoding at all is no reason to refuse what was paid for."""
    _, found, _ = await fetch(answer(200, b"movie", content_encoding=encoding))
    assert found == b"movie"


async def test_that_all_is_here_may_be_said_without_a_version() -> None:
    """A host need not repeat the tag where it says that nothing lies behind the last byte."""
    size = len(MOVIE)
    bare = answer(416, content_range=f"bytes */{size}")
    body, found, headers = await fetch(bare, offset=size, validator='"v1"')
    assert (body.offset, body.total, body.validator, found) == (size, size, '"v1"', b"")
    assert len(headers) == 1


async def test_an_unasked_part_without_a_version_is_refused_too() -> None:
    """What begins at the first byte is still no whole file."""
    size = len(MOVIE)
    bare = answer(206, MOVIE[:9], content_range=f"bytes 0-8/{size}")
    assert "a part of the file, unasked" in str(await refused(bare))
    assert "a part of the file, unasked" in str(
        await refused(in_turn(part(1), bare), offset=5, validator='"v1"')
    )


@pytest.mark.parametrize(
    ("http", "kind"), [(403, LinkExpired), (404, LinkExpired), (500, DeliveryCut), (400, DeliveryError)]
)
async def test_a_refused_rest_is_no_file(http: int, kind: type[DeliveryError]) -> None:
    """The page that comes with it is not taken for the beginning of one."""
    error = await refused(answer(http, b"<html>"), offset=5, validator='"v1"')
    assert type(error) is kind
    assert f"HTTP {http}" in str(error)


async def test_a_redirect_to_nowhere_is_refused() -> None:
    """Without an address there is none to go to."""
    async with serving(answer(302)) as server, Downloads(server.base) as downloads:
        with pytest.raises(DeliveryError, match="not one that a file can be fetched from"):
            await content(downloads, f"{server.origin}/a")
    assert len(server.seen) == 1


async def test_a_redirect_from_https_to_https_is_followed() -> None:
    """As hosts of files do that share the work."""

    def script(request: httpx.Request) -> httpx.Response:
        if request.url.host == "edge.example":
            return httpx.Response(200, stream=httpx.ByteStream(b"movie"))
        return httpx.Response(302, headers={"location": "https://edge.example/movie"})

    async with Downloads(OFFICIAL, transport=httpx.MockTransport(script)) as downloads:
        assert await content(downloads, "https://files.example/a") == b"movie"


async def test_names_are_looked_up_without_being_told_to() -> None:
    """The name of this machine leads inside, which is found out before anything is asked there."""
    name = socket.gethostname()
    try:
        found = {str(place[0]) for *_, place in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    if not any(is_inside(address) for address in found):
        pytest.skip("this machine's name leads nowhere, or outside")
    async with serving(answer(200, b"movie")) as server, Downloads(OFFICIAL) as downloads:
        with pytest.raises(DeliveryError, match="leads into your own network"):
            await content(downloads, f"http://{name}:{server.port}/a")
    assert server.seen == []


async def test_what_goes_through_a_proxy_has_its_name_looked_up_there_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here the name may lead anywhere, or nowhere: the file comes through the proxy."""

    async def inside(_: str) -> list[str]:
        return ["10.0.0.1"]

    async with serving(answer(200, b"movie")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with Downloads(OFFICIAL, resolver=inside) as downloads:
            assert await content(downloads, "http://files.example/a") == b"movie"
    assert [seen.path for seen in proxy.seen] == ["http://files.example/a"]
