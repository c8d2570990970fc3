"""Have clips rendered by a few processes beside the server: each clip once, kept in a folder."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clip import Clip

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class RenderError(Exception):
    """A clip could not be rendered; the text says why."""


class Renderer:
    """Render clips into `folder`, at most `processes` at a time; one that lies there is not made again."""

    def __init__(self, folder: Path, processes: int) -> None:
        """Prepare; no process is started before the first clip is due."""
        self._folder = folder
        self._workers = [_Worker() for _ in range(processes)]
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._under_way: dict[str, asyncio.Task[Path]] = {}
        self.rendered = 0

    @property
    def process_ids(self) -> list[int]:
        """The processes that run now."""
        return [worker.process_id for worker in self._workers if worker.process_id is not None]

    def path(self, clip: Clip) -> Path:
        """Say where the clip is kept, rendered or not."""
        return self._folder / f"{clip.name}.{clip.suffix}"

    async def render(self, clip: Clip) -> Path:
        """Return the clip's file, rendered now if need be; two who ask for the same clip share one rendering.

        Raises:
            RenderError: It could not be rendered.

        """
        task = self._under_way.get(clip.name)
        if task is None:
            path = self.path(clip)
            if path.exists():
                return path
            task = asyncio.create_task(self._made(clip, path))
            self._under_way[clip.name] = task
            task.add_done_callback(lambda _: self._under_way.pop(clip.name))
        return await asyncio.shield(task)

    async def warm_up(self) -> None:
        """Start the first process ahead of the first clip."""
        await self._workers[-1].start()

    async def close(self) -> None:
        """End all processes, in mid-clip too."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*(worker.close() for worker in self._workers))

    async def _made(self, clip: Clip, path: Path) -> Path:
        worker = await self._free.get()
        try:
            error = await worker.render(clip, path)
        finally:
            self._free.put_nowait(worker)
        if error is not None:
            raise RenderError(error)
        self.rendered += 1
        return path


class _Worker:
    """One rendering process, started when first needed and again should it have died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    @property
    def process_id(self) -> int | None:
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def start(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                paths = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *("-m", f"{__package__}.worker"),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                )
            return self._process

    async def render(self, clip: Clip, path: Path) -> str | None:
        """Return None when the clip lies at `path`, else words about what went wrong."""
        process = await self.start()
        assert process.stdin is not None  # noqa: S101 - it was opened as a pipe; for the type checker
        assert process.stdout is not None  # noqa: S101 - likewise
        job = json.dumps({"clip": asdict(clip), "path": str(path)})
        with contextlib.suppress(ConnectionError):
            process.stdin.write(job.encode() + b"\n")
            await process.stdin.drain()
            answer = await process.stdout.readline()
            if answer:
                error: str | None = json.loads(answer)["error"]
                return error
        return f"the rendering process ended with status {await process.wait()}"

    async def close(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe; for the type checker
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), timeout=2)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
