"""How long the measured jobs take: the same for every client, job by job."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

from bench.server import PLAN

LINE_MEDIAN, LINE_SIGMA = 10.0, 0.5
RUN_MEDIAN, RUN_SIGMA = 70.0, 0.3


def lengths(n: int, scale: float = 1.0, seed: int = 1) -> tuple[float, float]:
    """Return the seconds that job `n` waits in line, and works: about 80 in all."""
    chance = random.Random(f"{seed}:{n}")  # noqa: S311 - a measurement
    line = LINE_MEDIAN * chance.lognormvariate(0.0, LINE_SIGMA)
    run = RUN_MEDIAN * chance.lognormvariate(0.0, RUN_SIGMA)
    return line * scale, run * scale


def prompt(group: str, n: int, scale: float = 1.0, size: int = 4000) -> str:
    """Return the prompt whose job takes its own length, and yields so many bytes."""
    line, run = lengths(n, scale)
    return PLAN.format(n=n, group=group, line=line, run=run, size=size)


def past_runs(number: int, scale: float = 1.0) -> list[float]:
    """Return how long jobs of earlier days worked: a sample as typical as can be, without luck."""
    normal = NormalDist()
    places = (normal.inv_cdf((n + 0.5) / number) for n in range(number))
    return [RUN_MEDIAN * math.exp(RUN_SIGMA * place) * scale for place in places]
