"""When to ask the service again.

A question costs the service and this machine something, and a late one costs the user waiting
time: `PRICE` says how many seconds of lateness a question is worth. Questions g seconds apart
are 1/g a second, and notice an end g/2 seconds late on the average; where a job that has run for
t seconds ends within the next one with the chance h (the hazard), `PRICE`/g + h·g/2 is least for
g = √(2·`PRICE`/h). So a job is asked after rarely while it cannot be ready, often where most
end, and ever more rarely once it is late. What h is, the user's finished jobs of the same model
and length tell: each is spread into a log-logistic, and a prior of the weight of one job is mixed
in. Far beyond all of them the hazard of that mixture falls like 1/t and the gap grows like √t, so
that neither a wrong prior nor a service ten times slower than ever is hammered, or forgotten.
While a job waits in line only its start can be noticed, which is worth less; its hazard comes from
how the line moves, or else from how long the job has waited: it may well wait that long again.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHORTEST = 0.5
LONGEST = 15.0
SPREAD = 0.1
# Seconds between questions for what a finished request lacks yet: its output.
OUTPUT = 2.0
# Seconds of lateness that a question is worth. For videos of 80 s: 36 questions, and 0.6 s.
PRICE = 0.0195
# What noticing a start is worth beside noticing an end.
START = 0.007
# Only the newest jobs count: a service changes.
LATEST = 50

# Chance keeps many jobs from asking in step; within it the bounds hold.
_BOUNDS = SHORTEST / (1 - SPREAD), LONGEST / (1 + SPREAD)
# Before there are jobs to learn from (weight, median in seconds, width): most videos take a minute
# or two, a refusal or the sandbox's clip a second or two, a picture some more, and some models
# anything at all.
_PRIOR = ((0.86, 72.0, 0.31), (0.03, 1.6, 0.5), (0.04, 7.0, 0.6), (0.07, 200.0, 1.5))
# The relative spread of a single job's length, and the least that is believed of any number.
_UNSURE, _SUREST = 0.35, 0.05
# From the standard deviation of logarithms to the width of the log-logistics that smooth them.
_SMOOTHING = 0.4
# The ages, in seconds, between which gaps are looked up: half a second to three hours, by a tenth.
_AGES = tuple(SHORTEST * 1.1**step for step in range(106))


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to ask after the jobs of one model and length. Make it by `Pace.of`.

    `parts`: the mixture of log-logistics (weight, logarithm of the median, width); `due`: how many
    questions should have been asked of a job that has run for each of the ages of the table.
    """

    parts: tuple[tuple[float, float, float], ...]
    due: tuple[float, ...]

    @classmethod
    def of(cls, durations: Iterable[float] = ()) -> Pace:
        """Return the pace for a model of which finished jobs ran for so many seconds, newest first.

        A job that was never seen to run counts from its acceptance.
        """
        logs = [math.log(max(run, 0.1)) for run in durations if math.isfinite(run)][:LATEST]
        parts = _mixture(logs)
        return cls(parts, _due(parts))

    def running(self, age: float) -> float:
        """Return the seconds until the next question about a job that has run for `age` seconds."""
        # Not the gap of this age alone: a long one leads into the time when jobs end, not past it.
        then = _between(self.due, _AGES, _between(_AGES, self.due, age) + 1)
        return _bound(then - age)

    def waiting(self, left: float) -> float:
        """Return the seconds until the next question about a job that starts in about `left` seconds."""
        gap = _rare(START / max(left, SHORTEST / 2), 1.0)
        # The start is worth more where a run can be over before the next question.
        _, lasts = _ends(self.parts, gap)
        return _rare((START + (1 - START) * (1 - lasts)) / max(left, SHORTEST / 2), 1.0)


