"""Gaps by their definition: the square root of twice the price over the hazard."""

from __future__ import annotations

import math

import pytest

from runcomfy_jupyter._domain.pacing import (
    LATEST,
    LONGEST,
    PRICE,
    SHORTEST,
    START,
    Pace,
    Rhythm,
    gap_in_trouble,
)

VIDEOS = (52.0, 61.0, 66.0, 70.0, 75.0, 84.0, 98.0)
LOWEST, HIGHEST = SHORTEST / 0.9, LONGEST / 1.1


def lasts(pace: Pace, age: float) -> float:
    """Return how likely a job runs longer than `age`, by the mixture's definition."""
    return sum(
        weight / (1 + math.exp((math.log(age) - middle) / width)) for weight, middle, width in pace.parts
    )


def bounded(gap: float) -> float:
    """Return a gap within the bounds that leave room for chance."""
    return min(max(gap, LOWEST), HIGHEST)


@pytest.mark.parametrize("age", [300.0, 600.0, 900.0])
def test_a_late_job_is_asked_after_as_its_hazard_says(age: float) -> None:
    """Where the hazard changes slowly, the look ahead changes little."""
    pace, step = Pace.of(VIDEOS), 0.5
    hazard = (lasts(pace, age - step) - lasts(pace, age + step)) / (2 * step) / lasts(pace, age)
    assert pace.running(age) == pytest.approx(math.sqrt(2 * PRICE / hazard), rel=0.05)


@pytest.mark.parametrize("durations", [VIDEOS, [1.0] * LATEST, [3000.0] * LATEST, ()])
@pytest.mark.parametrize("left", [0.5, 3.0, 10.0, 1000.0])
def test_a_start_is_worth_a_part_of_the_price_and_an_end_all_of_it(
    durations: list[float], left: float
) -> None:
    """The hazard of a start is one over the time that is left."""
    pace = Pace.of(durations)
    gap = bounded(math.sqrt(2 * PRICE * left / START))
    worth = START + (1 - START) * (1 - lasts(pace, gap))
    assert pace.waiting(left) == pytest.approx(bounded(math.sqrt(2 * PRICE * left / worth)), rel=1e-6)


def test_a_job_that_starts_at_once_is_asked_after_at_a_pace_that_can_be_kept() -> None:
    """Whatever the line promises."""
    pace = Pace.of(VIDEOS)
    assert LOWEST <= pace.waiting(-5.0) == pace.waiting(0.0) <= pace.waiting(0.5)


@pytest.mark.parametrize("number", [4, 40])
def test_the_more_jobs_have_differed_the_wider_each_is_spread(number: int) -> None:
    """By Scott's rule, the spread of a single job counted once."""
    logs = [math.log(40.0), math.log(160.0)] * (number // 2)
    middle = math.log(80.0)
    deviation = math.sqrt((0.35**2 + sum((log - middle) ** 2 for log in logs)) / number)
    width = Pace.of([math.exp(log) for log in logs]).parts[0][2]
    assert width == pytest.approx(0.4 * deviation * number**-0.2)
    assert width > Pace.of([80.0] * number).parts[0][2]


def test_a_first_job_is_expected_by_the_prior_alone() -> None:
    """Most videos take a minute or two: then it is asked after most often."""
    gaps = {age: Pace.of().running(age) for age in (5.0, 20.0, 70.0, 600.0)}
    assert min(gaps, key=gaps.__getitem__) == 70.0


def test_a_run_that_is_seen_at_the_first_look_began_half_way() -> None:
    """Between its acceptance and that."""
    rhythm = Rhythm(Pace.of(VIDEOS))
    rhythm.hear(10.0, runs=True)
    assert rhythm.began == 5.0


def test_a_line_is_measured_from_where_it_was_first_seen() -> None:
    """However long after the acceptance."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    for waited, place in ((20.0, 12), (30.0, 11), (110.0, 3)):
        rhythm.hear(waited, runs=False, place=place)
    assert rhythm.gap(110.0, 0.5) == pytest.approx(pace.waiting(30.0))


def test_a_line_that_is_no_longer_told_is_forgotten() -> None:
    """It counts anew where it is told again."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    for waited, place in ((0.0, 12), (10.0, 10), (20.0, None), (30.0, 9)):
        rhythm.hear(waited, runs=False, place=place)
    assert rhythm.gap(30.0, 0.5) == pytest.approx(pace.waiting(30.0))


def test_trouble_that_names_no_pause_begins_with_a_second() -> None:
    """A tenth less or more, as chance has it."""
    assert gap_in_trouble(1, 0.0) == pytest.approx(0.9)
    assert gap_in_trouble(1, 0.5, 7.0) == 7.0
    assert gap_in_trouble(1, 0.5, 1000.0) == 300.0
