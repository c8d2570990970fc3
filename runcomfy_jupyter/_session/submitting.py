"""From what is asked for in Python to jobs: checked, planned, warned of, bought."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.shots import listed
from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter._session.job import Job
from runcomfy_jupyter._session.till import with_more, with_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_jupyter._session.cluster import Cluster
    from runcomfy_jupyter._session.planning import Plan
    from runcomfy_jupyter._session.session import Session
    from runcomfy_jupyter._session.till import Till

# From `_warn` out to the line of the user's own code.
_USERS_LINE = 5


def submit(  # noqa: PLR0913 - the public interface
    session: Session,
    till: Till,
    prompt: str = "",
    *,
    model: str | None = None,
    again: bool = False,
    max_cost: Any = None,
    inputs: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Job:
    """Record a request and send it in the background; show a bought one again instead.

    Raises `UserError` before anything is recorded or sent.
    """
    card = session.model(model)
    shot = with_prompt(card, prompt, fields if inputs is None else with_more(inputs, fields))
    with till.buying:
        plan = till.plan(card, [shot], again=again, max_cost=max_cost)
        _warn(session, plan)
        return buy(session, till, plan)[0]


def submit_many(  # noqa: PLR0913 - the public interface
    session: Session,
    till: Till,
    shots: Any,
    *,
    model: str | None = None,
    again: bool = False,
    max_cost: Any = None,
    cluster: Cluster | None = None,
    **common: Any,
) -> Batch:
    """Do so for each item of a list, or row of a DataFrame; `common`: fields of them all."""
    card = session.model(model)
    asked = [with_prompt(card, shot.prompt, shot.inputs) for shot in listed(shots, card.schema, common)]
    folder = None if cluster is None else cluster.save_dir
    with till.buying:
        plan = till.plan(card, asked, again=again, max_cost=max_cost, save_dir=folder)
        _warn(session, plan)
        return Batch(session, buy(session, till, plan, cluster), plan.told, cluster)


def buy(session: Session, till: Till, plan: Plan, cluster: Cluster | None = None) -> list[Job]:
    """Buy what a plan holds; `cluster`: what follows it in place of this kernel."""
    hand = None
    if cluster is not None:
        limit = session.max_download()
        hand = functools.partial(cluster.follow, max_download=limit, sandbox=session.sandbox_on)
    with till.buying:  # two at once must not both fit into what is left of the budget
        bought = till.buy(plan, hand)
    for record, new in bought:
        if hand is not None and not new and record.request_id is not None:
            session.engine.runner.follow(record, session.terms(record)._replace(hand=hand))
    return [Job(session, record, is_new=new) for record, new in bought]


def _warn(session: Session, plan: Plan) -> None:
    """Warn whoever calls from Python; a warning that is made an error comes before the request."""
    for warning in (*plan.warnings, *session.look(plan)):
        warnings.warn(warning, stacklevel=_USERS_LINE)
