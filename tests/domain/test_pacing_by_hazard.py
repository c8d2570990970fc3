from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.pacing import LATEST, LONGEST, PRICE, SHORTEST, Pace, Rhythm

MIDDLE = 0.5
CHANCES = st.floats(0.0, 1.0, exclude_max=True)
SECONDS = st.floats(-(10.0**6), 10.0**9)
DURATIONS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30)
VIDEOS = (52.0, 61.0, 66.0, 70.0, 75.0, 84.0, 98.0)
PLACES = st.none() | st.integers(0, 10**6)


@given(durations=DURATIONS, chance=CHANCES, heard=st.lists(st.tuples(SECONDS, st.booleans(), PLACES)))
def test_a_gap_keeps_its_bounds_whatever_is_heard(
    durations: list[float], chance: float, heard: list[tuple[float, bool, int | None]]
) -> None:
    """No history, no answer and no jump of a clock brings two questions within half a second, or 15 apart."""
    rhythm = Rhythm(Pace.of(durations))
    for waited, runs, place in [*heard, (0.0, False, None)]:
        assert SHORTEST * 0.999 <= rhythm.gap(waited, chance) <= LONGEST * 1.001
        rhythm.hear(waited, runs=runs, place=place)


@given(age=st.floats(0.0, 10.0**5), began=st.none() | st.just(0.0))
def test_chance_moves_a_gap_by_a_tenth(age: float, began: float | None) -> None:
    """Many jobs do not ask in step: each gap is spread by a tenth to either side."""
    rhythm = Rhythm(Pace.of(VIDEOS), began)
    middle = rhythm.gap(age, MIDDLE)
    assert rhythm.gap(age, 0.0) == pytest.approx(0.9 * middle)
    assert rhythm.gap(age, math.nextafter(1.0, 0.0)) == pytest.approx(1.1 * middle)


def test_questions_are_rare_before_jobs_end_frequent_while_they_do_and_rare_again() -> None:
    """The gap follows the lengths of the user's own jobs, and grows with the time that one is late."""
    gaps = [Pace.of(VIDEOS).running(age) for age in (5.0, 70.0, 300.0, 3000.0)]
    assert gaps[0] > 4 * gaps[1]
    assert gaps[1] < 1.5
    assert gaps[1] < gaps[2] < gaps[3]


def test_a_long_gap_leads_into_the_time_at_which_jobs_end() -> None:
    """A gap looks ahead: it is shorter than the hazard of its beginning alone would have it."""
    assert 54.0 + Pace.of([80.0] * LATEST).running(54.0) < 62.0


def test_jobs_that_never_differed_may_differ_yet() -> None:
    """The lengths of past jobs are believed to a twentieth at best."""
    assert min(width for _, _, width in Pace.of([80.0] * LATEST).parts) == 0.05


def test_a_gap_is_what_its_price_is_worth() -> None:
    """Where the hazard hardly changes, the gap is the square root of twice the price over it."""
    age, step = 3000.0, 0.5
    pace = Pace.of(VIDEOS)
    hazard = (_lasts(pace, age - step) - _lasts(pace, age + step)) / (2 * step) / _lasts(pace, age)
    assert pace.running(age) == pytest.approx(min(math.sqrt(2 * PRICE / hazard), LONGEST / 1.1), rel=0.02)
    assert pace.running(600.0) < LONGEST / 1.1


def _lasts(pace: Pace, age: float) -> float:
    """Return how likely a job runs longer than `age`, by the mixture's definition."""
    return sum(
        weight / (1 + math.exp((math.log(age) - middle) / width)) for weight, middle, width in pace.parts
    )


@given(durations=st.lists(st.floats(0.5, 3000.0), max_size=LATEST))
def test_the_mixture_is_a_distribution(durations: list[float]) -> None:
    """Past jobs count alike, the prior counts as one of them, and all add up to one."""
    parts = Pace.of(durations).parts
    assert math.fsum(weight for weight, _, _ in parts) == pytest.approx(1.0)
    assert [weight for weight, _, _ in parts[: len(durations)]] == pytest.approx(
        [1 / (len(durations) + 1)] * len(durations)
    )


def test_only_the_newest_jobs_count() -> None:
    """A service that has changed is learnt anew: what lies further back is forgotten."""
    new = [40.0 + n for n in range(LATEST)]
    assert Pace.of([*new, 400.0, 900.0]) == Pace.of(new)


