from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from typing import Any

import pytest

from client.raw_server import TOKEN, Server, answer, cut, drip, drop, hang, in_turn, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.exchange import Exchange
from runcomfy_jupyter._client.lanes import Lanes
from runcomfy_jupyter._client.retries import Clock
from runcomfy_jupyter.errors import (
    BalanceError,
    Busy,
    InputError,
    ModelError,
    RunComfyError,
    ServiceError,
    SubmissionUnconfirmed,
    TokenError,
    Unreachable,
)
from runcomfy_jupyter.settings import Endpoint, Secret

pytestmark = pytest.mark.anyio
MODEL = "openai/sora-2/text-to-video"
INPUTS = {"prompt": "Ein „Fuchs“ \U0001f98a", "size": "1280x720", "seconds": 4}
ACCEPTED = answer(200, {"request_id": "r-1", "status_url": "https://evil.example/"})


def client_of(server: Server, time: VirtualTime | None = None) -> Client:
    """Return a client of that server, which waits in virtual time and gives up soon."""
    timeouts = Timeouts(connect=0.3, submission=0.2, read=0.2)
    return Client(TOKEN, server.base, clock=(time or VirtualTime()).clock, timeouts=timeouts)


async def test_a_submission_is_one_post_of_the_inputs_alone() -> None:
    """The body is the inputs, unwrapped, to the model's own path, and the receipt is the id."""
    async with serving(ACCEPTED) as server, client_of(server) as client:
        assert (await client.submit(MODEL, INPUTS)).request_id == "r-1"
    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", f"/v1/models/{MODEL}")
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.json == INPUTS
    assert isinstance(seen.json["seconds"], int)


@pytest.mark.parametrize(
    "reply",
    [
        drop,
        hang,
        drip,
        cut(ACCEPTED, 20),
        cut(ACCEPTED, len(ACCEPTED) - 5),
        b"garbage, not HTTP\r\n\r\n",
        answer(200, b"<html>"),
        answer(200, b"x" * 9_000_000),
        answer(200, b"not gzip", content_encoding="gzip"),
        answer(200, {"request_id": TOKEN}),
        answer(200, {}),
        answer(303, location="/elsewhere"),
        answer(408),
        answer(500),
        answer(502, {"error_code": 400001}),
        answer(503, retry_after="1"),
    ],
)
async def test_a_submission_whose_fate_is_unclear_is_not_sent_again(reply: Any) -> None:
    """After anything that is no clear answer there is one POST, and no more."""
    time = VirtualTime()
    async with serving(reply) as server, client_of(server, time) as client:
        with pytest.raises(SubmissionUnconfirmed, match="may be running, and billed"):
            await client.submit(MODEL, INPUTS)
    assert len(server.seen) == 1
    assert time.waits == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(400, {"error_code": 400001}), ModelError),
        (answer(200, {"error_code": 400002}), BalanceError),
        (answer(401), TokenError),
        (answer(422, {"detail": [{"loc": ["seconds"], "msg": "no"}]}), InputError),
        (answer(307, location="https://elsewhere.example/"), ServiceError),
    ],
)
async def test_a_refused_submission_says_why_and_is_not_sent_again(
    reply: bytes, kind: type[RunComfyError]
) -> None:
    """A refusal is final, and tells who can mend it."""
    async with serving(reply) as server, client_of(server) as client:
        with pytest.raises(kind) as caught:
            await client.submit(MODEL, INPUTS)
    assert not isinstance(caught.value, SubmissionUnconfirmed)
    assert len(server.seen) == 1


async def test_a_submission_is_sent_again_after_429() -> None:
    """A service that asks to come back later has accepted nothing."""
    time = VirtualTime()
    script = in_turn(answer(429, retry_after="2"), answer(429), ACCEPTED)
    async with serving(script) as server, client_of(server, time) as client:
        assert (await client.submit(MODEL, INPUTS)).request_id == "r-1"
    assert len(server.seen) == 3
    assert time.waits == [2.625, 0.75]


async def test_429_for_ever_ends_as_busy() -> None:
    """After four tries the submission has failed, and certainly so."""
    async with serving(answer(429)) as server, client_of(server) as client:
        with pytest.raises(Busy):
            await client.submit(MODEL, INPUTS)
    assert len(server.seen) == 4


async def test_a_refused_connection_is_tried_again() -> None:
    """Where no connection comes about nothing was sent, so it is tried four times, and then certain."""
    time = VirtualTime()
    async with serving(ACCEPTED) as server:
        pass
    async with client_of(server, time) as client:
        with pytest.raises(Unreachable, match="Nothing was sent"):
            await client.submit(MODEL, INPUTS)
    assert len(time.waits) == 3


async def test_a_connection_that_does_not_come_about_in_time_is_tried_again() -> None:
    """A host that does not answer the door has been sent nothing."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        # A full backlog drops what knocks: connecting neither fails nor succeeds.
        knocks = [socket.socket() for _ in range(4)]
        for knock in knocks:
            knock.settimeout(0)
            knock.connect_ex(("127.0.0.1", port))
        time = VirtualTime()
        async with client_of(Server(port), time) as client:
            with pytest.raises(Unreachable):
                await client.submit(MODEL, INPUTS)
        for knock in knocks:
            knock.close()
    assert len(time.waits) == 3


async def test_a_submission_that_finds_no_free_connection_was_not_sent() -> None:
    """Where all connections are taken the request stays here, and that is certain."""
    one, times = Lanes(most=1, keep=0.0), Timeouts(connect=0.1)
    async with serving(hang) as server:
        there = Endpoint(server.base, server.origin, Secret(TOKEN))
        exchange = Exchange(there, Clock(), times, one, pause=0.5)
        first = asyncio.create_task(exchange.send("POST", server.base, body=b"{}"))
        with pytest.raises(Unreachable, match="Nothing was sent"):
            await asyncio.gather(exchange.send("POST", server.base, body=b"{}"), first)
        assert await first == "no answer came in time"
        await exchange.aclose()
    assert len(server.seen) == 1


async def test_a_service_that_comes_back_gets_the_request_once() -> None:
    """A submission that found no connection first is accepted by a later try, with one POST in all."""
    async with serving(ACCEPTED) as gone:
        pass
    async with AsyncExitStack() as stack:

        async def open_the_door(waits: int) -> None:
            if waits == 2:
                servers.append(await stack.enter_async_context(serving(ACCEPTED, gone.port)))

        servers: list[Server] = []
        client = await stack.enter_async_context(client_of(gone, VirtualTime(then=open_the_door)))
        assert (await client.submit(MODEL, INPUTS)).request_id == "r-1"
    assert [len(server.seen) for server in servers] == [1]
    assert gone.seen == []


async def test_each_submission_has_a_connection_of_its_own() -> None:
    """A kept connection may be closed already, and would turn an unsent request into an unclear one."""
    async with serving(ACCEPTED) as server, client_of(server) as client:
        for _ in range(3):
            await client.submit(MODEL, INPUTS)
    assert server.connections == 3


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf"), "\ud800", object()])
async def test_inputs_that_json_cannot_say_are_refused_before_sending(value: Any) -> None:
    """Nothing is sent that the service could read as something else."""
    async with serving(ACCEPTED) as server, client_of(server) as client:
        with pytest.raises(InputError, match=r"cannot be written as JSON.*Nothing was sent"):
            await client.submit(MODEL, {"prompt": value})
    assert server.seen == []
