from __future__ import annotations

import itertools

import pytest

from runcomfy_jupyter._domain.lifecycle import TABLE, Mover, State, bought, can_fail, ended, move, rests
from runcomfy_jupyter.errors import IllegalMove

# From row to column: x may follow, . may not. Written by hand from the promises, not from the code.
SQUARE = """
             recorded unconfirmed in_queue in_progress downloading succeeded failed cancelled undelivered
recorded            .           x        x           .           .         .      x         x           .
unconfirmed         .           .        x           .           .         .      x         .           .
in_queue            .           .        .           x           x         .      x         x           x
in_progress         .           .        x           .           x         .      x         x           x
downloading         .           .        .           .           .         x      .         .           x
succeeded           .           .        .           .           x         .      .         .           x
failed              .           .        .           .           .         .      .         .           .
cancelled           .           .        .           .           .         .      .         .           .
undelivered         .           .        .           .           x         .      .         .           .
"""
COLUMNS, *ROWS = (line.split() for line in SQUARE.strip().splitlines())
MOVES = {
    (State(now), State(to)): mark == "x"
    for now, *marks in ROWS
    for to, mark in zip(COLUMNS, marks, strict=True)
}


def later(state: State) -> set[State]:
    """Return everything that may become of a job in this state."""
    found: set[State] = set()
    fresh = {state}
    while fresh:
        fresh = set().union(*(TABLE[one].to for one in fresh)) - found
        found |= fresh
    return found


def test_the_states_are_the_words_of_the_public_interface() -> None:
    """A job's state is one of nine words, and every one has its row."""
    assert list(State) == COLUMNS
    assert set(TABLE) == set(State)
    assert len(MOVES) == len(State) ** 2


@pytest.mark.parametrize(("now", "to"), list(itertools.product(State, State)))
def test_a_job_moves_only_as_the_table_says(now: State, to: State) -> None:
    """Each state is left for the states of its row, and for no other, itself included."""
    if MOVES[now, to]:
        assert move(now, to) is to
    else:
        with pytest.raises(
            IllegalMove, match=rf"^a job that is {now} cannot become {to}; after {now} comes "
        ):
            move(now, to)


def test_an_illegal_move_names_what_would_be_legal() -> None:
    """The message tells what may follow, in the alphabet's order, or that nothing may."""
    with pytest.raises(IllegalMove) as told:
        move(State.RECORDED, State.SUCCEEDED)
    assert str(told.value) == (
        "a job that is recorded cannot become succeeded; "
        "after recorded comes cancelled, failed, in_queue, unconfirmed"
    )
    with pytest.raises(IllegalMove, match=r"after failed comes nothing$"):
        move(State.FAILED, State.IN_QUEUE)


def test_the_endings_are_the_states_without_successors() -> None:
    """Only a failed and a cancelled job have ended: for every other one something can follow."""
    assert {state for state in State if ended(state)} == {State.FAILED, State.CANCELLED}
    for state in State:
        assert ended(state) == (not later(state)) == (TABLE[state].by is Mover.NOBODY)


def test_a_job_rests_where_nothing_follows_by_itself() -> None:
    """Whoever waits for a job stops waiting in exactly these states."""
    resting = {State.UNCONFIRMED, State.SUCCEEDED, State.UNDELIVERED, State.FAILED, State.CANCELLED}
    assert {state for state in State if rests(state)} == resting


def test_what_is_with_the_service_can_fail() -> None:
    """From the intent until it has finished; what is paid for, or waits for its user, is not out any more."""
    assert {state for state in State if can_fail(state)} == {
        State.RECORDED,
        State.IN_QUEUE,
        State.IN_PROGRESS,
    }


def test_only_what_was_certainly_not_bought_is_sent_anew() -> None:
    """The same cell sends again after a failure or a cancellation, and never else."""
    assert {state for state in State if not bought(state)} == {State.FAILED, State.CANCELLED}


def test_every_job_can_come_to_rest() -> None:
    """From no state is there a way that never ends in rest, and every state comes from `recorded`."""
    assert later(State.RECORDED) == set(State) - {State.RECORDED}
    for state in State:
        assert rests(state) or any(rests(one) for one in later(state))


@pytest.mark.parametrize("paid", [State.DOWNLOADING, State.SUCCEEDED, State.UNDELIVERED])
def test_what_was_paid_for_is_never_bought_again(paid: State) -> None:
    """Once a request has succeeded at the service no later move makes the same cell send it anew."""
    assert all(bought(state) for state in later(paid))
