from __future__ import annotations

import asyncio
import gc

import pytest

from client.raw_server import TOKEN
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter.errors import UserError
from support.scripted_service import says, serving

ONCE = {"connection": "close"}


async def submit(client: Client) -> str:
    """Submit something."""
    return (await client.submit("a/b", {"prompt": "x"})).request_id


async def within(client: Client) -> str:
    """Submit something, and close the client."""
    async with client:
        return await submit(client)


def test_a_client_in_a_second_event_loop_says_what_is_wrong() -> None:
    """A script that uses one over two `asyncio.run` learns how to go on, and nothing is sent in doubt."""
    with serving() as service:
        service.on("submit", says(request_id="r-1", headers=ONCE))
        client = Client(TOKEN, service.base)
        assert asyncio.run(submit(client)) == "r-1"
        for call in (submit, within):
            with pytest.raises(
                UserError, match=r"another event loop.* Make one in each asyncio\.run\. Nothing was"
            ):
                asyncio.run(call(client))
        assert service.posts == 1


def test_a_client_made_outside_is_at_home_where_it_is_first_used() -> None:
    """Making it opens nothing, and closing it in that loop closes it."""
    with serving() as service:
        client = Client(TOKEN, service.base)
        assert asyncio.run(within(client)) == "r-1"


def test_a_client_that_was_never_used_can_be_closed_anywhere() -> None:
    """There is nothing that belongs to a loop."""
    client = Client(TOKEN, "http://127.0.0.1:1/v1")
    asyncio.run(client.aclose())


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_closing_a_client_whose_loop_is_gone_is_no_error() -> None:
    """Its kept connections went with that loop, which is all that could be wished for."""
    with serving() as service:
        client = Client(TOKEN, service.base)
        asyncio.run(client.status("r-1"))
        asyncio.run(client.aclose())
        del client
        gc.collect()
