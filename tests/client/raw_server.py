"""A server on a real socket that says exactly the bytes a test wants, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.seen import Seen

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

TOKEN = "sentinel-token/0123456789"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a server does with a connection instead of sending an answer."""

    act: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


Reply = bytes | Behaviour
Script = Callable[[Seen], Reply]


@dataclass(slots=True)
class Server:
    """A running server: where it is, what it was asked, over how many connections, `open` of them still."""

    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    open: int = 0

    @property
    def origin(self) -> str:
        """Where it is, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        """Where it is, as the base of an API."""
        return f"{self.origin}/v1"


def answer(http: int = 200, body: Any = b"", **headers: str) -> bytes:
    """Return the bytes of an answer; what is not bytes is sent as JSON, `_` in a header's name as `-`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"content-length": str(len(content)), **named}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {http} Whatever\r\n{head}\r\n".encode() + content


def in_turn(*replies: Reply) -> Script:
    """Give one reply after another; the last one stays."""
    waiting = list(replies)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


async def _drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.close()


async def _hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Say nothing until the other side gives up."""
    await reader.read()


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer byte by byte, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0)


drop, hang, drip = Behaviour(_drop), Behaviour(_hang), Behaviour(_drip)


def cut(whole: bytes, at: int) -> Behaviour:
    """Send the first `at` bytes of an answer, then close the connection."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(whole[:at])
        await writer.drain()
        writer.close()

    return Behaviour(behave)


@asynccontextmanager
async def serving(
    script: Script | Reply, port: int = 0, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run a server on loopback until the block ends; with TLS if given a certificate."""
    server = Server()
    say = in_turn(script) if isinstance(script, bytes | Behaviour) else script
    open_writers: set[asyncio.StreamWriter] = set()
    talks: set[asyncio.Task[None] | None] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open += 1
        open_writers.add(writer)
        talks.add(asyncio.current_task())
        try:
            while (seen := await _request(reader)) and not writer.is_closing():
                server.seen.append(seen)
                reply = say(seen)
                if isinstance(reply, bytes):
                    writer.write(reply)
                    await writer.drain()
                else:
                    await reply.act(reader, writer)
        except ConnectionError:
            pass
        finally:
            server.open -= 1
            writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", port, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for writer in open_writers:
            writer.transport.abort()
        await asyncio.gather(*(talk for talk in talks if talk))
        await listener.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, body)
