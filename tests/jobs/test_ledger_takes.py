"""Takes of one request: how many of them are bought, and which."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING

from jobs.stage import OWNER, draft, put
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.purchases import _ALPHABET, _LETTERS, _new_id

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.ledger import Ledger

S = State


def test_of_many_takes_the_newest_stand_in_the_order_in_which_they_were_bought(ledger: Ledger) -> None:
    """Three takes of four that are bought are the last three, the oldest of them first."""
    bought = [put(ledger, S.SUCCEEDED) for _ in range(4)]
    assert ledger.bought([draft()] * 3) == bought[1:]
    assert ledger.begin_all([draft()] * 3, owner=OWNER) == [(record, False) for record in bought[1:]]


def test_more_takes_than_are_bought_send_the_rest(ledger: Ledger) -> None:
    """The bought ones come first; what is new is told apart from them."""
    bought = [put(ledger, S.SUCCEEDED) for _ in range(2)]
    found = ledger.begin_all([draft()] * 4, owner=OWNER)
    assert found[:2] == [(record, False) for record in bought]
    assert [new for _, new in found[2:]] == [True, True]
    assert len({record.id for record, _ in found}) == 4


def test_a_job_that_fits_two_requests_stands_for_one_of_them(ledger: Ledger) -> None:
    """One asks for what it asked for, the other sends what it sent: two were asked for, so one is sent."""
    bought = put(ledger, S.SUCCEEDED, draft(fingerprint="1" * 64, asked="2" * 64))
    same, sent_alike = draft(fingerprint="1" * 64), draft(fingerprint="3" * 64, asked="2" * 64)
    assert ledger.bought([same, sent_alike]) == [bought, None]
    assert ledger.bought([sent_alike, same]) == [bought, None]


def test_where_all_short_ids_are_taken_a_longer_one_is_given() -> None:
    """However many jobs there are, each has an id of its own."""
    taken = (("".join(marks),) for marks in product(_LETTERS, _ALPHABET, _ALPHABET, _ALPHABET))
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE jobs (id TEXT PRIMARY KEY) WITHOUT ROWID")
        db.executemany("INSERT INTO jobs VALUES (?)", taken)
        new = _new_id(db)
    assert len(new) == 5
    assert new[0] in _LETTERS
    assert set(new) <= set(_ALPHABET)


def test_several_are_found_in_the_order_in_which_they_were_recorded(ledger: Ledger) -> None:
    """However they are asked for; an id that nobody has is left out."""
    first, second, third = (put(ledger, S.SUCCEEDED, draft(prompt)) for prompt in ("a", "b", "c"))
    assert ledger.many([third.id, "nobody", first.id]) == [first, third]
    assert ledger.many([second.id]) == [second]
    assert ledger.many([]) == []
