"""Connections at their end: what closes late, is stopped while it closes, or belongs to several places."""

from __future__ import annotations

import asyncio
import gc
import weakref

import httpx
import pytest

from client.raw_server import TOKEN, Behaviour, answer, hang, in_turn, serving
from client.test_lanes import LONG, ask
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.lanes import Lanes
from runcomfy_jupyter._client.lanes import answer as ask_once
from runcomfy_jupyter.errors import InputError, UserError
from support.turns import until

pytestmark = pytest.mark.anyio


async def test_a_call_that_waited_for_its_turn_leaves_nothing_open_after_closing() -> None:
    """It may still be made when a place is free; its connection is not kept for a call that never comes."""
    script = in_turn(hang, answer(200, b"one"))
    lanes = Lanes(most=1, keep=LONG)
    async with serving(script) as server:
        calls = [asyncio.create_task(ask(lanes, server.origin))]
        await until(lambda: len(server.seen) == 1)
        calls.append(asyncio.create_task(ask(lanes, server.origin)))
        await asyncio.sleep(0)  # it waits for its turn
        await lanes.aclose()
        await asyncio.gather(*calls, return_exceptions=True)
        await until(lambda: server.open == 0)


async def test_a_call_after_closing_was_certainly_not_sent() -> None:
    """Which the error says: a paid request is in no doubt then."""
    lanes = Lanes(most=1, keep=LONG)
    await lanes.aclose()
    with pytest.raises(UserError, match="closed") as caught:
        await ask(lanes, "http://127.0.0.1:1")
    assert "Nothing was sent." in str(caught.value)


async def test_who_is_stopped_while_an_answer_is_closed_leaves_its_place() -> None:
    """To one call, not to two; and it is stopped."""

    async def begin(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        await writer.drain()

    script = in_turn(Behaviour(begin), answer(200, b"one"))
    async with Lanes(most=1, keep=LONG) as lanes, serving(script) as server:
        timeouts = httpx.Timeout(20.0).as_dict()
        request = httpx.Request("GET", server.origin, extensions={"timeout": timeouts})
        half = await lanes.handle_async_request(request)
        closing = asyncio.create_task(half.aclose())
        await asyncio.sleep(0)
        assert not closing.done()
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert await asyncio.gather(*(ask(lanes, server.origin) for _ in range(9))) == [b"one"] * 9
        assert server.connections == 2


async def test_idle_connections_to_all_places_are_closed() -> None:
    """Also where those to one place go earlier than those to another."""
    loop = asyncio.get_running_loop()
    one = answer(200, b"one")
    async with Lanes(most=9, keep=0.2) as lanes, serving(one) as here, serving(one) as there:
        await ask(lanes, here.origin)
        later = loop.time() + 0.1
        await until(lambda: loop.time() > later)
        await ask(lanes, there.origin)
        await until(lambda: here.open == there.open == 0)


async def test_connections_that_are_used_once_are_not_kept_in_memory() -> None:
    """A client that has sent many requests holds no more than one that has sent none."""

    def held() -> int:
        return sum(isinstance(one, httpx.AsyncHTTPTransport) for one in gc.get_objects())

    async with Lanes(most=1, keep=0.0) as lanes, serving(answer(200, b"one")) as server:
        before = held()
        for _ in range(5):
            await ask(lanes, server.origin)
        gc.collect()
        assert held() <= before


async def test_what_is_closed_is_free() -> None:
    """Nothing waits on for idle connections that are gone."""
    lanes = Lanes(most=1, keep=LONG)
    async with serving(answer(200, b"one")) as server:
        await ask(lanes, server.origin)
        await lanes.aclose()
    known = weakref.ref(lanes)
    del lanes
    gc.collect()
    assert known() is None


async def test_a_proxy_that_has_become_useless_costs_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names it; once it is mended the next call gets through."""
    async with Lanes(most=1, keep=LONG) as lanes, serving(answer(200, b"one")) as server:
        monkeypatch.setenv("http_proxy", "gopher://proxy.example")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(InputError, match="The proxy that the environment names"):
            await ask(lanes, "http://api.example")
        monkeypatch.delenv("http_proxy")
        assert await ask(lanes, server.origin) == b"one"


async def test_a_question_asked_once_leaves_its_place_and_shows_no_token() -> None:
    """However many redirects are looked at, one connection at a time does; it asks as all others do."""
    async with Lanes(most=1, keep=0.0) as lanes, serving(answer(302, b"x" * 100_000)) as server:
        for _ in range(3):
            async with asyncio.timeout(20), ask_once(server.origin, 5.0, lanes) as response:
                assert response.status_code == 302
    for seen in server.seen:
        assert (seen.headers["user-agent"], seen.headers["accept-encoding"]) == (
            "runcomfy_jupyter",
            "identity",
        )
        assert "authorization" not in seen.headers


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_said_before_anything_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the variables names it, and though the API itself would be reached without it."""
    for one in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(one, raising=False)
        monkeypatch.delenv(one.lower(), raising=False)
    monkeypatch.setenv(name, "gopher://proxy.example")
    with pytest.raises(InputError, match="The proxy that the environment names cannot be used"):
        Client(TOKEN, "http://127.0.0.1:1/v1")
