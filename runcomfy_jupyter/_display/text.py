"""A job in plain text: for terminals, for `text/plain`, for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.view import View, caption, facts, missing, near_path, view
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

_BAR = 24
_COLUMN_GAP = "  "


def plain(card: View) -> str:
    """Write a card in a few lines."""
    headline = f"{card.headline} ({card.figure})" if card.figure else card.headline
    told = (line.text if line.quoted else line.text.replace("`", "") for line in card.lines if line.text)
    return "\n".join([headline, *told])


def job_text(record: Record, model: ModelCard, *, now: float) -> str:
    """Write a job: its caption and path once it is here, its card otherwise."""
    if record.state is not State.SUCCEEDED or missing(record.files):
        return plain(view(record, model, now=now))
    paths = [near_path(file.path) for file in record.files]
    return "\n".join([record.prompt, " · ".join(caption(record, model)), *paths])


def progress_line(card: View) -> str:
    """Write a running job on one line of a terminal."""
    bar = ""
    if card.progress is not None:
        full = round(_BAR * card.progress)
        bar = f" [{'█' * full}{'░' * (_BAR - full)}]"
    return f"{card.headline}{bar} {card.figure}".rstrip()


def row(record: Record, model: ModelCard, *, now: float) -> tuple[str, ...]:
    """Return a job's cells in the table of jobs."""
    asked = " · ".join(facts(record, model))
    cost = "" if record.cost_usd is None else words.dollars(record.cost_usd)
    file = near_path(record.files[0].path) if record.files else ""
    age = words.ago(now - record.created_at)
    prompt, asked = words.shorten(record.prompt, 48), words.shorten(asked, 48)
    return record.id, record.state.value, prompt, asked, age, cost, file


HEADER = ("id", "state", "prompt", "size and length", "age", "cost", "file")


def table(jobs: Sequence[tuple[Record, ModelCard]], *, now: float) -> str:
    """Write jobs as a table, in the order given."""
    if not jobs:
        return "No jobs in your ledger yet."
    rows = [HEADER, *(row(record, model, now=now) for record, model in jobs)]
    widths = [max(len(cells[at]) for cells in rows) for at in range(len(HEADER))]
    lines = (
        _COLUMN_GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    )
    return "\n".join(lines)
