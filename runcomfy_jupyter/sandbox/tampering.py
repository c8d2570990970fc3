"""Responses that go wrong on the socket: unanswered, cut short, trickled, or of a false length."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


_PIECES_PER_SECOND = 20
"""How often a trickled body goes on."""


class Unanswered(Response):
    """Close the connection without a byte of answer, after `seconds`; with `reset`, by a TCP reset."""

    def __init__(self, stopping: asyncio.Event, *, seconds: float = 0.0, reset: bool = False) -> None:
        """Prepare to give no answer."""
        super().__init__()
        self._stopping = stopping
        self._seconds = seconds
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's shape
        """Close the connection, once the time is over, the client has gone, or the sandbox stops."""
        gone = asyncio.create_task(_gone(receive))
        stopping = asyncio.create_task(self._stopping.wait())
        if self._seconds:
            await asyncio.wait({gone, stopping}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        _hang_up(scope, reset=self._reset)
        stopping.cancel()
        await gone


class Tampered(Response):
    """Pass another response on, but stop after `at` of its body, trickle it, or lie about its length."""

    def __init__(
        self, inner: Response, *, at: float = 1.0, length: int | None = None, bytes_per_second: float = 0.0
    ) -> None:
        """Wrap `inner`; `at` is a fraction, `length` the Content-Length that is claimed."""
        super().__init__(status_code=inner.status_code)
        self._inner = inner
        self._at = at
        self._length = length
        self._rate = bytes_per_second
        self._promised = 0
        self._left = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is to be sent, then hang up if more was promised."""

        async def tampered(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(self._start(message))
            else:
                await self._body(message, send)

        if scope["method"] == "HEAD":
            await self._inner(scope, receive, send)
            return
        with contextlib.suppress(_EnoughError):
            await self._inner(scope, receive, tampered)
        if self._promised:
            _hang_up(scope)
            await _gone(receive)

    def _start(self, message: Message) -> Message:
        headers = dict(message["headers"])
        true = int(headers[b"content-length"])
        self._promised = true if self._length is None else self._length
        self._left = min(int(true * self._at), self._promised)
        headers[b"content-length"] = str(self._promised).encode()
        return {**message, "headers": list(headers.items())}

    async def _body(self, message: Message, send: Send) -> None:
        body = message.get("body", b"")[: self._left]
        piece = max(1, int(self._rate / _PIECES_PER_SECOND)) if self._rate else max(1, len(body))
        for start in range(0, len(body), piece):
            if self._rate:
                await asyncio.sleep(piece / self._rate)
            await send({"type": "http.response.body", "body": body[start : start + piece], "more_body": True})
        self._left -= len(body)
        self._promised -= len(body)
        if not self._promised:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not self._left:
            raise _EnoughError


class _EnoughError(Exception):
    """As much of the body was sent as was meant to be."""


def _hang_up(scope: Scope, *, reset: bool = False) -> None:
    """Close the connection under a request; uvicorn's protocol put the transport there (`server.py`)."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if reset:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
