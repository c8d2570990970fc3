from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.retries import READS, SUBMISSION, Clock, Policy, persist, retry_after
from runcomfy_jupyter.errors import (
    BadReply,
    Busy,
    InputError,
    RequestGone,
    RunComfyError,
    ServiceError,
    SubmissionUnconfirmed,
    TokenError,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()
PERMANENT = [
    InputError("no"),
    TokenError("no"),
    RequestGone("no"),
    ServiceError("no"),
    SubmissionUnconfirmed("no"),
]


@pytest.mark.parametrize("error", [Unreachable("no"), Busy("no"), BadReply("no")], ids=repr)
def test_a_read_is_repeated_after_what_may_pass(error: ServiceError) -> None:
    """No connection, "later" and an unreadable answer all repeat a read."""
    assert READS.wait(error, 1, 0.0, 0.5) == 0.625


@pytest.mark.parametrize("error", PERMANENT, ids=repr)
@pytest.mark.parametrize("policy", [READS, SUBMISSION], ids=["read", "submission"])
def test_nothing_is_repeated_that_time_does_not_mend(policy: Policy, error: RunComfyError) -> None:
    """A refusal is final, and so is a submission whose fate nobody knows."""
    assert policy.wait(error, 1, 0.0, 0.5) is None


def test_a_submission_is_repeated_only_if_it_was_not_accepted() -> None:
    """No connection and 429 repeat a submission; an unreadable answer does not."""
    assert SUBMISSION.wait(Unreachable("no"), 1, 0.0, 0.5) == 0.625
    assert SUBMISSION.wait(Busy("no"), 1, 0.0, 0.5) == 0.625
    assert SUBMISSION.wait(BadReply("no"), 1, 0.0, 0.5) is None


def test_the_waits_double_up_to_a_ceiling_and_never_end_early() -> None:
    """Each wait is half a second, and a random part of a span that doubles from a quarter second to eight."""
    policy = Policy(repeats=(Busy,), tries=100)
    spans = [policy.wait(Busy("no"), tries, 0.0, 1.0) for tries in range(1, 8)]
    assert spans == [0.75, 1.0, 1.5, 2.5, 4.5, 8.5, 8.5]
    assert [policy.wait(Busy("no"), tries, 0.0, 0.0) for tries in (1, 5)] == [0.5, 0.5]


@pytest.mark.parametrize("policy", [READS, SUBMISSION], ids=["read", "submission"])
def test_four_tries_and_half_a_minute_are_enough(policy: Policy) -> None:
    """After the fourth try, or when the wait would end after 30 seconds, there is no other."""
    error = Busy("no", retry_after=20.0)
    assert policy.wait(error, 3, 0.0, 0.0) == 20.5
    assert policy.wait(error, 4, 0.0, 0.0) is None
    assert policy.wait(error, 1, 9.5, 0.0) == 20.5
    assert policy.wait(error, 1, 9.6, 0.0) is None


@pytest.mark.anyio
async def test_a_call_is_made_again_until_it_answers() -> None:
    """The mechanism waits as the policy says, and returns the first answer."""
    virtual, tries = VirtualTime(), iter([Busy("no", retry_after=3.0), Unreachable("no")])

    async def attempt() -> str:
        if error := next(tries, None):
            raise error
        return "yes"

    assert await persist(attempt, READS, virtual.clock) == "yes"
    assert virtual.waits == [3.625, 0.75]


@pytest.mark.anyio
async def test_the_last_error_is_the_one_that_is_raised() -> None:
    """When the tries are used up, the caller gets the error, free of the ones before."""
    virtual, made = VirtualTime(), 0

    async def attempt() -> str:
        nonlocal made
        made += 1
        message = f"try {made}"
        raise Busy(message)

    with pytest.raises(Busy, match="try 4") as caught:
        await persist(attempt, READS, virtual.clock)
    assert caught.value.__context__ is None
    assert virtual.waits == [0.625, 0.75, 1.0]


@pytest.mark.anyio
async def test_time_spent_in_calls_counts() -> None:
    """A call that takes long leaves less time for others."""
    virtual = VirtualTime()

    async def attempt() -> str:
        virtual.seconds += 29.9
        message = "no"
        raise Busy(message)

    with pytest.raises(Busy):
        await persist(attempt, READS, virtual.clock)
    assert virtual.waits == []


def test_the_usual_clock_is_the_machines() -> None:
    """Without a clock of its own, the client lives in real time, by chance."""
    clock = Clock()
    assert clock.elapsed() <= clock.elapsed()
    assert 0.0 <= clock.chance() < 1.0
    assert clock.now() > NOW - 10**8


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        (" 12 ", 12.0),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:28:30 -0000", 30.0),
        ("Wed, 21 Oct 2026 09:28:30 +0200", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("Wed, 21 Oct 2026 25:61:00 GMT", None),
        ("Wed, 21 Oct 0001 00:00:00 +2359", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """Both forms of the header are read; a date that has passed asks for nothing, nonsense neither."""
    assert retry_after(header, NOW) == seconds


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put this machine twelve hours east of Greenwich."""
    monkeypatch.setenv("TZ", "XYZ-12")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot move")
@pytest.mark.usefixtures("far_away")
def test_a_date_without_a_zone_is_not_local_time() -> None:
    """Where the machine stands does not change what the service asked for."""
    assert retry_after("Wed, 21 Oct 2026 07:28:30 -0000", NOW) == 30.0


@settings(deadline=None)
@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ \S*"))
def test_retry_after_never_fails(header: str) -> None:
    """Whatever stands in the header, it is a number of seconds or nothing."""
    seconds = retry_after(header, NOW)
    assert seconds is None or seconds >= 0.0
