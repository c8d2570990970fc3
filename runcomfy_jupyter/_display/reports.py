"""How the account and the machine stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runcomfy_jupyter._display.shapes import Cell, Kind, Line, Sheet, Table, View
from runcomfy_jupyter._domain import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.replies import Balance

_TEXT = 200
_WORDS = {Kind.GOOD: "ok", Kind.CARE: "look", Kind.BAD: "wrong", Kind.OVER: "off", Kind.RUNNING: "…"}


class Check(NamedTuple):
    """One thing that was looked at. `kind`: GOOD, CARE or BAD; `todo`: what to do about it."""

    kind: Kind
    what: str
    found: str
    todo: str = ""


def balance_card(balance: Balance, budget: str = "") -> View:
    """Return a card of what is left in the account. `budget`: how much of the session's is used, in words."""
    lines = [Line(f"In this kernel: {budget}.", dim=True)] if budget else []
    if balance.usd <= 0:
        lines.append(Line("RunComfy takes no request until there is more on your account.", dim=True))
    kind = Kind.GOOD if balance.usd > 0 else Kind.BAD
    return View(kind, f"{words.dollars(balance.usd)} left on your RunComfy account", lines=tuple(lines))


def doctor_sheet(checks: Sequence[Check]) -> Sheet:
    """Return what was looked at, what was found, and what to do."""
    bad = sum(check.kind is Kind.BAD for check in checks)
    care = sum(check.kind is Kind.CARE for check in checks)
    rows = tuple(
        (
            Cell(_WORDS[check.kind], kind=check.kind),
            Cell(words.shorten(check.what, _TEXT)),
            Cell(words.shorten(check.found, _TEXT), note=Line(words.shorten(check.todo, _TEXT))),
        )
        for check in checks
    )
    return (_verdict(bad, care), Table(("", "what", "found"), rows))


def _verdict(bad: int, care: int) -> View:
    if bad:
        return View(Kind.BAD, "One thing is wrong" if bad == 1 else f"{bad} things are wrong")
    if care:
        return View(Kind.CARE, "One thing to look at" if care == 1 else f"{care} things to look at")
    return View(Kind.GOOD, "Everything is well")
