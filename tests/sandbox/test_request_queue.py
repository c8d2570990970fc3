from __future__ import annotations

import pytest

from runcomfy_jupyter.sandbox.catalogue import cards
from runcomfy_jupyter.sandbox.request_queue import Request, RequestQueue

CARD = next(iter(cards().values()))


def submitted(queue: RequestQueue, *names: str, now: float = 0.0) -> list[Request]:
    """Put requests of these names into the queue."""
    requests = [Request(id=name, card=CARD, inputs={}, created_at=now) for name in names]
    for request in requests:
        queue.submit(request)
    return requests


def test_positions_count_from_one_and_move_up_as_those_before_begin() -> None:
    """A place in line is counted from 1, and falls as others begin."""
    queue = RequestQueue(at_once=1)
    a, b, c = submitted(queue, "a", "b", "c")
    assert [queue.position(request) for request in (a, b, c)] == [1, 2, 3]
    assert queue.advance(0) == [a]
    assert [queue.position(request) for request in (a, b, c)] == [None, 1, 2]


def test_no_more_are_in_progress_than_allowed() -> None:
    """The next begins only when one of those in progress has finished."""
    queue = RequestQueue(at_once=2)
    a, b, c = submitted(queue, "a", "b", "c")
    assert queue.advance(0) == [a, b]
    assert queue.advance(9) == []
    queue.finish(a, 9)
    assert queue.advance(9) == [c]


def test_everybody_waits_the_least_time() -> None:
    """A lone request begins when its least wait is over, and the queue says when that is."""
    queue = RequestQueue(at_once=1, least_wait=2)
    (a,) = submitted(queue, "a", now=10)
    assert queue.next_turn() == 12
    assert queue.advance(11.9) == []
    assert queue.advance(12) == [a]
    assert queue.next_turn() is None


def test_time_alone_does_nothing_while_all_places_are_taken() -> None:
    """While nothing may begin, the queue names no time."""
    queue = RequestQueue(at_once=1)
    submitted(queue, "a", "b")
    queue.advance(0)
    assert queue.next_turn() is None


def test_only_what_waits_is_cancelled() -> None:
    """A queued request is cancelled and leaves the line; one in progress or ended is not."""
    queue = RequestQueue(at_once=1)
    a, b, c = submitted(queue, "a", "b", "c")
    queue.advance(0)
    assert queue.cancel(b, 1)
    assert (b.state, b.outcome, b.finished_at) == ("cancelled", "cancelled", 1)
    assert queue.position(c) == 1
    assert not queue.cancel(a, 1)
    queue.finish(a, 2)
    assert not queue.cancel(a, 3)
    assert not queue.cancel(b, 3)


def test_completed_means_finished_and_the_outcome_says_how() -> None:
    """Failed and succeeded requests both are completed; before that the outcome is the state."""
    queue = RequestQueue(at_once=2)
    a, b = submitted(queue, "a", "b")
    assert (a.outcome, a.has_ended) == ("in_queue", False)
    queue.advance(0)
    assert a.outcome == "in_progress"
    queue.finish(a, 1)
    queue.finish(b, 1, "no luck")
    assert (a.state, a.outcome) == ("completed", "succeeded")
    assert (b.state, b.outcome, b.has_ended) == ("completed", "failed", True)
    assert queue.is_idle


def test_what_is_not_in_progress_cannot_finish() -> None:
    """Finishing a queued request is a mistake that says so."""
    queue = RequestQueue(at_once=1)
    (a,) = submitted(queue, "a")
    with pytest.raises(ValueError, match="request a cannot finish: it is in_queue"):
        queue.finish(a, 1)


def test_requests_are_found_by_their_id() -> None:
    """The queue remembers every request, and no other."""
    queue = RequestQueue(at_once=1)
    (a,) = submitted(queue, "a")
    assert queue.find("a") is a
    assert queue.find("b") is None
