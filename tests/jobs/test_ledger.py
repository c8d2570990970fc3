from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import OWNER, draft, put
from runcomfy_jupyter._domain.lifecycle import TABLE, State, bought
from runcomfy_jupyter._domain.record import File, Record
from runcomfy_jupyter.errors import IllegalMove, NotFound

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.ledger import Ledger

STATES = list(State)


def raw(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Return all rows as another connection sees them."""
    with closing(sqlite3.connect(ledger.path)) as db:
        return db.execute("SELECT * FROM jobs ORDER BY seq").fetchall()


def test_an_intent_is_written_down_with_all_that_will_be_sent(ledger: Ledger) -> None:
    """What `begin` returns is what the ledger then holds, under a short id of its own."""
    record, new = ledger.begin(draft("Ein „Fuchs“ 🦊\n\\ \0"), owner=OWNER)
    assert new
    assert ledger.get(record.id) == record
    assert replace(record, id="") == draft("Ein „Fuchs“ 🦊\n\\ \0")
    assert len(record.id) == 4
    assert record.id[0].isalpha()


@pytest.mark.parametrize("state", STATES)
def test_a_request_is_new_only_where_nothing_was_bought(ledger: Ledger, state: State) -> None:
    """What may have been paid for is handed out again; what failed or was cancelled is begun anew."""
    before = put(ledger, state)
    record, new = ledger.begin(draft(), owner=OWNER)
    assert new is not bought(state)
    assert (record == before) is bought(state)
    assert len(raw(ledger)) == (1 if bought(state) else 2)


@pytest.mark.parametrize("state", STATES)
def test_again_is_always_new(ledger: Ledger, state: State) -> None:
    """Whoever asks for another take gets a new record, whatever there is."""
    before = put(ledger, state)
    record, new = ledger.begin(draft(), owner=OWNER, again=True)
    assert new
    assert record.id != before.id


def test_the_newest_take_is_the_one_that_is_shown_again(ledger: Ledger) -> None:
    """Of several takes of one request the last is handed out; one that failed since does not hide it."""
    put(ledger, State.SUCCEEDED)
    newest = put(ledger, State.SUCCEEDED)
    put(ledger, State.FAILED)
    assert ledger.begin(draft(), owner=OWNER) == (newest, False)


def test_another_request_is_another_record(ledger: Ledger) -> None:
    """Another prompt, or the same one at another base, has not been bought."""
    put(ledger, State.SUCCEEDED)
    assert ledger.begin(draft("Another boat"), owner=OWNER)[1]
    assert ledger.begin(draft(base="http://other/v1"), owner=OWNER)[1]


def test_a_job_is_found_by_id_beginning_and_request_id(ledger: Ledger) -> None:
    """All three names lead to the job."""
    record = put(ledger, State.IN_QUEUE)
    for word in (record.id, record.id[:3], "r-1"):
        assert ledger.get(word) == record


@pytest.mark.parametrize("word", ["", "zzzz", "%", "_", "r-2", "' OR 1=1 --"])
def test_a_word_that_names_no_job_is_refused(ledger: Ledger, word: str) -> None:
    """Nothing is guessed, and the error says how to find what there is."""
    put(ledger, State.IN_QUEUE)
    with pytest.raises(NotFound, match=r"No job of your ledger begins with .*rc\.jobs\(\) lists them"):
        ledger.get(word)


def test_a_beginning_that_several_jobs_share_is_refused(ledger: Ledger) -> None:
    """One of them is not picked."""
    records = [put(ledger, State.IN_QUEUE, draft(str(number))) for number in range(60)]
    first = [record.id[0] for record in records]
    shared = next(letter for letter in first if first.count(letter) > 1)
    with pytest.raises(NotFound, match=f"Several jobs begin with '{shared}'"):
        ledger.get(shared)


def test_ids_are_unlike(ledger: Ledger) -> None:
    """Hundreds of jobs have hundreds of ids, each found by itself."""
    ids = [put(ledger, State.RECORDED).id for _ in range(300)]
    assert len(set(ids)) == 300
    assert all(ledger.get(job_id).id == job_id for job_id in ids[::30])


@pytest.mark.parametrize("now", STATES)
@pytest.mark.parametrize("to", STATES)
def test_only_legal_moves_are_written(ledger: Ledger, now: State, to: State) -> None:
    """A move outside the table leaves the row as it was, facts included; a repeated one is a note."""
    record = put(ledger, now)
    before = raw(ledger)
    if to in TABLE[now].to or to is now:
        assert ledger.move(record.id, to, error="why").state is to
        assert ledger.get(record.id) == replace(record, state=to, error="why")
    else:
        with pytest.raises(IllegalMove):
            ledger.move(record.id, to, error="why", finished_at=1.0)
        assert raw(ledger) == before


def test_facts_come_back_as_they_went_in(ledger: Ledger) -> None:
    """Money keeps its digits, files their order, times their fractions."""
    record = put(ledger, State.DOWNLOADING)
    files = (File("/v/a.mp4", 1, "aa", "video/mp4"), File("/v/ü-2.mp4", 2, "bb", "video/mp4"))
    facts: dict[str, Any] = {"cost_usd": Decimal("0.400"), "files": files, "finished_at": 1.25}
    written = ledger.note(record.id, **facts)
    assert ledger.get(record.id) == written == replace(record, **facts)
    assert str(written.cost_usd) == "0.400"


@pytest.mark.parametrize("name", ["inputs", "fingerprint", "id", "token"])
def test_what_was_sent_is_never_rewritten(ledger: Ledger, name: str) -> None:
    """Only what becomes of a job may be noted, not what it is; a wrong name is our bug and says so."""
    record = put(ledger, State.IN_QUEUE)
    with pytest.raises(TypeError, match=f"no such columns: \\['{name}'\\]"):
        ledger.note(record.id, **{name: "x"})
    assert ledger.get(record.id) == record


def test_unfinished_jobs_come_oldest_first(ledger: Ledger) -> None:
    """Everything that is on its way, and paid files that are not here; nothing that rests otherwise."""
    records = [put(ledger, state) for state in State]
    wanted = {"recorded", "in_queue", "in_progress", "downloading", "undelivered"}
    assert ledger.unfinished() == [record for record in records if record.state in wanted]


def test_unfinished_jobs_of_living_owners_are_left_to_them(ledger: Ledger) -> None:
    """The caller says who lives; a job that nobody owns is always there."""
    put(ledger, State.IN_QUEUE, owner="alive")
    dead = put(ledger, State.IN_QUEUE, owner="dead")
    free = put(ledger, State.IN_QUEUE, owner="alive")
    ledger.release(free.id, "alive")
    assert ledger.unfinished(lambda name: name == "alive") == [dead, free]


def test_one_owner_at_a_time(ledger: Ledger) -> None:
    """A job is taken from the dead and from nobody, never from the living; only its owner gives it back."""
    record = put(ledger, State.IN_QUEUE, owner="a")
    assert ledger.claim(record.id, "a", lambda _: True)
    assert not ledger.claim(record.id, "b", lambda _: True)
    ledger.release(record.id, "b")
    assert not ledger.claim(record.id, "b", lambda name: name == "a")
    assert ledger.claim(record.id, "b", lambda _: False)
    ledger.release(record.id, "b")
    assert ledger.claim(record.id, "a", lambda name: name is not None)


def test_the_past_is_remembered_by_model_and_place(ledger: Ledger) -> None:
    """Only what succeeded counts, and took a known time; the newest first, of as many as asked for."""

    def finished(took: float, *, state: State = State.SUCCEEDED, late: bool = False, **facts: Any) -> None:
        record = put(ledger, state, draft(f"took {took}", **facts))
        assert record.accepted_at is not None
        times = {"started_at": record.accepted_at + 10, "finished_at": record.accepted_at + took}
        ledger.note(record.id, seen_late=late, **times)

    finished(80.0)
    finished(75.0, state=State.CANCELLED)
    finished(76.0, model="another/model")
    finished(77.0, base="http://elsewhere/v1")
    finished(3600.0, late=True)
    finished(90.0)
    put(ledger, State.SUCCEEDED)
    model, base = draft().model, draft().base_url
    known = ledger.past(model, base)
    assert [(one.inputs["prompt"], one.took, one.ran) for one in known] == [
        ("took 90.0", 90.0, 80.0),
        ("took 80.0", 80.0, 70.0),
    ]
    assert ledger.past(model, base, limit=2) == known[:1]
    assert ledger.past("no/model", base) == []


def test_a_record_has_no_place_for_a_token(ledger: Ledger) -> None:
    """Neither the table nor the record has a column that a token could be in."""
    with closing(sqlite3.connect(ledger.path)) as db:
        columns = {row[1] for row in db.execute("PRAGMA table_info(jobs)")}
    assert columns == {*Record.__slots__, "seq", "owner"} - {"live"}
    assert not [name for name in columns if "token" in name or "auth" in name or "header" in name]
