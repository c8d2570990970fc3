from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._client.moments import moment

NOON = 1_788_264_000.0


@pytest.mark.parametrize(
    "written",
    [
        "2026-09-01T12:00:00Z",
        "2026-09-01T12:00:00+00:00",
        "2026-09-01T14:00:00.000+02:00",
        "2026-09-01 12:00",
        "20260901T120000Z",
        " 2026-09-01T12:00:00.000000 ",
        "1788264000",
        "1788264000.0",
        "1788264000000",
        1_788_264_000,
        1_788_264_000.0,
        1_788_264_000_000,
        1_788_264_000_000_000,
        1_788_264_000_000_000_000,
    ],
)
def test_a_moment_is_read_however_it_is_written(written: object) -> None:
    """With and without a zone, and numbers in seconds or finer."""
    assert moment(written) == NOON


def test_fractions_of_a_second_count() -> None:
    """In a text and in a number."""
    assert moment("2026-09-01T12:00:00.25Z") == moment(NOON + 0.25) == moment("1788264000.25") == NOON + 0.25


def test_a_number_that_looks_like_a_date_is_a_number() -> None:
    """Thousandths of seconds must not be taken for a day of the year 1712."""
    assert moment("1712121012345") == 1_712_121_012.345


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        [],
        {},
        "",
        "yesterday",
        "²",
        "1." * 30,
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        0,
        -1,
        1e30,
        float("nan"),
        float("inf"),
        10**400,
    ],
)
def test_what_is_no_moment_is_none(written: object) -> None:
    """Neither a time at which there was no such service nor one that no calendar has."""
    assert moment(written) is None


def test_the_zone_of_this_machine_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text without a zone is UTC in Tokyo, too."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert moment("2026-09-01T12:00:00") == NOON
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.one_of(st.text(), st.integers(), st.floats(), st.from_regex(r"[\dTZ:+. -]{1,45}", fullmatch=True)))
def test_nothing_that_is_sent_makes_it_fail(written: object) -> None:
    """Whatever a reply holds, the answer is a plausible moment or none."""
    found = moment(written)
    assert found is None or 1e9 <= found < 1e11
