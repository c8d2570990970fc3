"""What is said of a job: the words of its card, from the facts of its record.

One card shape: a headline that says the whole thing, one figure beside it, lines below: what
happened, then, dimmed, what to do now. Backquotes in a line mark what one can type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.endings import ending
from runcomfy_jupyter._display.facts import title
from runcomfy_jupyter._display.running import TITLE_LENGTH, running
from runcomfy_jupyter._display.shapes import Line
from runcomfy_jupyter._domain.lifecycle import rests
from runcomfy_jupyter._domain.words import shorten

if TYPE_CHECKING:
    from runcomfy_jupyter._display.shapes import View
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record


def view(record: Record, model: ModelCard, *, now: float, typical: float | None = None) -> View:
    """Say how a job stands.

    `now`: seconds since the epoch; `typical`: seconds such a job took, if the ledger knows.
    """
    return ending(record) if rests(record.state) else running(record, model, now, typical)


def with_prompt(shown: View, record: Record, model: ModelCard) -> View:
    """Add the prompt, or what stands for it, to a card that stands among others."""
    line = Line(shorten(title(record, model), TITLE_LENGTH), dim=True, quoted=True)
    return replace(shown, lines=(line, *shown.lines)) if line.text and line not in shown.lines else shown
