"""A kernel beside its jobs: how soon it is free, and whether anything keeps it from answering.

python -m bench.kernel
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from jupyter_client.manager import KernelManager

from bench import ledgers
from bench.plans import past_runs
from bench.server import PLAN
from bench.stage import (
    TOKEN,
    Figure,
    Server,
    home_folder,
    median,
    number,
    report,
    serving,
)
from runcomfy_jupyter._domain.models import SORA_2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

FOLLOWED = 200
CELLS = 20
SMALL_CELLS = 150
PAUSE = 0.04
MORE_LOADS = 4
LONG = 600.0
EMBEDDED = 20_000_000
# How long two extensions take to load, and which of the heavy modules the second brings along.
_LOAD = """[
    _timed("autoreload"), _timed("runcomfy_jupyter"), [name for name in _HEAVY if name in _sys.modules]
]"""
_HEAVY = ("httpx", "ipywidgets", "jsonschema", "numpy", "av", "PIL", "pandas")
_TIMED = f"""
import sys as _sys, time as _time
_HEAVY = {_HEAVY!r}
def _timed(name):
    began = _time.perf_counter()
    get_ipython().run_line_magic("load_ext", name)
    return _time.perf_counter() - began
"""
# Ticks of the main thread's own loop. How late one comes, as far as other threads of the kernel used the
# processor in the meantime, is how long they kept the main thread waiting: a busy machine does not count.
_TICKER = """
import asyncio as _asyncio, time as _time
_late, _all = [], []
async def _tick(every=0.002):
    while True:
        before, own, whole = _time.perf_counter(), _time.thread_time(), _time.process_time()
        await _asyncio.sleep(every)
        late = _time.perf_counter() - before - every
        others = _time.process_time() - whole - (_time.thread_time() - own)
        _late.append(1e3 * max(0.0, min(late, others)))
        _all.append(1e3 * late)
