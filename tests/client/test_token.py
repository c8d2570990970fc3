"""The token goes to the API's own origin, and shows up nowhere else."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from client.raw_server import TOKEN, Server, answer, cut, drop, hang, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter.errors import InputError, RunComfyError, ServiceError, TokenError
from runcomfy_jupyter.settings import Endpoint, Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio
ESCAPED = TOKEN.replace("/", "\\/").encode()
CALLS: list[Callable[[Client], Awaitable[Any]]] = [
    lambda client: client.submit("a/b", {"prompt": "x"}),
    lambda client: client.status("r-1"),
    lambda client: client.result("r-1"),
    lambda client: client.cancel("r-1"),
    lambda client: client.models(),
    lambda client: client.model("a/b"),
    lambda client: client.balance(),
]
REDIRECT = answer(307, location=f"https://{TOKEN}.example/{TOKEN}")
TROUBLES = [
    drop,
    hang,
    b"garbage\r\n\r\n",
    cut(answer(200, b'{"request_id": "r-1"}'), 60),
    answer(401, {"error_code": 400004, "error_message": f"bad token {TOKEN}"}),
    answer(401, b'{"error_message": "bad token %s"}' % ESCAPED),
    answer(400, {"detail": [{"loc": [TOKEN], "msg": TOKEN}]}),
    answer(500, {"message": f"Authorization: Bearer {TOKEN}"}),
    answer(429, {"message": TOKEN}),
    REDIRECT,
    answer(200, {"request_id": TOKEN, "error": TOKEN}),
]


def shown(error: BaseException) -> str:
    """Return all that an error could show, down to what it was raised from."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        if (one := waiting.pop()) is not None and one not in chain:
            chain.append(one)
            waiting += [one.__cause__, one.__context__]
    texts = [f"{one!r} {one} {one.args!r} {vars(one)!r}" for one in chain]
    requests = [str(getattr(one, "_request", None) and one._request.headers.raw) for one in chain]  # type: ignore[attr-defined]
    return " ".join([*texts, *requests, "".join(traceback.format_exception(error))])


async def told(call: Awaitable[Any]) -> str:
    """Return all that comes out of a call: a reply, or what its error could show."""
    try:
        return repr(await call)
    except RunComfyError as error:
        return shown(error)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_no_error_shows_the_token(
    trouble: Any, call: Callable[[Client], Awaitable[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, neither the error, nor what it was raised from, nor the log holds the token."""
    # Below INFO, httpcore logs what a service answers, which is not ours to hide.
    caplog.set_level(logging.INFO if trouble is REDIRECT else logging.DEBUG)
    timeouts = Timeouts(connect=0.5, submission=0.05, read=0.05)
    # A chance so high makes the first wait too long: one try is enough here.
    clock = VirtualTime(chance=1000.0).clock
    async with (
        serving(trouble) as server,
        Client(TOKEN, server.base, clock=clock, timeouts=timeouts) as client,
    ):
        seen = await told(call(client))
    assert "0123456789" not in seen
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in caplog.text


async def test_a_redirect_to_a_host_named_like_the_token_does_not_show_it() -> None:
    """The one part of a redirect that is shown, its host, is looked through too."""
    token = "sentineltoken0123456789"
    reply = answer(307, location=f"https://{token}.example/")
    async with serving(reply) as server, Client(token, server.base) as client:
        assert token not in await told(client.submit("a/b", {}))


async def test_an_unreachable_service_does_not_show_the_token() -> None:
    """The error of a connection that did not come about stands alone."""
    async with Client(TOKEN, "http://127.0.0.1:1", clock=VirtualTime().clock) as client:
        with pytest.raises(RunComfyError) as caught:
            await client.status("r-1")
    assert TOKEN not in shown(caught.value)
    assert caught.value.__context__ is None


async def test_a_client_does_not_show_the_token() -> None:
    """Neither the client nor what it is made of prints it."""
    async with Client(TOKEN, "https://api.example") as client:
        assert repr(client) == "Client(base_url='https://api.example/v1')"
        assert TOKEN not in repr(vars(client))


@pytest.mark.parametrize(
    "token", ["two\nlines-secret", "cut secret", "Schlüssel-secret", 'quo"te-secret', "\x7fsecret"]
)
async def test_a_mangled_token_is_refused_unseen(token: str) -> None:
    """A token that a header cannot carry is refused before anything is sent, and not shown."""
    base = "https://api.example/v1"
    with pytest.raises(TokenError) as caught:
        Client(token, base)
    assert "secret" not in shown(caught.value)
    with pytest.raises(TokenError) as caught:
        Client(endpoint=Endpoint(base, base, Secret(token)))
    assert "secret" not in shown(caught.value)


@pytest.mark.parametrize("base", ["https://exa mple/v1", "https://a\x00b/v1", "nowhere"])
async def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    """A base that cannot be read is the user's to mend, whoever made it up."""
    with pytest.raises(InputError, match="not an address"):
        Client(endpoint=Endpoint(base, base, Secret(TOKEN)))


@pytest.mark.parametrize("http", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", CALLS)
async def test_the_token_does_not_cross_a_redirect(
    http: int, call: Callable[[Client], Awaitable[Any]]
) -> None:
    """No redirect of the API is followed, wherever it leads."""
    async with serving(answer(200, {})) as elsewhere:
        redirect = answer(http, location=f"{elsewhere.origin}/v1/x")
        clock = VirtualTime().clock
        async with serving(redirect) as server, Client(TOKEN, server.base, clock=clock) as client:
            with pytest.raises(RunComfyError):
                await call(client)
    assert elsewhere.seen == []
    assert len(server.seen) == 1


async def test_a_redirect_to_nonsense_is_an_error_of_ours() -> None:
    """An address that cannot be read at the other end of a redirect changes nothing."""
    clock = VirtualTime().clock
    for location in (
        "https://[bad",
        "http://\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
        "::::",
    ):
        reply = answer(302, location=location)
        async with serving(reply) as server, Client(TOKEN, server.base, clock=clock) as client:
            for call in CALLS:
                with pytest.raises(ServiceError, match="redirect"):
                    await call(client)


async def test_the_token_goes_to_no_url_of_a_reply_and_to_no_host_of_a_file() -> None:
    """The calls go to the API's own paths, and a download carries no token, not across redirects either."""
    async with serving(answer(200, b"movie")) as files:
        reply = {"request_id": "r-1", "status": "succeeded", "status_url": f"{files.origin}/status"}
        body = {**reply, "output": {"video": f"{files.origin}/a.mp4"}}
        async with serving(answer(200, body)) as server, Client(TOKEN, server.base) as client:
            receipt = await client.submit("a/b", {})
            result = await client.result(receipt.request_id)
            async with Downloads(server.base) as downloads, downloads.open(result.urls[0]) as file:
                assert b"".join([chunk async for chunk in file.chunks()]) == b"movie"
    assert [seen.path for seen in files.seen] == ["/a.mp4"]
    assert "authorization" not in files.seen[0].headers
    assert TOKEN not in repr(files.seen)


async def test_the_token_goes_to_both_bases_of_the_api_alone() -> None:
    """The account's base may be another origin; it gets the token too, and only these two do."""
    async with serving(answer(200, {"balance_usd": 1})) as account:
        there = Endpoint("https://api.example/v1", f"{account.origin}/prod/v2", Secret(TOKEN))
        async with Client(endpoint=there) as client:
            await client.balance()
            assert account.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
            stranger = Server(account.port)
            await client._reads.send("GET", f"http://localhost:{stranger.port}/x")
    assert "authorization" not in account.seen[-1].headers
