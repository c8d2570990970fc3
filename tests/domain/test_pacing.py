from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.pacing import LONGEST, OUTPUT, SHORTEST, gap_for_output, gap_in_trouble

CHANCES = st.floats(0.0, 1.0, exclude_max=True)
FAILURES = st.integers(1, 10**6)


def test_an_output_is_asked_for_at_a_steady_pace() -> None:
    """It may come at any moment; many jobs do not ask in step, for chance moves each gap by a tenth."""
    assert gap_for_output(0.5) == OUTPUT
    assert gap_for_output(0.0) == pytest.approx(0.9 * OUTPUT)
    assert gap_for_output(math.nextafter(1.0, 0.0)) == pytest.approx(1.1 * OUTPUT)


@given(failures=FAILURES, chance=CHANCES)
def test_trouble_has_a_ceiling(failures: int, chance: float) -> None:
    """However often the service did not answer, it is asked again within fifteen seconds."""
    assert SHORTEST <= gap_in_trouble(failures, chance) <= LONGEST


def test_trouble_doubles_the_gap() -> None:
    """Each unanswered question in a row doubles the pause, up to a quarter of a minute."""
    pauses = [gap_in_trouble(failures, 0.5) for failures in range(1, 8)]
    assert pauses == pytest.approx([1.0, 2.0, 4.0, 8.0, *[LONGEST / 1.1] * 3])


@given(failures=FAILURES, chance=CHANCES, asked=st.floats(0.0, 300.0))
def test_what_the_service_asks_for_is_honoured(failures: int, chance: float, asked: float) -> None:
    """The pause is at least the asked-for one, and no longer than either reason for it."""
    pause = gap_in_trouble(failures, chance, asked)
    assert pause == max(asked, gap_in_trouble(failures, chance))


@given(failures=FAILURES, chance=CHANCES, asked=st.floats(300.0, allow_nan=False))
def test_five_minutes_are_believed_and_no_more(failures: int, chance: float, asked: float) -> None:
    """A service that asks for a day, or for ever, is asked again after five minutes."""
    assert gap_in_trouble(failures, chance, asked) == 300.0
