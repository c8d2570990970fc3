"""Where requests are bought: planned, held to their bounds, recorded, and handed to the runner."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import settings
from runcomfy_jupyter._domain import cost
from runcomfy_jupyter._domain.lifecycle import State, ended
from runcomfy_jupyter._domain.models import fingerprint
from runcomfy_jupyter._domain.record import Record, is_elsewhere
from runcomfy_jupyter._domain.refusal import NOTHING_SENT
from runcomfy_jupyter._jobs.artifacts import try_folder
from runcomfy_jupyter._session.planning import Bounds, Plan, as_decimal, bound_of
from runcomfy_jupyter.errors import RunComfyError, StorageError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._jobs.runner import Hand
    from runcomfy_jupyter._session.session import Session
    from runcomfy_jupyter.errors import CostError


_MOST_LOOKED_AT = 20
_LOOK_SECONDS = 10.0
_PRICE_SECONDS = 5.0


class Till:
    """Buys for a session; whoever plans and then buys holds `buying` from the one to the other."""

    def __init__(self, session: Session) -> None:
        self.buying = threading.RLock()
        self._session = session
        # The jobs that this kernel has bought: what they cost counts towards its budget.
        self._bought: list[str] = []

    def plan(
        self,
        card: ModelCard,
        shots: Sequence[Mapping[str, Any]],
        *,
        again: bool,
        bounds: Bounds,
        save_dir: str | None = None,
        priced: bool = False,
    ) -> Plan:
        """Check the inputs, estimate, look into the ledger; send and record nothing.

        `priced`: wait a little for a price that is not known here; under a bound that is done anyway.
        """
        card = self._priced(card) if priced or bounds.bounded else card
        base_url = self._session.base_url()
        checked = [card.schema.check(shot) for shot in shots]
        with _unsent():
            folder = save_dir or self._session.save_dir()
            drafts = tuple(_draft(card, inputs, base_url, folder) for inputs in checked)
            nothing = (None,) * len(drafts)
            bought = nothing if again else tuple(self._session.ledger.bought(drafts))
            left = frozenset(record.id for record in self.left(bought))
        plan = Plan(card, drafts, bought, again, warnings=_warnings(card), left=left)
        refusal = bounds.refusal(plan.estimate_usd, len(plan.sent))
        return replace(plan, refusal=refusal)

    def look(self, plan: Plan) -> list[str]:
        """Look at the hosts of the files that new requests name; return what may keep them from being read.

        Without the token, a few seconds at most, and only a warning: the service decides.
        """
        schema = plan.card.schema
        named = dict.fromkeys(
            (field.medium, url) for draft in plan.new for field, url in schema.files(draft.inputs)
        )
        if not named:
            return []
        from runcomfy_jupyter._client.look import look  # noqa: PLC0415 - it brings httpx along

        async def all_of_them() -> list[str | None]:
            return await asyncio.gather(*(look(url, medium) for medium, url in list(named)[:_MOST_LOOKED_AT]))

        asked = self._session.engine.background.run(all_of_them())
        try:
            told = asked.result(_LOOK_SECONDS)
        except TimeoutError:
            asked.cancel()
            return []
        return [warning for warning in told if warning]

    def buy(self, plan: Plan, hand: Hand | None = None) -> list[tuple[Record, bool]]:
        """Record and send what is new, and send what was left unsent; tell of each whether it is sent now.

        Raises `UserError` before anything is recorded or sent.
        """
        if plan.refusal is not None:
            raise plan.refusal
        session = self._session
        endpoint = session.endpoint()
        if any(draft.base_url != endpoint.base_url for draft in plan.drafts):
            message = f"This was planned for {plan.drafts[0].base_url}, and requests now go elsewhere."
            raise UserError(message, hint=f"Ask for it again. {NOTHING_SENT}")
        from runcomfy_jupyter._jobs.runner import Terms  # noqa: PLC0415 - it brings httpx along

        terms = Terms(endpoint, session.max_download(), hand=hand, schema=plan.card.schema)
        with _unsent():
            if plan.new and not is_elsewhere(plan.new[0].save_dir):
                try_folder(Path(plan.new[0].save_dir))
            runner = session.engine.runner  # before the records, so that none waits for a thread
            runner.limit(session.options.max_in_flight)
            records = session.ledger.begin_all(plan.drafts, owner=runner.owner, again=plan.again)
        sent = []
        for record, new in records:
            if new:
                runner.submit(record, terms)
            elif record.id in plan.left:
                runner.follow(record, terms)
            sent.append((record, new or record.id in plan.left))
        self._bought += [record.id for record, new in sent if new]
        if plan.card.base_price_usd is None:
            session.catalogue.refresh(plan.card.model_id)  # for the next time
        return sent

    def refusal(self, left: Sequence[Record]) -> CostError | None:
        """Say why what was left unsent may not be sent now, or None where it may."""
        return self.bounds(None).refusal(cost.total(record.estimate_usd for record in left), len(left))

    def left(self, records: Iterable[Record | None]) -> list[Record]:
        """Return the jobs that a kernel which has ended recorded and did not send."""
        unsent = [record for record in records if record is not None and record.unsent]
        orphans = {record.id for record in self._session.engine.orphans()} if unsent else set()
        return [record for record in unsent if record.id in orphans]

    def _priced(self, card: ModelCard) -> ModelCard:
        """Return a card with its price, as far as that can be had before long."""
        if card.base_price_usd is None:
            with contextlib.suppress(RunComfyError):
                return self._session.catalogue.model(card.model_id, fresh=True, patience=_PRICE_SECONDS)
        return card

    def bounds(self, max_cost: Any, named: str = "max_cost") -> Bounds:
        """Return what a submission may cost now. `named`: what `max_cost` is called where it was said."""
        options = self._session.options
        bound, source = bound_of(max_cost), named
        if bound is None:
            bound, source = as_decimal(options.max_cost_usd), "Sora.max_cost_usd"
        budget = as_decimal(options.session_budget_usd)
        return Bounds(bound, budget, self.spent() if budget is not None else Decimal(0), source)

    def spent(self) -> Decimal:
        """Return the US dollars of what this kernel has bought: the cost, else the estimate."""
        runner = self._session.engine.running
        taken_up = set() if runner is None else runner.sent
        records = self._session.ledger.many([*{*self._bought, *taken_up}])
        counted = [
            record.cost_usd if record.cost_usd is not None else record.estimate_usd
            for record in records
            if record.cost_usd is not None or not ended(record.state)
        ]
        return sum((amount for amount in counted if amount is not None), Decimal(0))


def _draft(card: ModelCard, inputs: dict[str, Any], base_url: str, save_dir: str) -> Record:
    resolved = card.schema.resolve(inputs)
    return Record(
        id="",
        base_url=base_url,
        model=card.model_id,
        inputs=inputs,
        fingerprint=fingerprint(base_url, card.model_id, resolved),
        asked=fingerprint(base_url, card.model_id, inputs),
        estimate_usd=cost.estimate(card, resolved),
        state=State.RECORDED,
        save_dir=save_dir,
        created_at=time.time(),
        notebook=settings.notebook(),
    )


@contextlib.contextmanager
def _unsent() -> Iterator[None]:
    """Say of what the disk refuses that nothing was sent."""
    try:
        yield
    except StorageError as error:
        hint = error.hint if NOTHING_SENT in error.hint else f"{error.hint} {NOTHING_SENT}"
        raise StorageError(error.message, hint=hint) from error


def _warnings(card: ModelCard) -> tuple[str, ...]:
    if card.schema.readable:
        return ()
    return (f"The input schema of {card.model_id} cannot be read: what it is given is sent unchecked.",)
