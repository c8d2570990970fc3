"""What a submission would send, before anything is sent."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_jupyter._display.facts import facts
from runcomfy_jupyter._display.shapes import Cell, Code, Kind, Line, Sheet, Table, View
from runcomfy_jupyter._domain import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

MOST_SHOTS = 50
_MOST_WARNINGS = 10
_TEXT = 100
_WARNING = 300


class Asked(NamedTuple):
    """One request that was asked for. `draft`: as it would be recorded; `bought`: the job of the
    ledger that is shown instead, if there is one; `words`: what tells it from the others.
    """  # noqa: D205 - three names do not break into a summary

    draft: Record
    bought: Record | None = None
    words: str = ""


def warnings_card(warnings: Sequence[str]) -> View | None:
    """Return a card of what to look at again, if there is anything."""
    if not warnings:
        return None
    lines = [Line(words.shorten(warning, _WARNING), quoted=True) for warning in warnings[:_MOST_WARNINGS]]
    if (more := len(warnings) - len(lines)) > 0:
        lines.append(Line(f"… and {more} more.", dim=True))
    headline = "Please check this" if len(warnings) == 1 else f"Please check these {len(warnings)} things"
    return View(Kind.CARE, headline, lines=tuple(lines))


def plan_sheet(
    asked: Sequence[Asked], model: ModelCard, *, refusal: str = "", warnings: Sequence[str] = ()
) -> Sheet:
    """Return what would be sent, and for how much. `refusal`: why it would not be."""
    warned = warnings_card(warnings)
    above: Sheet = (warned,) if warned else ()
    if len(asked) == 1:
        return (*above, _one(asked[0], model, refusal), _request(asked[0].draft, "The exact request"))
    first = next((one for one in asked if one.bought is None), None)
    request = (_request(first.draft, "The first request, exactly"),) if first else ()
    return (*above, _all(asked, model, refusal), _table(asked), *request)


def _one(one: Asked, model: ModelCard, refusal: str) -> View:
    told = Line(" · ".join([model.display_name, *facts(one.draft, model)]), dim=True, quoted=True)
    if one.bought is not None:
        line = Line("It would be shown again, and nothing sent. `--again` makes a new take.", dim=True)
        return View(Kind.GOOD, "In your ledger already", f"job {one.bought.id}", (told, line))
    cost = _estimate(one.draft.estimate_usd)
    if refusal:
        return View(Kind.BAD, "Would be refused", cost, (Line(refusal, quoted=True), told))
    line = Line("Without `--dry-run` it is sent. Nothing has been sent now.", dim=True)
    return View(Kind.RUNNING, "Would be sent", cost, (told, line))


def _all(asked: Sequence[Asked], model: ModelCard, refusal: str) -> View:
    new = [one.draft for one in asked if one.bought is None]
    bought = len(asked) - len(new)
    lines = [Line(model.display_name, dim=True, quoted=True)]
    if bought:
        said = "1 of them is" if bought == 1 else f"{bought} of them are"
        lines.append(Line(f"{said} in your ledger already: shown again, nothing sent for that."))
    figure = _total([draft.estimate_usd for draft in new]) if new else ""
    if refusal and new:
        return View(
            Kind.BAD, f"{requests(len(new))} would be refused", figure, (Line(refusal, quoted=True), *lines)
        )
    if not new:
        return View(Kind.GOOD, "Nothing would be sent", f"{len(asked)} jobs", tuple(lines))
    lines.append(Line("Without `--dry-run` they are sent. Nothing has been sent now.", dim=True))
    return View(Kind.RUNNING, f"{requests(len(new))} would be sent", figure, tuple(lines))


def requests(number: int) -> str:
    """Write how many requests."""
    return "1 request" if number == 1 else f"{number} requests"


def _estimate(amount: Decimal | None) -> str:
    return "no estimate" if amount is None else f"about {words.dollars(amount)}"


def _total(amounts: Sequence[Decimal | None]) -> str:
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return "no estimate"
    total = f"about {words.dollars(sum(known, Decimal(0)))} in all"
    unknown = len(amounts) - len(known)
    return f"{total}, {unknown} without an estimate" if unknown else total


def _table(asked: Sequence[Asked]) -> Table:
    shown = asked[:MOST_SHOTS]
    rows = tuple(_row(at, one) for at, one in enumerate(shown, 1))
    more = len(asked) - len(shown)
    return Table(
        ("", "what differs", "what happens", "estimate"), rows, f"… and {more} more." if more else ""
    )


def _row(at: int, one: Asked) -> tuple[Cell, ...]:
    happens, cost = Cell("sent"), Cell(_estimate(one.draft.estimate_usd))
    if one.bought is not None:
        happens, cost = Cell(f"shown again: job {one.bought.id}", dim=True), Cell("")
    return Cell(str(at), dim=True), Cell(words.shorten(one.words, _TEXT)), happens, cost


def _request(draft: Record, label: str) -> Code:
    body = json.dumps(dict(draft.inputs), indent=2, ensure_ascii=False, default=str)
    return Code(f"POST {draft.base_url}/models/{draft.model}\n\n{body}", label)
