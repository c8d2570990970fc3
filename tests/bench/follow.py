"""Following jobs of real length: questions, lateness and CPU, beside plain httpx loops in the same minutes.

python -m bench.follow          the figures of 1, 20 and 200 jobs: about four minutes
python -m bench.follow growth   1,000 jobs beside 20: about four minutes
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from statistics import fmean
from typing import TYPE_CHECKING, Any

from bench import ledgers
from bench.plans import past_runs
from bench.stage import Figure, Server, begin, home_folder, median, quantile, report, result, serving

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

PAST = 50
COUNTS = (1, 20, 200)
MANY = 1000
COPIES = 5
FIXED = 60
SECONDS = 400.0


@dataclass(slots=True)
class Run:
    """One client with its jobs. `words`: its command line after the group."""

    name: str
    jobs: int
    who: str = "ours"
    interval: float | None = None
    learnt: bool = True
    used: dict[str, Any] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)

    def begin(self, server: Server, stack: ExitStack, scale: float) -> subprocess.Popen[str]:
        """Start the client in a process and a home of its own."""
        home = stack.enter_context(home_folder())
        if self.who == "ours" and self.learnt:
            ledgers.write(home, server.base, past_runs(PAST, scale))
        more = [] if self.interval is None else [self.interval]
        words = (self.who, self.jobs, self.name, scale, *more)
        return begin("bench.client", *words, variables=server.variables(home), folder=home)

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU a job."""
        return float(self.used["cpu_ms_per_job"])

    @property
    def questions(self) -> float:
        """Questions a job."""
        return fmean(job["questions"] for job in self.seen)

    @property
    def late(self) -> list[float]:
        """Seconds from each job's end to the answer that told it."""
        return [job["noticed"] - job["ended"] for job in self.seen if job["noticed"] is not None]


def together(runs: Sequence[Run], scale: float = 1.0) -> None:
    """Run clients at the same time against one server; they wait for most of it."""
    with serving() as server, ExitStack() as stack:
        processes = [run.begin(server, stack, scale) for run in runs]
        for run, process in zip(runs, processes, strict=True):
            run.used = result(process, SECONDS)
            run.seen = server.figures(run.name)["jobs"]
            if run.used["failed"]:
                raise RuntimeError(f"{run.used['failed']} jobs of {run.name} failed")


def figures(scale: float = 1.0) -> list[Figure]:
    """Measure 1, 20 and 200 jobs, with and without past jobs to learn from."""
    ours = {jobs: _copies(jobs) for jobs in COUNTS}
    loops = {jobs: _copies(jobs, "loop", 2.0) for jobs in COUNTS}
    learnt, new = ours[COUNTS[-1]][0], Run("new", COUNTS[-1], learnt=False)
    fixed = [Run(f"every-{interval:g}", FIXED, "loop", interval) for interval in (1.0, 2.0)]
    together([new, *fixed, *chain(*ours.values(), *loops.values())], scale)
    beside = "; ".join(
        f"every {run.interval:g} s: {run.questions:.1f} and {median(run.late):.2f} s" for run in fixed
    )
    found: list[Figure] = []
    for run, what, questions, late in ((learnt, f"{PAST} past jobs", 38, 0.6), (new, "no past", 45, 0.85)):
        found += [
            Figure("pacing", f"questions a job of 80 s, {what}", run.questions, "", questions, beside),
            Figure("pacing", f"median lateness, {what}", median(run.late), "s", late, beside),
            Figure("pacing", f"90 % are seen within, {what}", quantile(run.late, 0.9), "s"),
        ]
    for jobs in COUNTS:
        mine, plain = (median(run.cpu for run in runs[jobs]) for runs in (ours, loops))
        told = f"httpx loop of 2 s: {plain:.0f} ms; ours: {mine:.0f} ms a job"
        found.append(Figure("light", f"CPU to follow {_jobs(jobs)}", mine / plain, "× the loop", 1.0, told))
    return found


def _copies(jobs: int, who: str = "ours", interval: float | None = None) -> list[Run]:
    """Return one run; of a single job several, of which the median counts."""
    copies = COPIES if jobs == 1 else 1
    return [Run(f"{who}-{jobs}-{copy}", jobs, who, interval) for copy in range(copies)]


def growth(scale: float = 1.0) -> list[Figure]:
    """Measure how the CPU of a job grows with the number of jobs that one kernel follows."""
    few, many = Run("few", COUNTS[1]), Run("many", MANY)
    together([few, many], scale)
    told = f"{COUNTS[1]} jobs: {few.cpu:.0f} ms a job; {MANY}: {many.cpu:.0f} ms"
    return [
        Figure("growth", f"CPU a job, {MANY} jobs", many.cpu / few.cpu, f"× that at {COUNTS[1]}", 1.3, told),
        Figure("growth", f"median lateness, {MANY} jobs", median(many.late), "s", None, _lateness(few)),
    ]


def _lateness(run: Run) -> str:
    return f"{_jobs(run.jobs)}: {median(run.late):.2f} s"


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"


def main(words: list[str]) -> None:
    """Measure, and print; a number is a scale for all lengths, to try the thing out."""
    scale = next((float(word) for word in words if word != "growth"), 1.0)
    measure = growth if "growth" in words else figures
    report("Following", measure(scale))


if __name__ == "__main__":
    main(sys.argv[1:])
