from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0:00"), (5.9, "0:05"), (70, "1:10"), (3599, "59:59"), (3600, "1:00:00"), (3723, "1:02:03")],
)
def test_elapsed_time_reads_like_a_clock(seconds: float, said: str) -> None:
    """Minutes and seconds, hours where there are any, never less than nothing."""
    assert words.clock_time(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0 s"),
        (4.4, "4 s"),
        (59.6, "1 min"),
        (72, "1 min 12 s"),
        (3599.7, "1 h"),
        (3660, "1 h 1 min"),
        (7380, "2 h 3 min"),
        (7230, "2 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    """Nobody reads 60 s, 59 min 60 s or 0 min."""
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-100, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (119, "1 minute ago"),
        (120, "2 minutes ago"),
        (7199, "119 minutes ago"),
        (7200, "2 hours ago"),
        (172_799, "47 hours ago"),
        (172_800, "2 days ago"),
        (86_400 * 400, "400 days ago"),
    ],
)
def test_an_age_is_said_roughly(seconds: float, said: str) -> None:
    """Minutes, hours or days, in the right number; a clock that jumped back says just now."""
    assert words.ago(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "first"),
        (3, "third"),
        (12, "twelfth"),
        (13, "13th"),
        (20, "20th"),
        (21, "21st"),
        (22, "22nd"),
        (23, "23rd"),
        (24, "24th"),
        (101, "101st"),
        (111, "111th"),
        (112, "112th"),
        (113, "113th"),
        (1002, "1002nd"),
        (0, "0th"),
    ],
)
def test_a_place_in_the_queue_is_an_ordinal(number: int, said: str) -> None:
    """In words up to twelve, in digits with the right ending beyond."""
    assert words.ordinal(number) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "$0.00"),
        ("0.4", "$0.40"),
        ("0.40", "$0.40"),
        ("10", "$10.00"),
        ("1E+2", "$100.00"),
        ("1.2345", "$1.2345"),
        ("0.120000", "$0.12"),
        ("0.125", "$0.125"),
        ("0.00001", "$0.00001"),
    ],
)
def test_money_keeps_every_fraction_of_a_cent(amount: str, said: str) -> None:
    """Two decimals where they suffice, more where they do not, never an exponent."""
    assert words.dollars(Decimal(amount)) == said


def test_a_size_is_in_millions_of_bytes() -> None:
    """A megabyte is 10⁶ bytes, said to a tenth."""
    assert words.megabytes(0) == "0.0 MB"
    assert words.megabytes(9_440_000) == "9.4 MB"


@given(text=st.text(), length=st.integers(1, 50))
def test_a_shortened_text_is_one_line_within_its_length(text: str, length: int) -> None:
    """It has no break in it, never more characters than asked for, and keeps what fits."""
    line = words.shorten(text, length)
    whole = " ".join(text.split())
    assert len(line) <= length
    assert len(line.splitlines()) <= 1
    if len(whole) <= length:
        assert line == whole
    else:
        assert line.endswith("…")
        assert whole.startswith(line[:-1])
