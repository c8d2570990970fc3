from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from jobs.stage import OWNER, draft, put
from runcomfy_jupyter._domain.lifecycle import State, bought

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.ledger import Ledger

S = State


def test_a_schema_that_has_grown_still_knows_what_was_bought(ledger: Ledger) -> None:
    """What is sent is the same although its defaults are others now: it is not bought again."""
    before = put(ledger, S.SUCCEEDED, draft(asked="a" * 64))
    grown = draft(asked="a" * 64, fingerprint="f" * 64)
    assert ledger.begin(grown, owner=OWNER) == (before, False)


def test_a_default_that_is_written_out_asks_for_the_same(ledger: Ledger) -> None:
    """The resolved inputs decide as well, whatever is sent."""
    before = put(ledger, S.SUCCEEDED, draft(asked="a" * 64))
    assert ledger.begin(draft(asked="b" * 64), owner=OWNER) == (before, False)


def test_jobs_of_older_versions_are_not_all_the_same(ledger: Ledger) -> None:
    """Where nobody noted what was sent, only the fingerprint counts."""
    put(ledger, S.SUCCEEDED, draft())
    assert ledger.begin(draft(fingerprint="f" * 64), owner=OWNER)[1]


@pytest.mark.parametrize("state", State)
def test_what_is_sent_the_same_is_new_only_where_nothing_was_bought(ledger: Ledger, state: State) -> None:
    """It follows the same rule as the fingerprint."""
    put(ledger, state, draft(asked="a" * 64))
    assert ledger.begin(draft(asked="a" * 64, fingerprint="f" * 64), owner=OWNER)[1] is not bought(state)


def test_an_estimate_keeps_its_digits(ledger: Ledger) -> None:
    """What was said before is kept beside what it cost."""
    record, _ = ledger.begin(draft(estimate_usd=Decimal("0.400"), asked="a" * 64), owner=OWNER)
    found = ledger.get(record.id)
    assert (str(found.estimate_usd), found.asked) == ("0.400", "a" * 64)


def test_everything_is_added_up_to_the_cent(ledger: Ledger) -> None:
    """All jobs, what is known to be spent, and how many of what may be billed have no cost."""
    assert ledger.totals() == (0, Decimal(0), 0)
    for state in State:
        put(ledger, state)
    for cost in ("0.10", "0.20", "0.10"):
        ledger.note(put(ledger, S.SUCCEEDED).id, cost_usd=Decimal(cost))
    ledger.note(put(ledger, S.FAILED).id, cost_usd=Decimal("0.05"))
    totals = ledger.totals()
    assert totals.jobs == len(State) + 4
    assert totals.spent_usd == Decimal("0.45")
    assert totals.without_cost == len([state for state in State if bought(state)])


def test_the_sandboxs_jobs_can_be_left_out_of_the_sum(ledger: Ledger) -> None:
    """Play money is no money: the caller says which base URLs count."""
    ledger.note(put(ledger, S.SUCCEEDED).id, cost_usd=Decimal(1))
    ledger.note(put(ledger, S.SUCCEEDED, draft(base="http://127.0.0.1:1/v1")).id, cost_usd=Decimal(2))
    assert ledger.totals(lambda base: "127.0.0.1" not in base) == (1, Decimal(1), 0)


def test_a_hundred_thousand_jobs_are_added_up_at_once(ledger: Ledger) -> None:
    """The sum is read from an index, not from rows full of prompts."""
    first = put(ledger, S.SUCCEEDED, draft("x" * 2000))
    ledger.note(first.id, cost_usd=Decimal("0.40"))
    with closing(sqlite3.connect(ledger.path)) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(jobs)") if row[1] not in ("seq", "id")]
        names = ", ".join(columns)
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "  # noqa: S608 - our own names
            f"INSERT INTO jobs (id, {names}) SELECT 'n' || i, {names} FROM jobs, n"
        )
        db.commit()
    began = time.perf_counter()
    totals = ledger.totals()
    assert time.perf_counter() - began < 1.0
    assert totals == (100_000, Decimal(40_000), 0)


def test_what_the_service_has_lost_is_not_announced_again(ledger: Ledger) -> None:
    """It is still in the ledger, but nothing is to be done about it unless the user asks."""
    lost, other = put(ledger, S.UNDELIVERED), put(ledger, S.UNDELIVERED)
    noted = ledger.note(lost.id, gone_at=1_800_000_100.0)
    assert ledger.unfinished() == [other]
    assert ledger.newest() == [other, noted]
    back = ledger.move(lost.id, S.DOWNLOADING, gone_at=None)
    assert ledger.unfinished() == [back, other]


def test_a_job_whose_end_nobody_saw_took_an_unknown_time(ledger: Ledger) -> None:
    """The time at which it was noticed is kept, and not taken for more than that."""
    record = put(ledger, S.DOWNLOADING)
    noted = ledger.note(record.id, finished_at=record.created_at + 5000, seen_late=True)
    assert ledger.get(record.id) == noted
    assert noted.took is None
    assert replace(noted, seen_late=False).took == 5000
