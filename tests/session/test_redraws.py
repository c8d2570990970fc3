from __future__ import annotations

import time
from itertools import pairwise

from runcomfy_jupyter._session.redraws import EVERY, REFRESH, Redraws, Turns
from support.polling import eventually


class Picture:
    """Remembers when it was drawn."""

    def __init__(self, name: str, *, fails: bool = False) -> None:
        self.name = name
        self.fails = fails
        self.times: list[float] = []

    @property
    def drawn(self) -> int:
        """How often it was drawn."""
        return len(self.times)

    def __repr__(self) -> str:
        return self.name

    def redraw(self) -> None:
        """Write the time down."""
        self.times.append(time.monotonic())
        if self.fails:
            raise ValueError("cannot be drawn")


def begun(number: int) -> tuple[Turns, list[Picture]]:
    """Return turns with pictures that were drawn at 0."""
    turns, pictures = Turns(), [Picture(f"picture {at}") for at in range(number)]
    for picture in pictures:
        turns.begin(picture, 0.0)
    return turns, pictures


def test_nobody_has_a_turn_who_has_not_changed() -> None:
    """While nothing happens nothing is drawn, until it is time to refresh."""
    turns, [picture] = begun(1)
    assert turns.take(REFRESH - 0.1) is None
    assert turns.next_turn() == REFRESH
    assert turns.take(REFRESH) is picture
    assert turns.take(REFRESH) is None


def test_changes_come_in_their_order_and_once_each() -> None:
    """Who changes twice while waiting has one turn, where it first asked."""
    turns, [first, second, third] = begun(3)
    for picture in (second, first, second):
        turns.change(picture)
    assert [turns.take(1.0) for _ in range(3)] == [second, first, None]
    assert turns.take(REFRESH) is third, "it was drawn longest ago"


def test_who_rests_lets_others_go_before() -> None:
    """A large picture is drawn once a second, say, and small ones do not wait for it."""
    turns, [large, small] = begun(2)
    turns.change(large, 1.0)
    turns.change(small)
    turns.change(large, 1.0)
    assert turns.take(0.25) is small
    assert turns.take(0.5) is None
    assert turns.next_turn() == 1.0
    assert turns.take(1.0) is large
    assert turns.next_turn() == 0.25 + REFRESH


def test_who_has_ended_is_not_drawn() -> None:
    """Neither for a change of before nor for one that comes too late."""
    turns, [picture] = begun(1)
    turns.change(picture)
    turns.end(picture)
    turns.change(picture)
    assert turns.take(REFRESH) is None
    assert turns.next_turn() is None


def test_many_changes_are_spread() -> None:
    """However many change at once, two pictures are never drawn right after one another."""
    redraws, pictures = Redraws(), [Picture(f"picture {at}") for at in range(4)]
    for picture in pictures:
        redraws.begin(picture)
    for _ in range(3):
        for picture in pictures:
            redraws.change(picture)
    eventually(lambda: all(picture.drawn for picture in pictures))
    redraws.close()

    times = sorted(moment for picture in pictures for moment in picture.times)
    assert all(later - sooner >= EVERY * 0.9 for sooner, later in pairwise(times))


def test_one_that_fails_does_not_stop_the_others() -> None:
    """It is not drawn any more; the others are."""
    redraws = Redraws()
    bad, good = Picture("bad", fails=True), Picture("good")
    for picture in (bad, good):
        redraws.begin(picture)
        redraws.change(picture)
    eventually(lambda: good.drawn)
    redraws.change(bad)
    redraws.change(good)
    eventually(lambda: good.drawn == 2)
    redraws.close()

    assert bad.drawn == 1
