"""The background: one daemon thread, one event loop, and the wires to the services.

A thread rather than the kernel's own loop, because on that loop nothing advances while a cell
computes. Whoever stands above speaks to it through plain methods alone, so that one without a
thread can take its place where there are no threads.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.download import Downloads

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

    from runcomfy_jupyter.settings import Endpoint

_T = TypeVar("_T")


class Background:
    """Runs coroutines beside the cells. Its methods may be called from any thread."""

    def __init__(self, *, patience: float = 10.0) -> None:
        """Start the thread. `patience`: seconds that closing waits for what is under way."""
        self.patience = patience
        self._wires: dict[Endpoint, tuple[Client, Downloads]] = {}
        self._guard = threading.Lock()
        self._running: set[Future[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="runcomfy_jupyter", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run a coroutine; raise `RuntimeError` after the end."""
        # It copies the caller's context, which display calls from the coroutine depend on.
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:
            coroutine.close()
            raise
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    def wire(self, endpoint: Endpoint) -> tuple[Client, Downloads]:
        """Return the connections to a service: one pair for each address and token.

        They are for coroutines that run here. Raises what `Client` raises.
        """
        with self._guard:
            if endpoint not in self._wires:
                self._wires[endpoint] = Client(endpoint=endpoint), Downloads(endpoint.base_url)
            return self._wires[endpoint]

    async def settle(self) -> None:
        """Wait until nothing but the caller runs here any more; what takes too long is ended."""
        for _ in range(2):
            if left := asyncio.all_tasks() - {asyncio.current_task()}:
                _, late = await asyncio.wait(left, timeout=self.patience)
                for task in late:
                    task.cancel()

    def close(self) -> None:
        """End what runs here, close the connections, stop the thread. Twice is once."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut(self) -> None:
        # Not every task there is: those that a library began are ended by those that wait for them.
        for future in tuple(self._running):
            future.cancel()
        await asyncio.sleep(0)
        await self.settle()
        for client, downloads in self._wires.values():
            await client.aclose()
            await downloads.aclose()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
