"""The rendering processes: shared work, and a failure that ends as words."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter.sandbox.clip import clip_for
from runcomfy_jupyter.sandbox.renderer import Renderer, RenderError

if TYPE_CHECKING:
    from pathlib import Path

SMALL = clip_for("m", {"prompt": "small", "size": "64x64", "seconds": 1})
PICTURE = clip_for("m", {"prompt": "small", "size": "64x64"}, suffix="png")


def test_two_who_ask_together_share_one_rendering(tmp_path: Path) -> None:
    """Asked twice at once and once more, a clip is rendered once, and no half file is left."""

    async def run() -> int:
        renderer = Renderer(tmp_path, processes=2)
        try:
            first, second = await asyncio.gather(renderer.render(SMALL), renderer.render(SMALL))
            assert first == second == await renderer.render(SMALL)
        finally:
            await renderer.close()
        return renderer.rendered

    assert asyncio.run(run()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [f"{SMALL.name}.mp4"]


def test_pictures_are_rendered_beside_videos(tmp_path: Path) -> None:
    """The same processes make pictures, each in a file named by its format."""

    async def run() -> None:
        renderer = Renderer(tmp_path, processes=1)
        try:
            await asyncio.gather(renderer.render(SMALL), renderer.render(PICTURE))
        finally:
            await renderer.close()

    asyncio.run(run())
    assert {path.name for path in tmp_path.iterdir()} == {f"{SMALL.name}.mp4", f"{PICTURE.name}.png"}


def test_a_clip_that_cannot_be_rendered_is_told(tmp_path: Path) -> None:
    """An impossible clip ends as an error in words, leaves no file, and the next one is rendered."""

    def left() -> list[str]:
        return [path.name for path in tmp_path.iterdir()]

    impossible = dataclasses.replace(SMALL, name="impossible", width=63)

    async def run() -> None:
        renderer = Renderer(tmp_path, processes=1)
        try:
            with pytest.raises(RenderError):
                await renderer.render(impossible)
            assert left() == []
            await renderer.render(SMALL)
            assert left() == [f"{SMALL.name}.mp4"]
        finally:
            await renderer.close()

    asyncio.run(run())


def test_a_rendering_process_that_dies_is_replaced(tmp_path: Path) -> None:
    """The clip under way fails with the process's status; the next one gets a new process."""
    long = clip_for("m", {"prompt": "long", "size": "1280x720", "seconds": 30})

    async def run() -> None:
        renderer = Renderer(tmp_path, processes=1)
        try:
            await renderer.warm_up()
            task = asyncio.create_task(renderer.render(long))
            (pid,) = renderer.process_ids
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(RenderError, match="ended with status -9"):
                await task
            assert (await renderer.render(SMALL)).exists()
        finally:
            await renderer.close()

    asyncio.run(run())
