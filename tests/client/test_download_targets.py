"""Where a download may go: the address is the service's word, and each redirect another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from client.raw_server import answer, in_turn, serving
from runcomfy_jupyter._client.addresses import resolve
from runcomfy_jupyter._client.connections import Timeouts, proxied
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter.errors import DeliveryError

if TYPE_CHECKING:
    from support.seen import Seen

pytestmark = pytest.mark.anyio
OFFICIAL = "https://model-api.runcomfy.net/v1"
MOVIE = answer(200, b"movie")


async def content(downloads: Downloads, url: str) -> bytes:
    """Return the bytes of the file at an address."""
    async with downloads.open(url) as body:
        return b"".join([chunk async for chunk in body.chunks()])


@pytest.mark.parametrize("http", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(http: int) -> None:
    """Each kind of redirect leads on, to relative and to absolute addresses, with the range kept."""

    def script(seen: Seen) -> bytes:
        steps = {"/a": "/b", "/b": f"http://{seen.headers['host']}/c"}
        return answer(http, location=steps[seen.path]) if seen.path in steps else MOVIE

    async with (
        serving(script) as server,
        Downloads(server.base) as downloads,
        downloads.open(f"{server.origin}/a", offset=3, validator='"v1"') as body,
    ):
        assert body.offset == 0
    assert [seen.path for seen in server.seen] == ["/a", "/b", "/c"]
    assert [seen.headers["range"] for seen in server.seen] == ["bytes=3-"] * 3


async def test_five_redirects_are_followed_and_not_six() -> None:
    """A loop has an end."""
    onward = [answer(302, location=f"/{step}") for step in range(6)]
    async with serving(in_turn(*onward[:5], MOVIE)) as server, Downloads(server.base) as downloads:
        assert await content(downloads, f"{server.origin}/a") == b"movie"
    async with serving(in_turn(*onward, MOVIE)) as server, Downloads(server.base) as downloads:
        with pytest.raises(DeliveryError, match="redirects too often"):
            await content(downloads, f"{server.origin}/a")
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "location",
    [
        "ftp://files.example/a",
        "file:///etc/passwd",
        "https://user:secret@files.example/a",
        "https://[bad",
        "",
        "javascript:alert(1)",
        "https://files.example:99999/",
        "https://files.example/" + "x" * 9000,
    ],
)
async def test_a_redirect_is_looked_at_like_the_first_address(location: str) -> None:
    """A redirect to what is no plain http address is refused, once, without trying again."""
    reply = answer(302, location=location)
    async with serving(reply) as server, Downloads(server.base) as downloads:
        with pytest.raises(DeliveryError) as caught:
            await content(downloads, f"{server.origin}/a")
    assert not caught.value.transient
    assert "secret" not in str(caught.value)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.mp4",
        "/a.mp4",
        "ftp://files.example/a",
        "file:///etc/passwd",
        "https://user:secret@files.example/a",
        "https://",
        "https://[bad",
        "https://exa mple/",
        "https://files.example/\x00",
        "https://�/",
        "http://⒈.example:x/",
    ],
)
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    """What is no plain http address is not asked for at all."""
    async with Downloads(OFFICIAL) as downloads:
        with pytest.raises(DeliveryError, match="not one that a file can be fetched from") as caught:
            await content(downloads, url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0x7f.1"])
async def test_the_users_own_network_is_out_of_reach(host: str) -> None:
    """The open service's word does not lead into the user's machine or network, directly or by a redirect."""
    async with serving(MOVIE) as server:
        inside = f"http://{host}:{server.port}/a"

        def redirect(request: httpx.Request) -> httpx.Response:
            assert request.url.host == "files.example"
            return httpx.Response(302, headers={"location": inside})

        async with Downloads(OFFICIAL) as downloads:
            with pytest.raises(DeliveryError, match="inside your own network"):
                await content(downloads, inside)
        async with Downloads(OFFICIAL, transport=httpx.MockTransport(redirect)) as downloads:
            with pytest.raises(DeliveryError, match="inside your own network"):
                await content(downloads, "http://files.example/a")
    assert server.seen == []


async def test_there_is_no_step_down_from_https() -> None:
    """A redirect from https to http is refused; from http to https it is fine."""

    def script(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/movie":
            return httpx.Response(200, stream=httpx.ByteStream(b"movie"))
        other = "http" if request.url.scheme == "https" else "https"
        return httpx.Response(302, headers={"location": f"{other}://files.example/movie"})

    async with Downloads(OFFICIAL, transport=httpx.MockTransport(script)) as downloads:
        with pytest.raises(DeliveryError, match="from https to http"):
            await content(downloads, "https://files.example/a")
        assert await content(downloads, "http://files.example/a") == b"movie"


async def test_a_cookie_of_a_host_is_not_sent_back() -> None:
    """Hosts of files get nothing to remember anyone by."""
    async with (
        serving(answer(200, b"movie", set_cookie="a=b; Path=/")) as server,
        Downloads(server.base) as downloads,
    ):
        await content(downloads, f"{server.origin}/a")
        await content(downloads, f"{server.origin}/a")
    assert all("cookie" not in seen.headers for seen in server.seen)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "fd00::1"]
)
@pytest.mark.parametrize("among", [[], ["8.8.8.8"]])
async def test_a_name_that_leads_into_the_users_network_is_refused(address: str, among: list[str]) -> None:
    """The name is looked up before a connection is made; one such address among others is enough."""
    asked: list[str] = []

    async def resolver(host: str) -> list[str]:
        asked.append(host)
        return [*among, address]

    async with serving(MOVIE) as server, Downloads(OFFICIAL, resolver=resolver) as downloads:
        with pytest.raises(DeliveryError, match=r"leads into your own network \(files\.example\)") as caught:
            await content(downloads, f"http://files.example:{server.port}/a")
    assert asked == ["files.example"]
    assert not caught.value.transient
    assert server.seen == []


async def test_the_name_of_each_redirect_is_looked_up() -> None:
    """A host outside may not send on to a name that leads inside."""
    names = {"files.example": ["8.8.8.8"], "inside.example": ["192.168.1.1"]}

    async def resolver(host: str) -> list[str]:
        return names[host]

    def redirect(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "files.example"
        return httpx.Response(302, headers={"location": "http://inside.example/a"})

    transport = httpx.MockTransport(redirect)
    async with Downloads(OFFICIAL, transport=transport, resolver=resolver) as downloads:
        with pytest.raises(DeliveryError, match=r"leads into your own network \(inside\.example\)"):
            await content(downloads, "http://files.example/a")


@pytest.mark.parametrize("addresses", [["8.8.8.8", "2606:4700::1111"], ["198.18.0.7"], [], None])
async def test_other_names_are_gone_to(addresses: list[str] | None) -> None:
    """Addresses outside, those that some VPNs make up, and a name that only connecting can tell of."""

    async def resolver(_: str) -> list[str]:
        if addresses is None:
            raise OSError
        return addresses

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"movie")))
    async with Downloads(OFFICIAL, transport=transport, resolver=resolver) as downloads:
        assert await content(downloads, "https://files.example/a") == b"movie"


async def test_a_resolver_that_hangs_is_not_waited_for_for_ever() -> None:
    """Connecting has its own patience, and says so."""

    async def resolver(_: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"movie")))
    times = Timeouts(connect=0.01)
    async with Downloads(OFFICIAL, timeouts=times, transport=transport, resolver=resolver) as downloads:
        assert await content(downloads, "https://files.example/a") == b"movie"


async def test_the_machines_resolver_is_asked() -> None:
    """Without another one it is the system's."""
    assert {"127.0.0.1", "::1"} & set(await resolve("localhost"))


def test_what_goes_through_a_proxy_is_looked_up_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says what does, and what does not."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    url = httpx.URL("https://files.example/a")
    assert not proxied(url)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert proxied(url)
    assert not proxied(httpx.URL("http://files.example/a"))
    monkeypatch.setenv("no_proxy", "files.example")
    assert not proxied(url)
    monkeypatch.delenv("no_proxy")
    monkeypatch.delenv("https_proxy")
    monkeypatch.setenv("all_proxy", "http://proxy.example:3128")
    assert proxied(url)
