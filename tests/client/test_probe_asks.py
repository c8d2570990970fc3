from __future__ import annotations

import asyncio

import pytest

from client.raw_server import Behaviour, answer, serving
from runcomfy_jupyter._client.probe import probe
from runcomfy_jupyter.errors import Unreachable

pytestmark = pytest.mark.anyio


async def test_it_reads_and_changes_nothing() -> None:
    """One GET, without a body."""
    async with serving(answer(200, {})) as server:
        await probe(f"{server.base}/models", 5)
    assert [(seen.method, seen.body) for seen in server.seen] == [("GET", b"")]


async def test_json_that_begins_late_is_json() -> None:
    """What comes first of an answer may be no more than white space."""

    async def in_parts(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", b" \n", b"[]"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)  # so that each comes alone

    async with serving(Behaviour(in_parts)) as server:
        assert (await probe(server.base, 5)).speaks_json


async def test_who_is_not_reached_is_told_where_to_look() -> None:
    """At the network or the proxy: it is nothing in the notebook."""
    with pytest.raises(Unreachable) as caught:
        await probe("http://127.0.0.1:9/v1", 5)
    assert "network or the proxy" in caught.value.hint
