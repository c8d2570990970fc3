"""A host of our own behind the tests' back: the raw server, in a thread."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from client.raw_server import Server, serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from client.raw_server import Reply, Script


@contextmanager
def serving_in_background(script: Script | Reply, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a raw server until the block ends; with TLS if given a certificate."""
    ready: list[tuple[Server, asyncio.AbstractEventLoop, asyncio.Event]] = []
    told = threading.Event()

    async def serve() -> None:
        async with serving(script, tls=tls) as server:
            over = asyncio.Event()
            ready.append((server, asyncio.get_running_loop(), over))
            told.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert told.wait(10)
    [(server, loop, over)] = ready
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