@dataclass(slots=True)
class Rhythm:
    """The questions about one job: told every answer, it says when to ask next.

    Times are seconds since the job was accepted; `began` is when it began to run, once that is known.
    """

    pace: Pace
    began: float | None = None
    _in_line: float = 0.0
    _place: int | None = None
    _first: tuple[float, int] | None = None
    _last: tuple[float, int] | None = None

    def hear(self, waited: float, *, runs: bool, place: int | None = None) -> None:
        """Take in an answer: whether the job runs, else its place in line if the service said."""
        if runs:
            # It began somewhere between the last answer that it waits and this one.
            self.began = (self._in_line + waited) / 2 if self.began is None else self.began
            return
        self.began, self._in_line, self._place = None, waited, place
        if place is None or self._last is None or place > self._last[1]:
            self._first = self._last = None if place is None else (waited, place)
        elif place < self._last[1]:
            self._last = waited, place

    def gap(self, waited: float, chance: float) -> float:
        """Return the seconds until the next question; `chance`: a random number in [0, 1)."""
        if self.began is not None:
            return _spread(self.pace.running(waited - self.began), chance)
        queued = self.pace.waiting(self._left(waited))
        # Without a place in line it may have begun unseen: not every service says so.
        return _spread(queued if self._place else min(queued, self.pace.running(waited)), chance)

    def _left(self, waited: float) -> float:
        """Return the seconds until the job starts, as far as the line tells."""
        if self._first is None or self._last is None or self._first[1] == self._last[1]:
            return waited
        (began, places), (moved, place) = self._first, self._last
        each = (moved - began) / (places - place)
        return max(place * each - (waited - moved), each / 4)


def gap_for_output(chance: float) -> float:
    """Return the seconds until a finished request's output is asked for again."""
    return _spread(OUTPUT, chance)


def gap_in_trouble(failures: int, chance: float, retry_after: float | None = None) -> float:
    """Return the seconds to the next question after `failures` unanswered ones in a row.

    What the service asked for by `Retry-After` is the least; five minutes of it are believed.
    """
    doubled = _bound(SHORTEST * 2 ** min(failures, 10))
    asked = min(retry_after or 0.0, 300.0)
    return max(asked, _spread(doubled, chance))


def _mixture(logs: Sequence[float]) -> tuple[tuple[float, float, float], ...]:
    """Return the log-logistics that stand for the logarithms of durations, and for the prior."""
    share = 1 / (len(logs) + 1)
    prior = tuple((weight * share, math.log(median), width) for weight, median, width in _PRIOR)
    if not logs:
        return prior
    middle = sum(logs) / len(logs)
    deviation = math.sqrt((_UNSURE**2 + sum((log - middle) ** 2 for log in logs)) / len(logs))
    width = max(_SUREST, _SMOOTHING * deviation * len(logs) ** -0.2)
    return (*((share, log, width) for log in logs), *prior)


@lru_cache(maxsize=16)
def _due(parts: tuple[tuple[float, float, float], ...]) -> tuple[float, ...]:
    """Return how many questions the gaps add up to until each age. Jobs sent together share one answer."""
    density = [1 / _rare(*_ends(parts, age)) for age in _AGES]
    steps = (
        (later - age) * (before + after) / 2
        for (age, later), (before, after) in zip(pairwise(_AGES), pairwise(density), strict=True)
    )
    return tuple(accumulate(steps, initial=0.0))


def _ends(parts: Iterable[tuple[float, float, float]], age: float) -> tuple[float, float]:
    """Return how likely a job ends in the next second of this age, and that it lasts until then."""
    log, ends, lasts = math.log(age), 0.0, 0.0
    for weight, middle, width in parts:
        part = 1 / (1 + math.exp((log - middle) / width))
        lasts += weight * part
        ends += weight * part * (1 - part) / width
    return ends / age, lasts


def _rare(ends: float, lasts: float) -> float:
    """Return the gap that a hazard of `ends` out of `lasts` asks for, in seconds."""
    return _bound(math.sqrt(2 * PRICE * lasts / ends))


def _between(here: Sequence[float], there: Sequence[float], value: float) -> float:
    """Return what stands opposite a value: straight lines between two rising columns, and beyond."""
    upper = min(max(bisect_right(here, value), 1), len(here) - 1)
    slope = (there[upper] - there[upper - 1]) / (here[upper] - here[upper - 1])
    return there[upper - 1] + slope * (value - here[upper - 1])


def _bound(seconds: float) -> float:
    return min(max(seconds, _BOUNDS[0]), _BOUNDS[1])


def _spread(seconds: float, chance: float) -> float:
    return seconds * (1 + SPREAD * (2 * chance - 1))
