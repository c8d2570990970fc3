"""A file of 200 MB, beside plain httpx streaming; then one whose connection breaks off twice.

    python -m bench.download

With words, one download in this process: ours|sync|async ADDRESS FOLDER.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bench.stage import Figure, Server, begin, home_folder, median, memory_mb, report, result, serving, tell

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 200_000_000
CUT_SIZE = 30_000_000
CUTS = 2
ROUNDS = 7
WAYS = ("ours", "sync", "async")
LIMIT = 2_048_000_000


async def ours(address: str, folder: Path) -> Path:
    """Fetch as the package does: to `.part`, checked, synced, renamed."""
    from runcomfy_jupyter._client.download import Downloads  # noqa: PLC0415 - one way is measured
    from runcomfy_jupyter._jobs.clock import SystemClock  # noqa: PLC0415 - likewise
    from runcomfy_jupyter._jobs.delivery import Delivery  # noqa: PLC0415 - likewise

    async with Downloads(address) as downloads:
        delivery = Delivery(downloads, SystemClock(), LIMIT)
        file = await delivery.fetch(address, folder / "video", lambda *_: None, asyncio.Event())
    return Path(file.path)


async def plain_async(address: str, folder: Path) -> Path:
    """Fetch by the loop of httpx's documentation."""
    path = folder / "video.mp4"
    async with httpx.AsyncClient(timeout=60) as client, client.stream("GET", address) as video:
        with path.open("wb") as out:
            async for chunk in video.aiter_bytes():
                out.write(chunk)
    return path


def plain_sync(address: str, folder: Path) -> Path:
    """Fetch by the same loop without await."""
    path = folder / "video.mp4"
    with httpx.stream("GET", address, timeout=60) as video, path.open("wb") as out:
        for chunk in video.iter_bytes():
            out.write(chunk)
    return path


def one(way: str, address: str, folder: Path) -> None:
    """Fetch in this process, and tell what it took."""
    import runcomfy_jupyter._client.download  # noqa: PLC0415 - imports are measured elsewhere
    import runcomfy_jupyter._jobs.delivery  # noqa: F401, PLC0415 - likewise

    fetch: Callable[[], Path] = {
        "ours": lambda: asyncio.run(ours(address, folder)),
        "async": lambda: asyncio.run(plain_async(address, folder)),
        "sync": lambda: plain_sync(address, folder),
    }[way]
    httpx.create_ssl_context()
    memory, began = memory_mb("VmRSS"), time.monotonic()
    path = fetch()
    seconds = time.monotonic() - began
    grown = memory_mb("VmHWM") - memory
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    tell(seconds=seconds, memory_mb=grown, size=path.stat().st_size, sha256=digest)


def figures() -> list[Figure]:
    """Measure every way in turn, in processes of their own."""
    with serving() as server:
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        ways = list(WAYS)
        for number in range(ROUNDS + 1):
            random.Random(number).shuffle(ways)  # noqa: S311 - a measurement
            for way in ways:
                found = fetch(server, way, SIZE, 0, f"{way}-{number}")
                if number:  # the first warms the caches
                    runs[way].append(found)
        cut = fetch(server, "ours", CUT_SIZE, CUTS, "cut")
        whole = fetch(server, "sync", CUT_SIZE, 0, "whole")
        sent = server.figures()["transfers"]["cut"]
    seconds = {way: median(run["seconds"] for run in runs[way]) for way in WAYS}
    best = min(seconds["sync"], seconds["async"])
    rates = ", ".join(f"{way} {SIZE / 1e6 / seconds[way]:.0f} MB/s" for way in WAYS)
    grown = median(run["memory_mb"] for run in runs["ours"])
    others = ", ".join(f"{way} {median(run['memory_mb'] for run in runs[way]):.0f} MB" for way in WAYS[1:])
    twice = sent["sent"] / CUT_SIZE if cut["sha256"] == whole["sha256"] else float("nan")
    told = f"{sent['requests']} requests; the file is {'whole' if twice == twice else 'NOT whole'}"  # noqa: PLR0124
    return [
        Figure(
            "light", "200 MB, time, beside the faster httpx", seconds["ours"] / best, "× httpx", 1.1, rates
        ),
        Figure("light", "200 MB, memory grows by", grown, "MB", 16, others),
        Figure("light", "bytes sent after two cuts", twice, "× the file", 1.0, told),
    ]


def fetch(server: Server, way: str, size: int, cuts: int, name: str) -> dict[str, Any]:
    """Fetch one file in a process of its own."""
    address = f"{server.origin}/media/file-{size}-{cuts}-{name}.mp4"
    with home_folder(in_memory=True) as home:
        process = begin("bench.download", way, address, home, variables=server.variables(home), folder=home)
        return result(process)


if __name__ == "__main__":
    if sys.argv[1:]:
        one(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        report("Downloading", figures())
