"""What the pacing is for, in small: questions and lateness of some hundred jobs, in virtual time."""

from __future__ import annotations

import pytest

from bench.simulate import KINDS, SLOWER, USUAL, Kind, bound, fixed, paced

JOBS = 1000
BY_NAME = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_history_few_questions_see_the_end_at_once(seed: int) -> None:
    """Videos of 80 s cost 38 questions at most, and are seen within 0.6 s at the median."""
    cost = paced(USUAL, learnt=True, jobs=JOBS, seed=seed)
    assert cost.questions <= 38
    assert cost.median <= 0.6
    assert cost.p90 <= 1.5


@pytest.mark.parametrize("seed", [1, 2])
def test_without_a_history_the_prior_does_nearly_as_well(seed: int) -> None:
    """The first video of all costs 45 questions at most, and is seen within 0.85 s at the median."""
    cost = paced(USUAL, learnt=False, jobs=JOBS, seed=seed)
    assert cost.questions <= 45
    assert cost.median <= 0.85


def test_a_history_is_nearly_as_good_as_perfect_knowledge() -> None:
    """Past jobs come, questions and lateness together, within a quarter of what their distribution allows."""
    learnt, ideal = paced(USUAL, learnt=True, jobs=JOBS), bound(USUAL, jobs=JOBS)
    assert learnt.questions * learnt.median <= 1.25 * ideal.questions * ideal.median


@BY_NAME
def test_no_service_is_hammered_or_forgotten(kind: Kind) -> None:
    """However wrong the past, there is about a question a second at most, and no end is seen very late."""
    cost = paced(kind, learnt=True, jobs=JOBS // 4)
    assert cost.questions <= 2 + fixed(kind, 1.0, jobs=JOBS // 4).questions
    assert cost.p90 <= 13.0


def test_a_service_ten_times_slower_than_ever_is_asked_less_and_less() -> None:
    """It costs fewer questions than one every two seconds, and is seen within a hundredth of its length."""
    cost = paced(SLOWER, learnt=True, jobs=200)
    assert cost.questions <= 0.75 * fixed(SLOWER, 2.0, jobs=200).questions
    assert cost.p90 <= 8.0
