"""Jobs that a desk's session has made, is making, or finds in its ledger."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain.lifecycle import State
from support.polling import eventually

if TYPE_CHECKING:
    from runcomfy_jupyter._session.job import Job
    from support.desk import Desk


def made(desk: Desk, prompt: str = "A paper boat") -> Job:
    """Make a video, and wait until it is here."""
    return desk.session.submit(prompt).wait(20)


def sent(desk: Desk, prompt: str = "A paper boat") -> Job:
    """Send a request, and wait until it is accepted."""
    job = desk.session.submit(prompt)
    eventually(lambda: job.request_id is not None, what="it is accepted")
    return job


def elsewhere(desk: Desk, base_url: str, *, cost: str | None, prompt: str = "of earlier") -> str:
    """Put a paid job of another service into the ledger; return its id."""
    draft = made(desk, prompt).record
    draft = dataclasses.replace(
        draft, base_url=base_url, state=State.RECORDED, fingerprint=prompt, asked=prompt
    )
    record, _ = desk.session.ledger.begin(dataclasses.replace(draft, files=()), owner="test")
    cost_usd = None if cost is None else Decimal(cost)
    desk.session.ledger.move(record.id, State.IN_QUEUE, request_id=f"r-{record.id}")
    desk.session.ledger.move(record.id, State.DOWNLOADING)
    desk.session.ledger.move(record.id, State.SUCCEEDED, cost_usd=cost_usd)
    return record.id
