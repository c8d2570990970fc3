"""Connections by themselves: how many there are, which one is taken, and when they are closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from client.raw_server import Behaviour, Server, answer, cut, drop, hang, in_turn, serving
from runcomfy_jupyter._client.lanes import Lanes
from runcomfy_jupyter.errors import UserError
from support.turns import until

if TYPE_CHECKING:
    from client.raw_server import Script

pytestmark = pytest.mark.anyio
LONG = 600.0


async def ask(lanes: Lanes, address: str, *, patience: float = 20.0) -> bytes:
    """Make one call, to the end of its answer. `patience`: seconds to wait for a connection."""
    timeouts = httpx.Timeout(20.0, pool=patience).as_dict()
    request = httpx.Request("GET", address, extensions={"timeout": timeouts})
    response = await lanes.handle_async_request(request)
    try:
        return await response.aread()
    finally:
        await response.aclose()


def all_at_once(number: int) -> Script:
    """Answer nobody before so many have asked."""
    together = asyncio.Barrier(number)

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(answer(200, b"all"))

    return lambda seen: Behaviour(behave) if seen.path == "/all" else answer(200, b"one")


async def burst(lanes: Lanes, server: Server, number: int) -> None:
    """Have so many calls under way at the same time."""
    assert set(await asyncio.gather(*(ask(lanes, f"{server.origin}/all") for _ in range(number)))) == {b"all"}
    assert server.connections == number


async def test_idle_connections_are_closed_though_nothing_is_asked_any_more() -> None:
    """When many jobs are over their connections go, without anybody having to call again or to close."""
    lanes = Lanes(most=100, keep=0.1)
    async with serving(all_at_once(100)) as server:
        await burst(lanes, server, 100)
        await until(lambda: server.open == 0)
        assert await ask(lanes, server.origin) == b"one"
        await until(lambda: server.open == 0)
        await lanes.aclose()
    assert server.connections == 101


async def test_the_connection_used_last_is_used_next() -> None:
    """After a burst the calls go over one connection, so that the others can be closed meanwhile."""
    async with Lanes(most=20, keep=0.3) as lanes, serving(all_at_once(20)) as server:
        await burst(lanes, server, 20)
        async with asyncio.timeout(10):
            while server.open > 1:
                assert await ask(lanes, server.origin) == b"one"
                await asyncio.sleep(0.01)
        assert await ask(lanes, server.origin) == b"one"
        assert (server.open, server.connections) == (1, 20)


async def test_fresh_connections_are_used_once() -> None:
    """Where none is kept each call opens its own, and leaves none behind."""
    async with Lanes(most=1, keep=0.0) as lanes, serving(answer(200, b"one")) as server:
        for _ in range(3):
            assert await ask(lanes, server.origin) == b"one"
        await until(lambda: server.open == 0)
        assert server.connections == 3


async def test_places_have_connections_of_their_own() -> None:
    """What is idle to one host is not taken for another."""
    async with (
        Lanes(most=9, keep=LONG) as lanes,
        serving(answer(200, b"here")) as here,
        serving(answer(200, b"there")) as there,
    ):
        for _ in range(3):
            assert await ask(lanes, here.origin) == b"here"
            assert await ask(lanes, there.origin) == b"there"
        assert (here.connections, there.connections) == (1, 1)


@pytest.mark.parametrize("most", [1, 3])
async def test_more_calls_than_connections_wait_their_turn(most: int) -> None:
    """No more connections are open than allowed, and every call gets through."""
    async with Lanes(most=most, keep=LONG) as lanes, serving(answer(200, b"one")) as server:
        assert await asyncio.gather(*(ask(lanes, server.origin) for _ in range(30))) == [b"one"] * 30
        assert server.connections == most


@pytest.mark.parametrize("trouble", [drop, cut(answer(200, b"one"), 40), b"nonsense\r\n\r\n"])
async def test_a_call_that_fails_leaves_its_place_to_the_next(trouble: Behaviour | bytes) -> None:
    """Neither the place nor the broken connection is kept."""
    script = in_turn(trouble, answer(200, b"one"))
    async with Lanes(most=1, keep=LONG) as lanes, serving(script) as server:
        with pytest.raises(httpx.TransportError):
            await ask(lanes, server.origin)
        assert await ask(lanes, server.origin) == b"one"
        await until(lambda: server.open == 1)


async def test_a_cancelled_call_leaves_its_place_to_the_next() -> None:
    """Its connection is closed at once: an answer may still be on the way there."""
    script = in_turn(hang, answer(200, b"one"))
    async with Lanes(most=1, keep=LONG) as lanes, serving(script) as server:
        call = asyncio.create_task(ask(lanes, server.origin))
        await until(lambda: len(server.seen) == 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: server.open == 0)
        assert await ask(lanes, server.origin) == b"one"


async def test_a_call_that_finds_no_room_says_so_and_one_that_is_given_up_takes_none() -> None:
    """Who waits in vain was not sent, which is certain, and stands in nobody's way later."""
    script = in_turn(hang, answer(200, b"one"))
    async with Lanes(most=1, keep=LONG) as lanes, serving(script) as server:
        call = asyncio.create_task(ask(lanes, server.origin))
        await until(lambda: len(server.seen) == 1)
        with pytest.raises(httpx.PoolTimeout):
            await ask(lanes, server.origin, patience=0.1)
        call.cancel()
        await asyncio.wait({call})
        assert await ask(lanes, server.origin) == b"one"
        assert len(server.seen) == 2


