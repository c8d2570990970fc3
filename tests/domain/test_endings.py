from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_jupyter._domain.endings import LATE, finished
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import Record
from runcomfy_jupyter._domain.replies import Phase, Result

BEGAN = 1_790_000_000.0
NOW = BEGAN + 1000
RECORD = Record(
    id="k3f9",
    base_url="https://model-api.example/v1",
    model="a/b",
    inputs={},
    fingerprint="0" * 64,
    state=State.IN_PROGRESS,
    save_dir="videos",
    created_at=BEGAN - 1,
    accepted_at=BEGAN,
)


def of(created: float | None, done: float | None) -> Result:
    """Return a result with the service's times."""
    return Result(Phase.SUCCEEDED, created_at=created, finished_at=done)


@pytest.mark.parametrize("off", [0.0, 300.0, -300.0, 20_000.0, -20_000.0])
def test_the_services_own_times_count_whatever_its_clock_shows(off: float) -> None:
    """What lies between them is how long it took; where they stand does not matter."""
    result = of(BEGAN + off, BEGAN + off + 70)
    assert finished(RECORD, result, now=NOW, seen=BEGAN) == (BEGAN + 70, False)


@pytest.mark.parametrize("off", [0.0, 20_000.0, -20_000.0])
def test_a_request_may_end_in_the_second_in_which_it_began(off: float) -> None:
    """A refusal, by a clock that shows whole seconds."""
    result = of(BEGAN + off, BEGAN + off)
    assert finished(RECORD, result, now=NOW, seen=BEGAN) == (BEGAN, False)


@pytest.mark.parametrize("off", [0.0, 20_000.0, -20_000.0])
def test_a_service_may_have_begun_before_it_answered(off: float) -> None:
    """Then it took a little longer than we have known of it, and ended just now."""
    result = of(BEGAN + off - 30, NOW + off)
    assert finished(RECORD, result, now=NOW, seen=BEGAN) == (NOW, False)


def test_a_request_made_a_little_before_its_acceptance_never_ends_in_the_future() -> None:
    """The answer to a submission takes its time, too."""
    assert finished(RECORD, of(BEGAN - 5, NOW), now=NOW, seen=NOW) == (NOW, False)


def test_the_end_alone_counts_where_it_can_be_true() -> None:
    """A service that does not say when it began."""
    assert finished(RECORD, of(None, BEGAN + 70), now=NOW, seen=BEGAN) == (BEGAN + 70, False)


@pytest.mark.parametrize(
    ("created", "done"),
    [
        (None, BEGAN - 10),
        (None, NOW + 10),
        (BEGAN + 80, BEGAN - 70),
        (BEGAN - 100_000, BEGAN - 99_000),
        (NOW + 100_000, NOW + 100_001),
        (BEGAN - 80_000, BEGAN - 10),
    ],
)
def test_times_that_cannot_be_true_do_not_count(created: float | None, done: float) -> None:
    """Before its acceptance, in the future, backwards, days off, longer than we have waited."""
    assert finished(RECORD, of(created, done), now=NOW, seen=NOW) == (NOW, False)


@pytest.mark.parametrize("done", [BEGAN, BEGAN + 70, NOW])
def test_an_end_that_is_possible_counts_where_the_beginning_is_not(done: float) -> None:
    """One wrong time does not make the other one wrong."""
    assert finished(RECORD, of(BEGAN - 80_000, done), now=NOW, seen=BEGAN) == (done, False)


@pytest.mark.parametrize("result", [None, of(None, None), of(BEGAN, None)])
def test_without_them_it_ended_when_it_was_noticed(result: Result | None) -> None:
    """That is as good as true where somebody looked shortly before, and said to be unknown otherwise."""
    assert finished(RECORD, result, now=NOW, seen=NOW - LATE) == (NOW, False)
    assert finished(RECORD, result, now=NOW, seen=NOW - LATE - 1) == (NOW, True)


def test_a_job_whose_acceptance_is_not_known_began_with_its_record() -> None:
    """There is nothing better to count from."""
    record = replace(RECORD, accepted_at=None)
    assert finished(record, of(BEGAN, BEGAN + 70), now=NOW, seen=NOW) == (BEGAN + 69, False)
