"""What is said of many jobs that were asked for together."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.facts import missing, title
from runcomfy_jupyter._display.running import elapsed_of, place, state_words
from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.lifecycle import State, ended, rests

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

MOST_WORDS = 120
_TITLE = 240
_MINUTE = 60
_RESTS = {
    State.SUCCEEDED: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
    State.UNCONFIRMED: "not confirmed",
    State.UNDELIVERED: "without its file",
}


def over(records: Sequence[Record]) -> bool:
    """Tell whether nothing more happens to any of them by itself."""
    return all(rests(record.state) for record in records)


def time_left(records: Sequence[Record], *, now: float, typical: float | None, at_once: int) -> float | None:
    """Return about how many seconds it takes until all rest; None where that is not known.

    `typical`: seconds that one took; `at_once`: how many requests may be out at a time.
    """
    running = [record for record in records if not rests(record.state)]
    if typical is None or not running:
        return None
    gone = (0.0 if record.accepted_at is None else elapsed_of(record, now) for record in running)
    lefts = [max(0.0, typical - seconds) for seconds in gone]
    return max(*lefts, sum(lefts) / max(1, at_once))


def summary_words(records: Sequence[Record], *, left: float | None = None, kept: Collection[str] = ()) -> str:
    """Say how all of them stand: 12 of 30 done, 1 failed, about 4 min left, $3.20 so far.

    `left`: seconds, as `time_left` returns them; `kept`: the ids of those that were bought before, which
    no sum counts.
    """
    counted = Counter(record.state for record in records)
    old = [record for record in records if record.id in kept]
    shown = sum(record.state is State.SUCCEEDED for record in old)
    if shown == len(records):
        return f"{shown} of {shown} shown from your ledger, nothing was sent; --again makes new takes"
    done = counted[State.SUCCEEDED]
    if not over(records):
        told = [f"{done} of {len(records)} done", f"{len(old)} from your ledger" if old else ""]
    elif shown:
        told = [f"{done - shown} made now" if done > shown else "", f"{shown} shown from your ledger"]
    else:
        told = [f"{done} of {len(records)} done"]
    told += [f"{counted[state]} {word}" for state, word in list(_RESTS.items())[1:] if counted[state]]
    if left is not None:
        told.append(_left(left))
    money = _money([record for record in records if record.id not in kept])
    told.append(f"this run: {money}" if money and old else money)
    return ", ".join(part for part in told if part)


def _left(seconds: float) -> str:
    if seconds < _MINUTE:
        return "less than a minute left"
    return f"about {words.duration(round(seconds / _MINUTE) * _MINUTE)} left"


def _money(records: Sequence[Record]) -> str:
    """Say what they have cost so far, else what they will cost about."""
    known = [record.cost_usd for record in records if record.cost_usd is not None]
    if not known:
        return _estimate([record.estimate_usd for record in records if not _free(record)])
    spent = words.dollars(sum(known, Decimal(0)))
    if not over(records):
        return f"{spent} so far"
    unknown = sum(record.cost_usd is None and not ended(record.state) for record in records)
    return f"{spent}, {unknown} without a known cost yet" if unknown else spent


def _estimate(amounts: Sequence[Decimal | None]) -> str:
    if not amounts or None in amounts:
        return ""
    total = sum((amount for amount in amounts if amount is not None), Decimal(0))
    return f"about {words.dollars(total)} in all"


def _free(record: Record) -> bool:
    """Tell whether a job costs nothing for certain: it was refused, or cancelled while queued."""
    queued = record.state is State.CANCELLED and record.started_at is None
    return queued or (record.state is State.FAILED and record.request_id is None)


def what(records: Sequence[Record], model: ModelCard) -> str:
    """Say of what a batch is made: Sora 2 · 30 jobs."""
    return f"{model.display_name} · {len(records)} job{'s' * (len(records) != 1)}"


def shared_title(records: Sequence[Record], model: ModelCard) -> str:
    """Return the prompt of all of them if it is one."""
    titles = {title(record, model) for record in records}
    return words.shorten(titles.pop(), _TITLE) if len(titles) == 1 else ""


def batch_card(records: Sequence[Record], model: ModelCard, *, kept: Collection[str] = ()) -> View:
    """Return the card above the outputs of a batch. `kept`: the ids of what was bought before."""
    counted = Counter(record.state for record in records)
    lines = [Line(shared_title(records, model), quoted=True)]
    if anew := counted[State.FAILED] + counted[State.CANCELLED]:
        it = "it" if anew == 1 else "these"
        lines.append(Line(f"Running the cell again sends {it} anew, and nothing else.", dim=True))
    if counted[State.UNDELIVERED]:
        lines.append(
            Line("`%sora resume` tries again to fetch what is paid. Nothing is billed again.", dim=True)
        )
    kind = Kind.RUNNING
    if over(records):
        kind = Kind.GOOD if counted[State.SUCCEEDED] == len(records) else Kind.CARE
    lines = [line for line in lines if line.text]
    return View(kind, summary_words(records, kept=kept), what(records, model), tuple(lines))


def numbered(number: int, said: str) -> str:
    """Name one job of a batch by its place and by what tells it from the others."""
    return words.shorten(" · ".join(part for part in (str(number), said) if part), MOST_WORDS)


def small_card(name: str, record: Record, model: ModelCard, *, now: float) -> View:
    """Return a small card for a job of a batch that has nothing to show. `name`: as `numbered` makes it."""
    whole = view(record, model, now=now)
    lines = [Line(name, quoted=True)]
    why = next((line.text for line in whole.lines if line.quoted and not line.dim), "")
    if why:
        lines.append(Line(words.shorten(why, MOST_WORDS), dim=True, quoted=True))
    return View(whole.kind, whole.headline, "", (*lines, Line(f"job {record.id}", dim=True)))


def state_of(record: Record) -> str:
    """Say in a word or two what a job of a batch is at, or came to."""
    if record.state is State.SUCCEEDED and missing(record.files):
        return "its file is gone"
    return _RESTS[record.state] if rests(record.state) else place(record)


def counted_words(records: Sequence[Record]) -> str:
    """Count jobs by what they are at, or came to."""
    told = (_RESTS[record.state] if rests(record.state) else state_words(record) for record in records)
    return ", ".join(f"{number} {word}" for word, number in Counter(told).items())