_ticker = _asyncio.get_running_loop().create_task(_tick())
"""


@dataclass(slots=True)
class Kernel:
    """A kernel that is spoken to as a front end does, but without a pause between two looks."""

    client: BlockingKernelClient

    def run(self, code: str) -> tuple[float, str]:
        """Run a cell; return the seconds until the kernel is idle again, and what was printed."""
        began, printed = time.perf_counter(), []
        request = self.client.execute(code, allow_stdin=True)
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            if kind == "stream":
                printed.append(content["text"])
            if kind == "status" and content["execution_state"] == "idle":
                return time.perf_counter() - began, "".join(printed)

    def value(self, expression: str) -> Any:
        """Evaluate an expression to something that JSON can say."""
        _, printed = self.run(f"import json as _json; print(_json.dumps({expression}))")
        return json.loads(printed.strip().splitlines()[-1])

    def sums(self) -> list[float]:
        """Return how long `1+1` takes, again and again."""
        found = []
        for _ in range(SMALL_CELLS):
            found.append(self.run("1+1")[0])
            time.sleep(PAUSE)
        return found

    def ticks(self) -> tuple[float, float]:
        """Return how many milliseconds the main thread was kept waiting since the last look, at most.

        First by other threads of its kernel, then by anything, other processes included.
        """
        worst, late = self.value("[max(found, default=0) for found in (_late, _all)]")
        self.run("_late.clear(); _all.clear()")
        return worst, late


@contextmanager
def running_kernel(server: Server, home: Path) -> Iterator[Kernel]:
    """Run a kernel of this environment."""
    ledgers.write(home, server.base, past_runs(10))
    manager = KernelManager(kernel_name="python3")
    log = (home / "kernel.log").open("wb")
    manager.start_kernel(cwd=str(home), env=server.variables(home), stdout=log, stderr=log)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        kernel = Kernel(client)
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        log.close()


def load(kernel: Kernel) -> tuple[float, float, list[str]]:
    """Load another extension and ours; return the milliseconds of both, and what is heavy of what came."""
    kernel.run(_TIMED)
    other, seconds, heavy = kernel.value(_LOAD.replace("\n", " "))
    kernel.run("%config Sora.max_in_flight = 1000")
    return 1e3 * other, 1e3 * seconds, heavy


def loading(loads: list[tuple[float, float, list[str]]]) -> list[Figure]:
    """Sum up how the extension was loaded, into fresh kernels."""
    others, ours, heavy = zip(*loads, strict=True)
    brought = sorted({name for names in heavy for name in names})
    return [
        Figure(
            "light", "%load_ext", median(ours), "ms", 150, f"%load_ext autoreload: {median(others):.0f} ms"
        ),
        Figure("light", "heavy modules it brings", len(brought), "", 0, ", ".join(brought) or "none"),
    ]


def free_at_once(kernel: Kernel, server: Server) -> list[Figure]:
    """Measure from running a `%%sora` cell to idle, beside a plain POST on a connection of its own."""
    cells, posts = [], []
    first = kernel.run(_cell("first", 0))[0]
    for n in range(CELLS):
        cells.append(kernel.run(_cell("free", n))[0])
        posts.append(_post(server, n))
    over = 1e3 * (median(cells) - median(posts))
    told = f"plain POST {1e3 * median(posts):.1f} ms; the kernel's first cell {1e3 * first:.0f} ms"
    return [Figure("kernel", "%%sora to idle, above the POST's round trip", over, "ms", 50, told)]


def _cell(group: str, n: int, run: float = LONG, size: int = 4000) -> str:
    return f"%%sora\n{PLAN.format(n=n, group=group, line=0.0, run=run, size=size)}"


def _post(server: Server, n: int) -> float:
    body = {"prompt": PLAN.format(n=n, group="post", line=0, run=1, size=4000)}
    with httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        began = time.perf_counter()
        client.post(f"{server.base}/models/{SORA_2}", json=body).raise_for_status()
        return time.perf_counter() - began


def beside_jobs(kernel: Kernel, _server: Server) -> list[Figure]:
    """Measure `1+1` and the main thread's ticks, idle and beside followed jobs of real length."""
    idle = kernel.sums()
    kernel.run(_TICKER)
    kernel.ticks()
    time.sleep(SMALL_CELLS * PAUSE)
    quiet = kernel.ticks()
    kernel.run(
        "import runcomfy_jupyter as rc\n"
        "from bench.plans import prompt\n"
        f"jobs = [rc.submit(prompt('beside', n)) for n in range({FOLLOWED})]"
    )
    kernel.run("_ = [job._session.watch(job.id).accepted.result() for job in jobs]")
    kernel.ticks()
    busy = kernel.sums()
    worst = kernel.ticks()
    ratio = median(busy) / median(idle)
    told = f"idle {1e3 * median(idle):.1f} ms, beside {1e3 * median(busy):.1f} ms"
    return [
        Figure("kernel", f"1+1 beside {FOLLOWED} jobs", ratio, "× idle", 1.5, told),
        Figure(
            "kernel",
            f"main thread kept waiting beside {FOLLOWED} jobs",
            worst[0],
            "ms",
            20,
            _told(worst, quiet),
        ),
    ]


def embedding(kernel: Kernel, _server: Server) -> list[Figure]:
    """Measure the main thread's ticks while a video as large as is embedded comes under its cell."""
    kernel.run(_TICKER)
    kernel.run(_cell("embedded", 0, run=4.0, size=EMBEDDED - 1))
    kernel.ticks()
    time.sleep(14)
    worst = kernel.ticks()
    time.sleep(14)
    quiet = kernel.ticks()
    what = f"main thread kept waiting while {EMBEDDED / 1e6:.0f} MB are embedded"
    return [Figure("kernel", what, worst[0], "ms", 20, _told(worst, quiet))]


def _told(busy: tuple[float, float], quiet: tuple[float, float]) -> str:
    return (
        f"idle {number(quiet[0])} ms; other processes included {number(busy[1])}, idle {number(quiet[1])} ms"
    )


def figures() -> list[Figure]:
    """Measure in kernels of their own."""
    found: list[Figure] = []
    loads: list[tuple[float, float, list[str]]] = []
    with serving() as server:
        # The first kernel writes the byte code that an installed package has.
        with home_folder() as home, running_kernel(server, home) as kernel:
            load(kernel)
            kernel.run(_cell("compiled", 0))
        for measure in (free_at_once, beside_jobs, embedding):
            with home_folder() as home, running_kernel(server, home) as kernel:
                loads.append(load(kernel))
                found += measure(kernel, server)
        for _ in range(MORE_LOADS):
            with home_folder() as home, running_kernel(server, home) as kernel:
                loads.append(load(kernel))
    return [*found, *loading(loads)]


if __name__ == "__main__":
    report("In a kernel", figures())
