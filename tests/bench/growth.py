"""A ledger of 100,000 jobs beside one of 100: the list, a submission, taking up 100 unfinished jobs.

python -m bench.growth
"""

from __future__ import annotations

import contextlib
import io
import itertools
import shutil
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench import ledgers
from bench.plans import past_runs, prompt
from bench.server import WAITING
from bench.stage import Figure, Server, begin, home_folder, median, report, result, serving, tell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZES = (100, 100_000)
UNFINISHED = 100
ROUNDS = 9
TURNS = 3


def one() -> None:
    """Measure in this process, on the ledger of its home."""
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - only here

    import runcomfy_jupyter as rc  # noqa: PLC0415 - only here
    from runcomfy_jupyter._session.process import session  # noqa: PLC0415 - only here

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "runcomfy_jupyter")
    session().options.max_in_flight = 1000
    count = itertools.count()
    tell(
        jobs=_median(lambda: shell.run_line_magic("sora", "jobs")),
        submission=_median(lambda: rc.submit(prompt("look-up", next(count)))),
        resume=_timed(lambda: [job.follow() for job in session().unfinished()]),
    )


def _median(act: Callable[[], object]) -> float:
    return median([_timed(act) for _ in range(ROUNDS)][1:])


def _timed(act: Callable[[], object]) -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.perf_counter()
        act()
        return 1e3 * (time.perf_counter() - began)


def figures() -> list[Figure]:
    """Measure a small and a large ledger in turn, each time as it was written."""
    found: dict[int, list[dict[str, float]]] = {size: [] for size in SIZES}
    with serving() as server, ExitStack() as stack:
        homes = {size: stack.enter_context(home_folder()) for size in SIZES}
        for size, home in homes.items():
            ledgers.write(home, server.base, past_runs(size), [f"{WAITING}{n}" for n in range(UNFINISHED)])
        for _ in range(TURNS):
            for size, home in homes.items():
                found[size].append(_measure(server, home))
    acts = {
        "jobs": "%sora jobs",
        "submission": "a submission, look-up and record",
        "resume": f"taking up {UNFINISHED} unfinished jobs",
    }
    return [
        _figure(what, *(median(turn[act] for turn in found[size]) for size in SIZES))
        for act, what in acts.items()
    ]


def _figure(what: str, small: float, large: float) -> Figure:
    beside = f"{SIZES[0]} jobs: {small:.1f} ms; {SIZES[1]:,}: {large:.1f} ms"
    what = f"{what}, {SIZES[1]:,} jobs instead of {SIZES[0]}"
    return Figure("growth", what, large - small, "ms more", 50, beside)


def _measure(server: Server, written: Path) -> dict[str, float]:
    with home_folder() as home:
        shutil.copytree(written, home, dirs_exist_ok=True)
        process = begin("bench.growth", "one", variables=server.variables(home), folder=home)
        return {name: float(value) for name, value in result(process).items()}


if __name__ == "__main__":
    if sys.argv[1:]:
        one()
    else:
        report("Growth", figures())