def test_durations_that_are_none_are_left_out() -> None:
    """A clock that was set in between leaves no trace."""
    assert Pace.of([math.nan, 70.0, math.inf]) == Pace.of([70.0])


def test_a_queued_job_is_asked_after_the_more_rarely_the_longer_it_waits() -> None:
    """Only its start can be noticed, and a job that has waited for long may well wait as long again."""
    rhythm, gaps = Rhythm(Pace.of(VIDEOS)), []
    for waited in (0.0, 5.0, 20.0, 60.0):
        rhythm.hear(waited, runs=False, place=1)
        gaps.append(rhythm.gap(waited, MIDDLE))
    assert gaps == sorted(gaps)
    assert gaps[0] < 1.5
    assert gaps[-1] > 10.0


def test_a_line_that_moves_tells_when_a_job_starts() -> None:
    """The nearer the front of a line that has moved, the sooner the next question."""
    rhythm = Rhythm(Pace.of(VIDEOS))
    for waited, place in ((0.0, 12), (10.0, 11), (20.0, 10), (90.0, 3)):
        rhythm.hear(waited, runs=False, place=place)
    near = rhythm.gap(90.0, MIDDLE)
    still = Rhythm(Pace.of(VIDEOS))
    still.hear(90.0, runs=False, place=3)
    assert near < 0.8 * still.gap(90.0, MIDDLE)
    assert near == pytest.approx(Pace.of(VIDEOS).waiting(30.0))


def test_a_line_that_stands_still_counts_for_the_moves_it_owes() -> None:
    """The start comes nearer while a place lasts, but never nearer than a quarter of one."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    for waited, place in ((0.0, 3), (20.0, 1), (30.0, 1)):
        rhythm.hear(waited, runs=False, place=place)
    assert rhythm.gap(25.0, MIDDLE) == pytest.approx(pace.waiting(5.0))
    assert rhythm.gap(60.0, MIDDLE) == pytest.approx(pace.waiting(2.5))


def test_a_job_that_is_put_back_in_line_starts_its_measure_anew() -> None:
    """A place further back says nothing of how fast the line moves."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    for waited, place in ((0.0, 5), (10.0, 4), (20.0, 9)):
        rhythm.hear(waited, runs=False, place=place)
    assert rhythm.gap(20.0, MIDDLE) == pytest.approx(pace.waiting(20.0))


def test_a_job_that_waits_again_after_having_run_is_queued() -> None:
    """A service that puts a running job back in line is believed; the run counts from its new start."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    rhythm.hear(10.0, runs=True)
    rhythm.hear(50.0, runs=False, place=2)
    assert rhythm.gap(50.0, MIDDLE) == pytest.approx(pace.waiting(50.0))
    rhythm.hear(60.0, runs=True)
    assert rhythm.began == 55.0


def test_a_run_begins_between_two_answers() -> None:
    """The start is taken to lie half-way between the last answer "it waits" and the first "it runs"."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    rhythm.hear(8.0, runs=False, place=1)
    rhythm.hear(14.0, runs=True)
    rhythm.hear(20.0, runs=True)
    assert rhythm.began == 11.0
    assert rhythm.gap(30.0, MIDDLE) == pytest.approx(pace.running(19.0))


def test_a_start_that_is_known_is_kept() -> None:
    """A job that is taken up again goes on where it stood."""
    rhythm = Rhythm(Pace.of(VIDEOS), began=20.0)
    rhythm.hear(90.0, runs=True)
    assert rhythm.gap(90.0, MIDDLE) == pytest.approx(Pace.of(VIDEOS).running(70.0))


def test_without_a_place_in_line_a_job_may_have_begun_unseen() -> None:
    """A service that never says that a job runs is asked as if it did."""
    rhythm, pace = Rhythm(Pace.of(VIDEOS)), Pace.of(VIDEOS)
    rhythm.hear(70.0, runs=False)
    assert rhythm.gap(70.0, MIDDLE) == pytest.approx(pace.running(70.0))
    assert pace.running(70.0) < pace.waiting(70.0)


def test_where_jobs_are_over_in_no_time_their_start_is_worth_as_much_as_their_end() -> None:
    """Models that take a second are asked after more often in line than those that take a minute."""
    assert Pace.of([1.0] * LATEST).waiting(10.0) < 0.4 * Pace.of(VIDEOS).waiting(10.0)
