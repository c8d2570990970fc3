"""The client where it is easily wrong: what is asked exactly, and what is said where nothing was sent."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from client.raw_server import TOKEN, Behaviour, answer, drip, hang, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.refusals import Answer
from runcomfy_jupyter.errors import (
    InputError,
    ServiceError,
    SubmissionUnconfirmed,
    TokenError,
    Unreachable,
    UserError,
)
from runcomfy_jupyter.settings import Endpoint, Secret
from support.turns import until

if TYPE_CHECKING:
    from decimal import Decimal

pytestmark = pytest.mark.anyio
EMPTY = answer(200, {"models": [], "total": 0})


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({}, {}),
        ({"search": " ", "category": ""}, {}),
        ({"category": "video", "kind": "workflow"}, {"category": ["video"], "kind": ["workflow"]}),
    ],
)
async def test_the_catalogue_is_asked_for_what_was_wished_alone(
    asked: dict[str, Any], query: dict[str, list[str]]
) -> None:
    """By GET; what was not wished, or is empty, is not in the address."""
    async with serving(EMPTY) as server, Client(TOKEN, server.base) as client:
        assert await client.models(**asked) == []
    [seen] = server.seen
    assert seen.method == "GET"
    found = parse_qs(urlsplit(seen.path).query, keep_blank_values=True)
    assert found == {"include_schema": ["true"], "limit": ["200"], "offset": ["0"], **query}


async def test_the_sandbox_switch_stops_nobody_who_names_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a base or by an endpoint: that is where the sandbox itself is spoken to."""
    monkeypatch.setenv("RUNCOMFY_SANDBOX", "1")
    async with serving(EMPTY) as server:
        there = Endpoint(server.base, server.origin, Secret(TOKEN))
        for client in (Client(TOKEN, server.base), Client(endpoint=there)):
            async with client:
                assert await client.models() == []
    with pytest.raises(InputError, match=r"name its base_url\. .*Nothing was sent\."):
        Client(TOKEN)


@pytest.mark.parametrize("token", ["", " \n"])
def test_an_empty_token_says_where_another_comes_from(token: str) -> None:
    """And that nothing was sent."""
    with pytest.raises(TokenError, match=r"None takes it from the settings\. Nothing was sent\."):
        Client(token, "http://127.0.0.1:9/v1")


def test_a_token_or_a_base_that_cannot_be_says_where_to_set_it() -> None:
    """And that nothing was sent."""
    with pytest.raises(TokenError, match=r"Copy it anew from your profile .*Nothing was sent\."):
        Client("half a token", "http://127.0.0.1:9/v1")
    with pytest.raises(InputError, match=r"RUNCOMFY_MODEL_API_BASE sets it\. Nothing was sent\."):
        Client(TOKEN, "ftp://127.0.0.1/v1")


async def test_where_a_redirect_leads_is_said() -> None:
    """A base that has moved is found out by its owner, though it is not gone to."""
    moved = answer(302, location="https://moved.example/v1")
    async with serving(moved) as server, Client(TOKEN, server.base) as client:
        with pytest.raises(ServiceError, match=r"\(HTTP 302\) to moved\.example, which was not followed"):
            await client.balance()
    assert len(server.seen) == 1


async def test_closing_ends_a_submission_too() -> None:
    """Its connection is not left open, and nobody says that it was not sent."""
    async with serving(hang) as server:
        client = Client(TOKEN, server.base)
        sending = asyncio.create_task(client.submit("a/b", {"prompt": "x"}))
        await until(lambda: server.seen)
        await client.aclose()
        with pytest.raises(SubmissionUnconfirmed):
            await sending
        await until(lambda: server.open == 0)
        assert len(server.seen) == 1


async def test_a_client_that_was_closed_unused_is_closed() -> None:
    """It sends nothing any more."""
    client = Client(TOKEN, "http://127.0.0.1:9/v1", clock=VirtualTime().clock)
    await client.aclose()
    with pytest.raises(UserError, match="closed"):
        await client.submit("a/b", {})


async def test_what_json_cannot_say_is_named() -> None:
    """The reason is Python's own, in one line."""
    async with Client(TOKEN, "http://127.0.0.1:9/v1") as client:
        with pytest.raises(InputError, match="as JSON: Object of type set is not JSON serializable"):
            await client.submit("a/b", {"prompt": {1, 2}})


async def test_why_a_service_cannot_be_reached_is_said() -> None:
    """In the words of whoever tried."""
    async with serving(EMPTY) as gone:
        pass
    async with Client(TOKEN, gone.base, clock=VirtualTime().clock) as client:
        with pytest.raises(Unreachable, match=r"cannot be reached \(All connection attempts failed\)"):
            await client.balance()


@pytest.mark.parametrize("reply", [hang, drip])
async def test_an_answer_that_never_ends_is_waited_for_about_two_pauses(reply: Behaviour) -> None:
    """Of a tenth of a second here, whether nothing comes, or ever a little."""
    loop, times = asyncio.get_running_loop(), Timeouts(connect=0.1, submission=0.1, read=0.1)
    async with serving(reply) as server:
        client = Client(TOKEN, server.base, clock=VirtualTime(chance=100.0).clock, timeouts=times)
        began = loop.time()
        with pytest.raises(SubmissionUnconfirmed, match="no answer came in time"):
            await client.submit("a/b", {})
        assert loop.time() - began < 5
        await client.aclose()


@pytest.mark.parametrize("price", ["1e999999", 10**12, "1e10"])
def test_a_price_beyond_all_bounds_is_none(price: Any) -> None:
    """A number of a million digits would keep whoever writes it out."""
    body = json.dumps({"model_id": "a/b", "base_price_usd": price}).encode()
    found: Decimal | None = wire.model(Answer(200, {}, body), "a/b").base_price_usd
    assert found is None
