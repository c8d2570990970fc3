"""The sandbox without its HTTP: it takes requests, lets them wait, has them rendered, and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .clip import Clip, clips_for
from .journal import Journal
from .renderer import RenderError
from .request_queue import Request, RequestQueue
from .scenarios import Scenarios

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from .catalogue import Card
    from .memory import Memory
    from .renderer import Renderer


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests are in progress at once; the least seconds spent in line and in progress."""

    at_once: int = 2
    queue_seconds: float = 0.8
    run_seconds: float = 1.8


class Sandbox:
    """One sandbox: queue, clips, journal and scenarios, on the running event loop."""

    def __init__(self, renderer: Renderer, pace: Pace, memory: Memory, *, plain_clips: bool = False) -> None:
        """Open a sandbox with the requests in `memory`; `plain_clips` draws no prompts (see `clip_for`)."""
        self.journal = Journal()
        self.scenarios = Scenarios()
        self.stopping = asyncio.Event()
        self._renderer = renderer
        self._pace = pace
        self._memory = memory
        self._plain_clips = plain_clips
        self._queue = RequestQueue(at_once=pace.at_once, least_wait=pace.queue_seconds)
        self._tasks: set[asyncio.Task[None]] = set()
        self._epoch = time.time() - time.monotonic()
        self.last_active = self.now()
        for request in memory.recall():
            self._take(request)
        self._advance()

    def now(self) -> float:
        """Seconds since the epoch, by a clock that never jumps."""
        return self._epoch + time.monotonic()

    def idle_seconds(self) -> float:
        """How long nothing was asked and nothing ended; 0 while something waits or is in progress."""
        return self.now() - self.last_active if self._queue.is_idle else 0.0

    def submit(self, card: Card, body: dict[str, Any]) -> Request:
        """Accept a checked input."""
        request = Request(id=str(uuid.uuid4()), card=card, inputs=card.resolved(body), created_at=self.now())
        self._take(request)
        self.keep(request)
        self._advance()
        return request

    def _take(self, request: Request) -> None:
        request.clips = clips_for(request.card, request.inputs, plain=self._plain_clips)
        self._queue.submit(request)
        if not request.has_ended:
            self._hold(self._warm_up())

    def keep(self, request: Request) -> None:
        """Remember how a request stands now, over a restart."""
        self._memory.keep(request)

    def find(self, request_id: str) -> Request | None:
        """Look a request up by its id."""
        return self._queue.find(request_id)

    def position(self, request: Request) -> int | None:
        """Say the request's place in line, 1 being next; None when it is in line no more."""
        return self._queue.position(request)

    def cancel(self, request: Request) -> bool:
        """Cancel a request that waits; False when it cannot be cancelled any more."""
        taken = self._queue.cancel(request, self.now())
        if taken:
            self.keep(request)
        self._advance()
        return taken

    async def file(self, clip: Clip) -> Path:
        """Return the file of a clip, rendered again should it have gone.

        Raises:
            RenderError: It cannot be rendered.

        """
        return await self._renderer.render(clip)

    @property
    def clips_rendered(self) -> int:
        """Count the clips that were rendered, not taken from the folder."""
        return self._renderer.rendered

    async def close(self) -> None:
        """Drop what is under way and end the rendering processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._renderer.close()

    def _advance(self) -> None:
        for request in self._queue.advance(self.now()):
            self._hold(self._generate(request))
        turn = self._queue.next_turn()
        if turn is not None:
            asyncio.get_running_loop().call_later(max(0.0, turn - self.now()), self._advance)

    async def _generate(self, request: Request) -> None:
        error = None
        try:
            await asyncio.gather(
                *(self._renderer.render(clip) for clip in request.clips),
                asyncio.sleep(self._pace.run_seconds),
            )
        except RenderError as problem:
            error = f"the sandbox could not render this clip: {problem}"
        self.last_active = self.now()
        self._queue.finish(request, self.last_active, error)
        self.keep(request)
        self._advance()

    async def _warm_up(self) -> None:
        with contextlib.suppress(OSError):  # the rendering itself will say so
            await self._renderer.warm_up()

    def _hold(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
