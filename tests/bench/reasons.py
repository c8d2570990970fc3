"""Why a figure may miss its target: said beside the table, where it does."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# By how the name of a figure begins.
REASONS = {
    "200 MB, time": "it also computes the file's SHA-256 while the bytes come, in a thread that competes "
    "with the reader and with the server for the cores; plain httpx computes none.",
    "CPU to follow": "a question goes through what keeps the promises, besides through httpx: a bound on "
    "the whole call, the token for the API's own origins alone, a search of each answer for the token, a "
    "check of what it says. With few connections that is about half as much again as httpx by itself, and "
    "fewer questions make up for a part of it. With many, the loop's one pool costs more than connections "
    "that stand by themselves.",
}


def reasons(missed: Iterable[str]) -> str:
    """Return a line for the figures that missed their targets for the same reason, as far as it is known."""
    by_reason = defaultdict[str, list[str]](list)
    for what in missed:
        known = (reason for begins, reason in REASONS.items() if what.startswith(begins))
        by_reason[next(known, "not explained yet.")].append(what)
    lines = [f"* **{'; '.join(names)}**: {reason}" for reason, names in by_reason.items()]
    return "\n".join(["Missed:", "", *lines]) if lines else "Every target is kept."
