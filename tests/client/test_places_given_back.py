"""Of a single place for a connection: each call leaves it to the next, however it went."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from client.movies import MOVIE, WHOLE, part
from client.raw_server import TOKEN, Behaviour, answer, in_turn, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter._client.lanes import Lanes
from runcomfy_jupyter._domain.replies import Phase
from runcomfy_jupyter.errors import DeliveryCut, DeliveryError
from support.turns import until

if TYPE_CHECKING:
    from client.raw_server import Reply
    from runcomfy_jupyter._client.body import Body

pytestmark = pytest.mark.anyio
TIMES = Timeouts(connect=0.5, read=2.0, download=2.0)
# Too long to have come as a whole by the time the head is looked at.
LONG = b"x" * 4_000_000


def single() -> Lanes:
    """Return a way out for one call at a time."""
    return Lanes(most=1, keep=0.0)


async def test_a_reply_that_is_too_long_leaves_its_place() -> None:
    """It is left unread, and the next try is answered."""
    script = in_turn(answer(200, b" " * 9_000_000), answer(200, {"status": "in_queue"}))
    async with (
        serving(script) as server,
        Client(TOKEN, server.base, clock=VirtualTime().clock, timeouts=TIMES, transport=single()) as client,
    ):
        assert (await client.status("r-1")).state is Phase.IN_QUEUE
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "first",
    [answer(302, LONG, location="/b.mp4"), part(5, etag='"v2"')],
    ids=["redirect", "other version"],
)
async def test_an_answer_that_leads_on_leaves_its_place(first: Reply) -> None:
    """A redirect, and a part of another version: the file comes with the next question."""
    async with (
        serving(in_turn(first, WHOLE)) as server,
        Downloads(server.base, timeouts=TIMES, transport=single()) as downloads,
        downloads.open(f"{server.origin}/a.mp4", offset=5, validator='"v1"') as body,
    ):
        assert b"".join([chunk async for chunk in body.chunks()]) == MOVIE
    assert [seen.method for seen in server.seen] == ["GET", "GET"]


async def test_a_refused_file_leaves_its_place() -> None:
    """The next file is fetched as if nothing had been."""
    async with (
        serving(in_turn(answer(404, LONG), WHOLE)) as server,
        Downloads(server.base, timeouts=TIMES, transport=single()) as downloads,
    ):
        with pytest.raises(DeliveryError):
            await downloads.open(f"{server.origin}/a.mp4").__aenter__()
        async with downloads.open(f"{server.origin}/b.mp4") as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == MOVIE


async def test_a_host_that_falls_silent_is_left() -> None:
    """A download may take long, but a pause in it has an end; what came is kept."""

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\nhalf")
        await writer.drain()
        await reader.read()

    received = bytearray()

    async def receive(body: Body) -> None:
        async for chunk in body.chunks():
            received.extend(chunk)

    times = Timeouts(connect=0.5, download=0.2)
    async with (
        serving(Behaviour(half)) as server,
        Downloads(server.base, timeouts=times) as downloads,
        downloads.open(f"{server.origin}/a.mp4") as body,
    ):
        with pytest.raises(DeliveryCut, match="no answer in time"):
            await asyncio.wait_for(receive(body), 20)
    assert bytes(received) == b"half"


async def test_closing_leaves_no_connection_open() -> None:
    """Of a client, and of what fetches files: what is kept for the next call goes with it."""
    async with serving(answer(200, {"status": "in_queue"})) as server:
        async with Client(TOKEN, server.base) as client:
            await client.status("r-1")
            assert server.open == 1
        await until(lambda: server.open == 0)
    async with serving(WHOLE) as server:
        async with Downloads(server.base) as downloads:
            async with downloads.open(f"{server.origin}/a.mp4") as body:
                assert b"".join([chunk async for chunk in body.chunks()]) == MOVIE
            assert server.open == 1
        await until(lambda: server.open == 0)
