from __future__ import annotations

import asyncio

import pytest

from client.raw_server import Behaviour, answer, drop, hang, serving
from runcomfy_jupyter._client.probe import probe
from runcomfy_jupyter.errors import Unreachable

pytestmark = pytest.mark.anyio
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
SAID = 784111777.0


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (answer(200, {"models": []}, date=DATE), (200, True, SAID)),
        (answer(401, b"\n [1]"), (401, True, None)),
        (answer(200, b"<html>", date="noon"), (200, False, None)),
        (answer(302, b"", location="http://elsewhere.example/"), (302, False, None)),
    ],
)
async def test_what_answers_is_told(reply: bytes, found: tuple[int, bool, float | None]) -> None:
    """The status, whether it begins as JSON does, and the time by its clock, if that can be read."""
    async with serving(reply) as server:
        assert await probe(f"{server.base}/models", 5) == found
    assert [seen.path for seen in server.seen] == ["/v1/models"]


async def test_no_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is only looked at learns nothing."""
    monkeypatch.setenv("RUNCOMFY_TOKEN", "sentinel-token")
    async with serving(answer(200, {})) as server:
        await probe(f"{server.base}/models", 5)
    assert "authorization" not in server.seen[0].headers


async def _trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin an answer, and never come to its end, always with something to say."""
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send more than anybody wants to read."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4000000000\r\n\r\n{")
    while not writer.is_closing():
        writer.write(b" " * 65536)
        await writer.drain()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (drop, "disconnected"),
        (hang, "no answer within 0.3 s"),
        (Behaviour(_trickle), "no answer within 0.3 s"),
    ],
    ids=["drop", "hang", "trickle"],
)
async def test_no_answer_is_said_with_its_reason(behaviour: Behaviour, reason: str) -> None:
    """Once, within the time given, and with the host's name."""
    async with serving(behaviour) as server:
        with pytest.raises(Unreachable, match=f"127.0.0.1 cannot be reached.*{reason}"):
            await probe(f"{server.base}/models", 0.3)
    assert server.connections == 1


async def test_an_answer_without_an_end_is_not_read() -> None:
    """Its beginning is all that counts, and that comes soon."""
    async with serving(Behaviour(_flood)) as server:
        assert (await probe(f"{server.base}/models", 5)).http == 200


async def test_a_closed_port_is_said_so() -> None:
    """Where nothing listens there is nothing to wait for."""
    with pytest.raises(Unreachable, match="cannot be reached"):
        await probe("http://127.0.0.1:9/v1", 5)
