from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from display.examples import NOW, finished, job
from display.pages import check_saved
from runcomfy_jupyter._display import html, text
from runcomfy_jupyter._display.tables import jobs_sheet
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._jobs.ledger import Totals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

SORA = built_in()


def table_html(jobs: Sequence[tuple[Record, ModelCard]], **facts: Any) -> str:
    """Draw jobs as a page shows them."""
    return html.sheet(jobs_sheet(jobs, now=NOW, **facts))


def table_text(jobs: Sequence[tuple[Record, ModelCard]], **facts: Any) -> str:
    """Write jobs as a terminal shows them."""
    return text.sheet(jobs_sheet(jobs, now=NOW, **facts))


def test_costs_are_told_and_estimates_are_marked(home: Path) -> None:
    """What a job cost stands as it is, what it will cost dimmed behind a sign for about, else nothing."""
    costs: list[dict[str, Any]] = [{"cost_usd": Decimal("0.4")}, {"estimate_usd": Decimal("0.4")}, {}]
    jobs = [(finished(home / "k3f9.mp4", **facts), SORA) for facts in costs]
    page = check_saved(table_html(jobs))
    assert page.text.count("$0.40") == 2
    assert page.text.count("≈ $0.40") == 1
    assert ("≈ $0.40", 0.7) in page.inks
    assert ("$0.40", 1.0) in page.inks
    lines = table_text(jobs).splitlines()
    assert "≈" not in lines[1]
    assert "  ≈ $0.40  " in lines[2]
    assert "$" not in lines[3]


@pytest.mark.parametrize(
    ("totals", "said"),
    [
        (Totals(12, Decimal("4.8"), 2), "12 jobs, $4.80 spent, 2 without a known cost yet"),
        (Totals(1, Decimal("0.4"), 0), "1 job, $0.40 spent"),
        (Totals(0, Decimal(0), 0), "0 jobs, $0.00 spent"),
    ],
)
def test_the_last_line_is_what_all_jobs_come_to(totals: Totals, said: str) -> None:
    """How many there are, what is spent, and of how many the cost is not known yet."""
    jobs = [(job(State.IN_QUEUE), SORA)]
    assert table_text(jobs, totals=totals).splitlines()[-1] == said
    assert check_saved(table_html(jobs, totals=totals)).text.endswith(said)
    assert "spent" not in table_text(jobs)


def test_a_word_that_is_nowhere_is_told() -> None:
    """Where nothing matches, the ledger is not called empty, and the way to all jobs is named."""
    assert table_text([], word="pandda") == (
        "No job of your ledger matches 'pandda'\n%sora jobs lists all of them."
    )
    assert "No job of your ledger matches 'pandda'" in check_saved(table_html([], word="pandda")).text
    assert len(table_text([], word="x" * 999)) < 200


def test_an_empty_ledger_is_called_so() -> None:
    """Without a word to look for, there are no jobs yet, and it is said how there will be one."""
    told = "%%sora with a prompt below it makes the first; %sora tells how."
    assert table_text([]) == f"No jobs in your ledger yet\n{told}"
    assert check_saved(table_html([])).text == f"No jobs in your ledger yet{told}"


@pytest.mark.parametrize(("number", "heights"), [(15, 0), (16, 1)])
def test_a_job_is_one_line_and_many_are_scrolled(number: int, heights: int) -> None:
    """No cell is broken into lines, however narrow the page; what does not fit is scrolled by itself."""
    jobs = [(job(State.IN_QUEUE), SORA)] * number
    page = check_saved(table_html(jobs))
    cells = [attributes["style"] for tag, attributes in page.elements if tag in {"td", "th"}]
    assert len(cells) == 7 * (number + 1)
    assert all("white-space:nowrap" in style for style in cells)
    assert ("overflow", "auto") in page.styles()
    assert page.styles().count(("max-height", "440px")) == heights


def test_a_job_is_named_by_what_it_was_asked_for() -> None:
    """A model without a prompt has its first file in the column of prompts."""
    (table,) = jobs_sheet([(job(State.IN_QUEUE, inputs={"style": "noir"}), SORA)], now=NOW)
    assert "noir" not in text.sheet((table,))  # its model takes a prompt, which is empty