async def test_a_kept_connection_that_has_ended_is_not_used() -> None:
    """A server that closes after its answer costs another connection, and no call."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, b"one"))
        await writer.drain()
        writer.close()

    async with Lanes(most=1, keep=LONG) as lanes, serving(Behaviour(behave)) as server:
        for _ in range(3):
            assert await ask(lanes, server.origin) == b"one"
            await until(lambda: server.open == 0)
        assert server.connections == 3


async def test_what_was_said_unasked_is_not_the_next_answer() -> None:
    """A connection on which something lies unread is closed: the next answer would be that."""
    heard, said = asyncio.Event(), asyncio.Event()

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, b"one"))
        await heard.wait()
        writer.write(answer(200, b"forged"))
        await writer.drain()
        said.set()

    script = in_turn(Behaviour(behave), answer(200, b"two"))
    async with Lanes(most=1, keep=LONG) as lanes, serving(script) as server:
        assert await ask(lanes, server.origin) == b"one"
        heard.set()
        await until(said.is_set)
        assert await ask(lanes, server.origin) == b"two"
        assert server.connections == 2


async def test_closing_ends_what_is_idle_and_what_is_under_way() -> None:
    """No connection is left open, whoever holds it; later calls are refused."""
    script = in_turn(answer(200, b"one"), hang)
    lanes = Lanes(most=9, keep=LONG)
    async with serving(script) as server:
        call = asyncio.create_task(ask(lanes, server.origin))
        assert await call == b"one"
        under_way = [asyncio.create_task(ask(lanes, server.origin)) for _ in range(3)]
        await until(lambda: server.open == 3)
        await lanes.aclose()
        for failure in await asyncio.gather(*under_way, return_exceptions=True):
            assert isinstance(failure, httpx.TransportError)
        await until(lambda: server.open == 0)
        with pytest.raises(UserError, match="closed"):
            await ask(lanes, server.origin)


async def test_a_proxy_of_the_environment_carries_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for the whole address, over a connection that is kept like any other."""
    async with serving(answer(200, b"by proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin.removeprefix("http://"))
        monkeypatch.setenv("no_proxy", "inside.example")
        async with Lanes(most=9, keep=LONG) as lanes:
            for _ in range(2):
                assert await ask(lanes, "http://api.example/v1") == b"by proxy"
            with pytest.raises(httpx.ConnectError):
                await ask(lanes, "http://nowhere.inside.example/")
    assert [seen.path for seen in proxy.seen] == ["http://api.example/v1"] * 2
    assert proxy.connections == 1
