"""The ledger where it is easily wrong: words that say where to look, and jobs that only look alike."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import draft
from runcomfy_jupyter._domain.record import File, Record
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_cannot_be_is_said_in_one_plain_sentence(tmp_path: Path) -> None:
    """The path comes once, and no number of the operating system's."""
    (tmp_path / "home").write_text("a file")
    path = tmp_path / "home" / "ledger.sqlite"
    with pytest.raises(StorageError) as caught:
        Ledger(path)
    message, hint = caught.value.message, caught.value.hint
    assert message in {
        f"The ledger {path} cannot be used: {why}." for why in ("File exists", "Not a directory")
    }
    assert hint == "Mend the folder, or name another folder by RUNCOMFY_JUPYTER_HOME."


def test_the_folders_above_are_made(tmp_path: Path) -> None:
    """On a fresh machine there are none."""
    path = tmp_path / "data" / "runcomfy_jupyter" / "ledger.sqlite"
    Ledger(path).close()
    assert path.exists()


def test_a_ledger_without_its_table_is_not_opened(tmp_path: Path) -> None:
    """That is said before anything is to be recorded; the file is left as it is."""
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE jobs")
    with pytest.raises(StorageError, match="no such table"):
        Ledger(path)
    assert list(tmp_path.glob("*unreadable*")) == []


def test_a_ledger_in_whose_place_another_stands_takes_no_intent(tmp_path: Path) -> None:
    """What is written to the old file would be seen by nobody: the other kernels use the new one."""
    ledger = Ledger(tmp_path / "home" / "ledger.sqlite")
    ledger.path.rename(tmp_path / "aside.sqlite")
    shutil.copyfile(tmp_path / "aside.sqlite", ledger.path)
    with pytest.raises(StorageError, match="moved or deleted while it was in use"):
        ledger.begin(draft(), owner="me")
    ledger.close()


def test_a_record_comes_back_as_it_was_written(ledger: Ledger) -> None:
    """All that is known of a request, money as money: what was asked, where, and for how much."""
    new = draft(
        notebook="/home/me/boats.ipynb",
        estimate_usd=Decimal("0.40"),
        asked="a" * 64,
        sent_at=5.5,
        error="later",
    )
    record, _ = ledger.begin(new, owner="me")
    assert ledger.get(record.id) == replace(new, id=record.id)
    assert ledger.recent("/home/me/boats.ipynb", 5) == [record]
    facts: dict[str, Any] = {
        "started_at": 6.5,
        "finished_at": 9.5,
        "seen_late": True,
        "gone_at": 10.5,
        "cost_usd": Decimal("0.1"),
    }
    noted = ledger.note(record.id, **facts, save_dir="/elsewhere", error="")
    assert ledger.get(record.id) == noted == replace(record, **facts, save_dir="/elsewhere", error="")


def test_every_fact_of_a_job_comes_back(tmp_path: Path) -> None:
    """What a record may hold is written and read: no field is without a column, or forgotten on the way."""
    told: dict[str, Any] = {one.name: 1.5 for one in fields(Record) if one.name.endswith("_at")}
    told |= {"request_id": "r-1", "cost_usd": Decimal("0.4"), "estimate_usd": Decimal("0.5"), "asked": "f"}
    told |= {"error": "x", "notebook": "n", "seen_late": True}
    full = draft(files=(File("/v/a.mp4", 3, "0" * 64, "video/mp4"),), **told)
    assert {one.name for one in fields(Record) if one.default == getattr(full, one.name)} == set()
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        begun, _ = ledger.begin(full, owner="me")
        assert ledger.get(begun.id) == replace(full, id=begun.id)
