"""The measurements measure: each of their parts, on a few jobs that take no time."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from bench import ledgers
from bench.follow import Run, together
from bench.plans import RUN_MEDIAN, lengths, past_runs
from bench.plot import picture
from bench.simulate import KINDS, Cost, bound, fixed, paced, rows
from bench.stage import Figure
from bench.table import markdown_table, text_table
from runcomfy_jupyter._jobs.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

KEPT = Figure("light", "import", 12.0, "ms", 30.0, "bare interpreter: 20 ms")
MISSED = Figure("light", "<b>", 40.0, "ms", 30.0)


def test_both_clients_are_seen_by_the_server() -> None:
    """The package and the plain loop follow the same jobs; the server has counted questions and ends."""
    runs = [Run("ours", 2), Run("loop", 2, "loop", 0.2)]
    together(runs, scale=0.005)
    for run in runs:
        assert run.questions >= 1
        assert len(run.late) == 2
        assert all(0 <= late < 10 for late in run.late)
        assert run.cpu > 0


def test_a_figure_tells_whether_it_keeps_its_target() -> None:
    """The table says yes or NO beside each target, and nothing where there is none."""
    assert KEPT.row() == ["import", "12 ms", "≤ 30 ms", "yes", "bare interpreter: 20 ms"]
    assert MISSED.row()[3] == "NO"
    assert Figure("light", "import", 12.0, "ms").row()[2:4] == ["", ""]


def test_the_picture_is_an_image_with_every_figure_in_it() -> None:
    """The SVG is well-formed whatever the figures are called, and shows those that have a target."""
    curves = {
        "fixed": [Cost(85, 0.5, 0.9), Cost(43, 1.0, 1.8)],
        "ours": [Cost(44, 0.8, 1.5), Cost(37, 0.6, 1.1)],
    }
    drawn = ET.fromstring(picture([KEPT, MISSED], curves, "a machine"))  # noqa: S314 - it is ours
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"import", "<b>", "40 ms", "a machine"} <= set(words)


def test_tables_are_aligned_and_readable_as_markdown() -> None:
    """Columns are as wide as their widest cell; Markdown has a line of marks."""
    assert text_table(["a", "b"], [["long", "1"]]).splitlines() == ["a     b", "----  -", "long  1"]
    assert markdown_table(["a", "b"], [["x", "1"]]).splitlines() == [
        "| a | b |",
        "| --- | ---: |",
        "| x | 1 |",
    ]


def test_past_jobs_are_typical() -> None:
    """The history that a measurement begins with is of the distribution that its jobs have."""
    assert statistics.median(past_runs(50)) == pytest.approx(RUN_MEDIAN, rel=0.02)
    assert statistics.median(lengths(n)[1] for n in range(400)) == pytest.approx(RUN_MEDIAN, rel=0.1)


def test_a_written_ledger_holds_what_was_asked_for(tmp_path: Path) -> None:
    """Past jobs tell how long they took; unfinished ones are found to be taken up."""
    ledgers.write(tmp_path, "http://127.0.0.1:1/v1", [70.0, 80.0], ["r-1", "r-2", "r-3"])
    ledger = Ledger(tmp_path / ledgers.NAME)
    assert [record.request_id for record in ledger.unfinished()] == ["r-1", "r-2", "r-3"]
    assert sorted(record.took or 0.0 for record in ledger.newest() if record.files) == [80.0, 90.0]
    ledger.close()


def test_perfect_knowledge_is_the_bound() -> None:
    """No fixed interval is better in both questions and lateness than who knows the distribution."""
    best = bound(KINDS[0], jobs=500)
    for interval in (1.0, 2.0, 5.0):
        cost = fixed(KINDS[0], interval, jobs=500)
        assert best.questions < cost.questions or best.median < cost.median


def test_the_same_seed_gives_the_same_simulation() -> None:
    """A simulation can be repeated, to the last digit."""
    assert paced(KINDS[0], learnt=True, jobs=50) == paced(KINDS[0], learnt=True, jobs=50)


def test_every_kind_of_service_has_a_row() -> None:
    """The simulation's table holds a line for each kind, with all ways in it."""
    table = rows(KINDS[:2], jobs=40)
    assert [row[0] for row in table] == [kind.name for kind in KINDS[:2]]
    assert all(len(row) == 7 for row in table)
