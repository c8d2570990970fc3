"""The pacing in virtual time: thousands of jobs, what they cost in questions and in lateness.

`python -m bench.simulate` prints the table. Beside the package's own pacing stand fixed intervals
and the bound: what perfect knowledge of the distribution of the jobs' lengths allows.
"""

from __future__ import annotations

import random
import statistics
import sys
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from bench.table import text_table
from runcomfy_jupyter._domain.pacing import LONGEST, PRICE, SHORTEST, Pace, Rhythm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

JOBS = 3000
HISTORIES = 60
PAST_JOBS = 50
BINS = 50


@dataclass(frozen=True, slots=True)
class Length:
    """How long one job waits in line and then runs, in seconds; and how many stand before it."""

    line: float
    run: float
    places: int = 1

    @property
    def total(self) -> float:
        """Seconds from acceptance to the end."""
        return self.line + self.run


@dataclass(frozen=True, slots=True)
class Cost:
    """What following jobs cost: questions a job, and seconds from the end to the question that saw it."""

    questions: float
    median: float
    p90: float

    @classmethod
    def of(cls, questions: Sequence[int], late: Sequence[float]) -> Cost:
        """Sum up many jobs."""
        return cls(statistics.fmean(questions), statistics.median(late), statistics.quantiles(late, n=10)[-1])


@dataclass(frozen=True, slots=True)
class Kind:
    """A service and its user's past: how long jobs wait and run, and how long past ones ran."""

    name: str
    line: Callable[[random.Random], float]
    run: Callable[[random.Random], float]
    past: Callable[[random.Random], float]
    places: int = 1

    def draw(self, chance: random.Random) -> Length:
        """Return the length of one job."""
        return Length(self.line(chance), self.run(chance), self.places)


def lognormal(median: float, sigma: float) -> Callable[[random.Random], float]:
    """Return what draws from a lognormal distribution."""
    return lambda chance: median * chance.lognormvariate(0.0, sigma)


def two_speeds(chance: random.Random) -> float:
    """Return the length of a run on one of two sorts of machines."""
    return chance.choice((30.0, 150.0)) * chance.lognormvariate(0.0, 0.1)


_LINE, _RUN = lognormal(10, 0.5), lognormal(70, 0.3)
USUAL = Kind("videos of 80 s", _LINE, _RUN, _RUN)
SLOWER = Kind("ten times slower than ever", lognormal(100, 0.5), lognormal(700, 0.3), _RUN)
KINDS = (
    USUAL,
    Kind("two speeds, 30 and 150 s", _LINE, two_speeds, two_speeds),
    Kind("uniform, 20 to 140 s", _LINE, lambda c: c.uniform(20, 140), lambda c: c.uniform(20, 140)),
    Kind("constant, 80 s", lambda _: 0.0, lambda _: 80.0, lambda _: 80.0),
    Kind("a line of 5 minutes", lognormal(300, 0.5), _RUN, _RUN, places=30),
    Kind("pictures of 5 s", lognormal(1, 0.5), lognormal(4, 0.4), lognormal(4, 0.4)),
    Kind("past jobs ran 10 s", _LINE, _RUN, lognormal(10, 0.3)),
    Kind("past jobs ran 400 s", _LINE, _RUN, lognormal(400, 0.3)),
    SLOWER,
)


def follow(length: Length, pace: Pace, chance: random.Random) -> tuple[int, float]:
    """Follow one job; return the questions it took and how late its end was seen."""
    rhythm, now, asked = Rhythm(pace), 0.0, 0
    while True:
        now += rhythm.gap(now, chance.random())
        asked += 1
        if now >= length.total:
            return asked, now - length.total
        gone = now / length.line if length.line else 1.0
        place = max(1, ceil(length.places * (1 - gone))) if gone < 1 else None
        rhythm.hear(now, runs=place is None, place=place)


def paced(kind: Kind, *, learnt: bool, jobs: int = JOBS, seed: int = 1) -> Cost:
    """Follow jobs of a kind as the package does, with or without past jobs to learn from."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    paces = [
        Pace.of(kind.past(chance) for _ in range(PAST_JOBS if learnt else 0))
        for _ in range(HISTORIES if learnt else 1)
    ]
    ends = [follow(kind.draw(chance), chance.choice(paces), chance) for _ in range(jobs)]
    return Cost.of([asked for asked, _ in ends], [late for _, late in ends])


def fixed(kind: Kind, interval: float, *, jobs: int = JOBS, seed: int = 1) -> Cost:
    """Follow jobs of a kind by asking at once and then at a fixed interval, as most clients do."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    totals = [kind.draw(chance).total for _ in range(jobs)]
    asked = [ceil(total / interval) for total in totals]
    late = [n * interval - total for n, total in zip(asked, totals, strict=True)]
    return Cost.of([n + 1 for n in asked], late)


def bound(kind: Kind, *, price: float = PRICE, jobs: int = JOBS, seed: int = 1) -> Cost:
    """Follow jobs of a kind by the best times to ask, which only who knows their distribution can know.

    The hazard is the true one, from the very jobs that are followed; their state is not looked at.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation
    totals = sorted(kind.draw(chance).total for _ in range(jobs))
    times = _best_times([totals[len(totals) * n // BINS] for n in range(BINS)] + totals[-1:], price)
    found = [bisect_left(times, total) for total in totals]
    return Cost.of([n + 1 for n in found], [times[n] - t for n, t in zip(found, totals, strict=True)])


def _best_times(quantiles: Sequence[float], price: float) -> list[float]:
    """Return when to ask, of a job as likely to end between any two quantiles as between any others."""
    times, due = [quantiles[0]], 0.0
    left = len(quantiles) - 1
    for begin, end in pairwise(quantiles):
        hazard = 1 / (left * max(end - begin, 1e-3))
        gap = min(max((2 * price / hazard) ** 0.5, SHORTEST), LONGEST)
        now = begin + (1 - due) * gap
        while now < end:
            times.append(now)
            now += gap
        due = 1 - (now - end) / gap
        left -= 1
    return [*times, quantiles[-1]]


def rows(kinds: Iterable[Kind] = KINDS, jobs: int = JOBS) -> list[list[str]]:
    """Return the table: a line for each kind, and in it questions, median and p90 lateness of each way."""
    table = []
    for kind in kinds:
        ways = [
            *(fixed(kind, interval, jobs=jobs) for interval in (1.0, 2.0, 5.0)),
            paced(kind, learnt=False, jobs=jobs),
            paced(kind, learnt=True, jobs=jobs),
            bound(kind, jobs=jobs),
        ]
        table.append([kind.name, *(f"{w.questions:.0f} · {w.median:.2f} · {w.p90:.1f}" for w in ways)])
    return table


def curves() -> dict[str, list[Cost]]:
    """Return what videos of 80 s cost, asked at fixed intervals, at the best times, and by the package."""
    return {
        "fixed": [fixed(USUAL, interval) for interval in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0)],
        "bound": [bound(USUAL, price=PRICE * part) for part in (0.25, 0.5, 1.0, 2.0, 4.0)],
        "ours": [paced(USUAL, learnt=learnt) for learnt in (False, True)],
    }


HEADER = [
    "questions · median s · p90 s",
    "every 1 s",
    "every 2 s",
    "every 5 s",
    "no past",
    f"{PAST_JOBS} past jobs",
    "bound",
]


def main() -> None:
    """Print the table."""
    sys.stdout.write(f"{JOBS} jobs of each kind, in virtual time\n\n{text_table(HEADER, rows())}\n")


if __name__ == "__main__":
    main()
