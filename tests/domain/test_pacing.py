from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.pacing import gap, gap_in_trouble

CHANCES = st.floats(0.0, 1.0, exclude_max=True)
WAITED = st.floats(-(10.0**6), 10.0**9)
FAILURES = st.integers(1, 10**6)


@given(waited=WAITED, chance=CHANCES)
def test_a_gap_is_never_hasty_and_never_long(waited: float, chance: float) -> None:
    """However long a job has run, and were the clock to jump back, about half a second to two lie between."""
    assert 0.45 <= gap(waited, chance) <= 2.2


@given(waited=st.floats(0.0, 10.0**6), more=st.floats(0.0, 10.0**6), chance=CHANCES)
def test_the_gap_does_not_shrink_with_time(waited: float, more: float, chance: float) -> None:
    """The longer a job has run, the rarer it is asked after."""
    assert gap(waited, chance) <= gap(waited + more, chance)


def test_the_gap_begins_short_and_grows() -> None:
    """A job just accepted is asked after soon, a long one every two seconds."""
    assert gap(0.0, 0.5) == pytest.approx(0.5)
    assert gap(10.0, 0.5) == pytest.approx(1.0)
    assert gap(60.0, 0.5) == pytest.approx(2.0)


@given(waited=WAITED)
def test_many_jobs_do_not_ask_in_step(waited: float) -> None:
    """Chance moves a gap by a tenth to either side."""
    middle = gap(waited, 0.5)
    assert gap(waited, 0.0) == pytest.approx(0.9 * middle)
    assert gap(waited, math.nextafter(1.0, 0.0)) == pytest.approx(1.1 * middle)


@given(failures=FAILURES, chance=CHANCES)
def test_trouble_has_a_ceiling(failures: int, chance: float) -> None:
    """However often the service did not answer, it is asked again within 16.5 seconds."""
    assert 0.45 <= gap_in_trouble(failures, chance) <= 16.5


def test_trouble_doubles_the_gap() -> None:
    """Each unanswered question in a row doubles the pause, up to a quarter of a minute."""
    pauses = [gap_in_trouble(failures, 0.5) for failures in range(1, 8)]
    assert pauses == pytest.approx([1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0])


@given(failures=FAILURES, chance=CHANCES, asked=st.floats(0.0, 300.0))
def test_what_the_service_asks_for_is_honoured(failures: int, chance: float, asked: float) -> None:
    """The pause is at least the asked-for one, and no longer than either reason for it."""
    pause = gap_in_trouble(failures, chance, asked)
    assert pause == max(asked, gap_in_trouble(failures, chance))


@given(failures=FAILURES, chance=CHANCES, asked=st.floats(300.0, allow_nan=False))
def test_five_minutes_are_believed_and_no_more(failures: int, chance: float, asked: float) -> None:
    """A service that asks for a day, or for ever, is asked again after five minutes."""
    assert gap_in_trouble(failures, chance, asked) == 300.0
