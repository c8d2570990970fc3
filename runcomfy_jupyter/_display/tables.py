"""The table of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.facts import facts, near_path, title
from runcomfy_jupyter._display.shapes import Cell, Kind, Line, Sheet, Table, View
from runcomfy_jupyter._domain import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.ledger import Totals

HEADER = ("id", "state", "prompt", "size and length", "age", "cost", "file")
_TEXT = 48
_FILE = 80


def jobs_sheet(
    jobs: Sequence[tuple[Record, ModelCard]], *, now: float, totals: Totals | None = None, word: str = ""
) -> Sheet:
    """Return jobs as a table, in the order given.

    `totals`: what all of the ledger comes to; `word`: what was looked for.
    """
    if not jobs:
        if word:
            told = Line("`%sora jobs` lists all of them.", dim=True)
            headline = f"No job of your ledger matches '{words.shorten(word, _TEXT)}'"
            return (View(Kind.OVER, headline, lines=(told,)),)
        told = Line("`%%sora` with a prompt below it makes the first; `%sora` tells how.", dim=True)
        return (View(Kind.OVER, "No jobs in your ledger yet", lines=(told,)),)
    rows = tuple(_row(record, model, now) for record, model in jobs)
    return (Table(HEADER, rows, _totals_words(totals) if totals else "", flat=True),)


def _totals_words(totals: Totals) -> str:
    """Say what jobs come to: 12 jobs, $4.80 spent, 2 without a known cost yet."""
    number = f"{totals.jobs} job{'s' * (totals.jobs != 1)}"
    unknown = f", {totals.without_cost} without a known cost yet" if totals.without_cost else ""
    return f"{number}, {words.dollars(totals.spent_usd)} spent{unknown}"


def _cost_cell(record: Record) -> Cell:
    """Return what a job cost, or dimmed what it was estimated to cost."""
    if record.cost_usd is not None:
        return Cell(words.dollars(record.cost_usd))
    return (
        Cell(f"≈ {words.dollars(record.estimate_usd)}", dim=True)
        if record.estimate_usd is not None
        else Cell("")
    )


def _row(record: Record, model: ModelCard, now: float) -> tuple[Cell, ...]:
    file = near_path(record.files[0].path) if record.files else ""
    return (
        Cell(record.id, code=True),
        Cell(record.state.value),
        Cell(words.shorten(title(record, model), _TEXT)),
        Cell(words.shorten(" · ".join(facts(record, model)), _TEXT), dim=True),
        Cell(words.ago(now - record.created_at), dim=True),
        _cost_cell(record),
        Cell(words.shorten(file, _FILE), code=True, dim=True),
    )
