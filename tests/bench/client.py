"""One client that follows jobs, in a process of its own: ours, or a plain httpx loop.

    python -m bench.client ours|loop JOBS GROUP SCALE [INTERVAL]

Prints what it used, from the first submission to the last file; imports lie outside.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from pathlib import Path

import httpx

from bench.plans import prompt
from bench.stage import TOKEN, memory_mb, tell
from runcomfy_jupyter._domain.models import SORA_2

ENDED = ("completed", "cancelled")
MOST_IN_FLIGHT = 1000


def ours(jobs: int, group: str, scale: float) -> int:
    """Have the package submit and follow jobs, as a script would; return how many failed."""
    import runcomfy_jupyter as rc  # noqa: PLC0415 - only one of the clients is measured
    from runcomfy_jupyter._session.process import session  # noqa: PLC0415 - likewise

    session().options.max_in_flight = MOST_IN_FLIGHT
    under_way = [rc.submit(prompt(group, n, scale)) for n in range(jobs)]
    failed = 0
    for job in under_way:
        try:
            job.wait()
        except rc.RunComfyError:
            failed += 1
    return failed


async def loop(jobs: int, group: str, scale: float, interval: float) -> int:
    """Do the same by hand, as most people would write it; return how many failed."""
    base = os.environ["RUNCOMFY_MODEL_API_BASE"]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=60, limits=limits) as client,
        asyncio.TaskGroup() as group_of_tasks,
    ):
        for n in range(jobs):
            group_of_tasks.create_task(_one(client, base, n, prompt(group, n, scale), interval))
    return jobs - len(list(Path().iterdir()))  # noqa: ASYNC240 - nothing else runs here any more


async def _one(client: httpx.AsyncClient, base: str, n: int, text: str, interval: float) -> None:
    answer = await client.post(f"{base}/models/{SORA_2}", json={"prompt": text})
    request = f"{base}/requests/{answer.raise_for_status().json()['request_id']}"
    while True:
        answer = await client.get(f"{request}/status")
        if answer.raise_for_status().json()["status"] in ENDED:
            break
        await asyncio.sleep(interval)
    address = (await client.get(f"{request}/result")).raise_for_status().json()["output"]["video"]
    async with client.stream("GET", address) as video:
        video.raise_for_status()
        with Path(f"{n}.mp4").open("wb") as out:  # noqa: ASYNC230 - as most people would write it
            async for chunk in video.aiter_bytes():
                out.write(chunk)


def main(words: list[str]) -> None:
    """Follow jobs, and tell what it took."""
    who, jobs, group, scale = words[0], int(words[1]), words[2], float(words[3])
    if who == "ours":
        _import_ours()
    memory, began, used = memory_mb("VmRSS"), time.monotonic(), _cpu()
    if who == "ours":
        failed = ours(jobs, group, scale)
    else:
        failed = asyncio.run(loop(jobs, group, scale, float(words[4])))
    tell(
        cpu_ms_per_job=1e3 * (_cpu() - used) / jobs,
        seconds=time.monotonic() - began,
        failed=failed,
        memory_mb=memory_mb("VmHWM") - memory,
    )


def _import_ours() -> None:
    """Import what the package imports when it is first used; it is measured elsewhere."""
    from runcomfy_jupyter._jobs import background, ledger, owners, runner, shelf  # noqa: F401, PLC0415
    from runcomfy_jupyter._session import process  # noqa: F401, PLC0415


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])
