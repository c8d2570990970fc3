"""What a submission would send, what it would cost, and whether it may. Nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain import cost
from runcomfy_jupyter._domain.differences import differences
from runcomfy_jupyter._domain.refusal import NOTHING_SENT, sorry
from runcomfy_jupyter._domain.words import dollars, shorten
from runcomfy_jupyter.errors import CostError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of one submission, in order.

    `drafts`: as they would be recorded; `bought`: for each, the job of the ledger that is shown
    instead, or None where a request is recorded. `again`: nothing is shown instead. `left`: the ids of
    those of the ledger that a kernel which has ended did not send: they are sent, too.
    """

    card: ModelCard
    drafts: tuple[Record, ...]
    bought: tuple[Record | None, ...]
    again: bool = False
    refusal: CostError | None = None
    warnings: tuple[str, ...] = ()
    left: frozenset[str] = frozenset()

    @property
    def shown(self) -> tuple[Record | None, ...]:
        """For each request, the job that is shown and needs no sending, or None."""
        return tuple(None if known is None or known.id in self.left else known for known in self.bought)

    @property
    def sent(self) -> list[Record]:
        """The drafts of what would be sent."""
        return [draft for draft, known in zip(self.drafts, self.shown, strict=True) if known is None]

    @property
    def new(self) -> list[Record]:
        """The drafts of what would be recorded."""
        return [draft for draft, bought in zip(self.drafts, self.bought, strict=True) if bought is None]

    @property
    def told(self) -> list[str]:
        """For each request, in a few words, what tells it from the others."""
        schema = self.card.schema
        body = schema.body.name if schema.body is not None else "prompt"
        return differences([schema.resolve(draft.inputs) for draft in self.drafts], body)

    @property
    def estimate_usd(self) -> Decimal | None:
        """The estimated US dollars of what would be sent; None where a price is not known."""
        return cost.total(draft.estimate_usd for draft in self.sent)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a submission may cost, in US dollars; None: no bound. `spent`: of the budget, so far."""

    per_submission: Decimal | None = None
    budget: Decimal | None = None
    spent: Decimal = Decimal(0)
    # What set the first: it is told where it refuses.
    source: str = "max_cost"

    @property
    def bounded(self) -> bool:
        """Whether there is a bound at all."""
        return self.per_submission is not None or self.budget is not None

    def refusal(self, estimate: Decimal | None, number: int) -> CostError | None:
        """Say why `number` new requests of this estimate may not be sent, or None where they may."""
        if not number or not self.bounded:
            return None
        what = "this request" if number == 1 else f"these {number} requests"
        if estimate is None:
            bound = self.source if self.per_submission is not None else "Sora.session_budget_usd"
            message = f"What {what} would cost is not known, and {bound} sets a bound."
            return CostError(message, hint=f"Lift the bound to send without an estimate. {NOTHING_SENT}")
        if self.per_submission is not None and estimate > self.per_submission:
            message = f"The estimate for {what} is {dollars(estimate)}, above the "
            message += f"{dollars(self.per_submission)} that {self.source} allows."
            return CostError(message, hint=NOTHING_SENT)
        if self.budget is not None and self.spent + estimate > self.budget:
            message = f"The estimate for {what} is {dollars(estimate)}; {dollars(self.spent)} of the "
            message += f"{dollars(self.budget)} of Sora.session_budget_usd are spent or under way."
            return CostError(message, hint=f"A new kernel, or a larger budget, goes on. {NOTHING_SENT}")
        return None


def as_decimal(amount: Any) -> Decimal | None:
    """Return an amount of money as it is written: a float's shortest digits, not its binary value."""
    return None if amount is None else Decimal(str(amount))


def bound_of(amount: Any) -> Decimal | None:
    """Read what a submission may cost; raise `InputError` for what is no amount of dollars."""
    try:
        value = None if isinstance(amount, bool) else as_decimal(amount)
    except InvalidOperation:
        value = None
    if amount is None or (value is not None and value.is_finite() and value > 0):
        return value
    raise sorry(f"max_cost takes US dollars above 0, such as 2.50, not {shorten(repr(amount), 60)}.")
