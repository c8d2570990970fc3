"""Why a figure may miss its target: said beside the table, where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.stage import Figure

# By how the name of a figure begins.
REASONS: dict[str, str] = {}


def reasons(figures: Sequence[Figure]) -> str:
    """Return a line for each figure that missed its target, with the reason as far as it is known."""
    lines = [f"* **{figure.what}**: {_why(figure.what)}" for figure in figures if not figure.kept]
    return "\n".join(["Missed:", "", *lines]) if lines else "Every target is kept."


def _why(what: str) -> str:
    known = (reason for begins, reason in REASONS.items() if what.startswith(begins))
    return next(known, "not explained yet.")
