"""From what is asked for in Python to jobs: checked, planned, warned of, bought."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.refusal import sorry
from runcomfy_jupyter._domain.shots import listed, with_more, with_prompt
from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter._session.job import Job
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._session.cluster import Cluster
    from runcomfy_jupyter._session.planning import Plan
    from runcomfy_jupyter._session.session import Session

# From `_bought` out to the line of the user's own code, which calls a function of `process`.
_USERS_LINE = 4


def submit(
    session: Session,
    /,
    prompt: str = "",
    *,
    model: str | None = None,
    again: bool = False,
    max_cost: Any = None,
    inputs: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Job:
    """Send a request in the background and return its job at once.

        job = submit("A red panda surfs a long wave at dawn", size="1280x720", seconds=8)
        job.wait().path  # in a notebook also: (await job).path

    `fields` are those of the model's input schema; for Sora 2 `size` ("1280x720", "720x1280")
    and `seconds` (4, 8, 12). `inputs` takes those whose names are no keywords, or are among ours.
    `model`: a model's id; None: the setting `model`. A request that is bought already is returned
    instead of being sent, unless `again` asks for a new take. `max_cost`: US dollars that the
    estimate may have. Raises `UserError` before anything is sent; what goes wrong later is raised
    by `job.wait()` and `await job`.
    """
    card = session.model(model)
    shot = with_prompt(card, prompt, fields if inputs is None else with_more(inputs, fields))
    return _bought(session, card, [shot], again=again, max_cost=max_cost)[0]


def submit_many(  # noqa: PLR0913 - the public interface
    session: Session,
    /,
    shots: Any,
    *,
    model: str | None = None,
    again: bool = False,
    max_cost: Any = None,
    on: Any = None,
    then: Callable[[Path], Any] | None = None,
    save_dir: str | None = None,
    **common: Any,
) -> Batch:
    """Send several requests in the background and return their batch at once.

        batch = submit_many(["A kite over a beach", "A boat at night"], seconds=4)
        batch.wait()
        [job.path for job in batch]

    `shots`: a list of prompts or one of dicts, or a DataFrame; a dict's keys are fields of the model's input
    schema. `common`: fields for all of them. `max_cost`: US dollars that all of it may cost together.
    What is bought already is shown instead, as by `submit`.

    `on`: a `dask.distributed.Client`. This kernel pays and records; the workers follow, download to
    `save_dir` (a folder that all machines share, or an address that fsspec knows) and apply `then` to
    each file's path; `batch.results` has what it returns. A worker takes the token from its own
    environment, and never submits.
    """
    cluster = None
    if on is not None:
        from runcomfy_jupyter._session.cluster import Cluster  # noqa: PLC0415 - the extra `dask`

        cluster = Cluster(on, then, save_dir or session.save_dir())
    elif then is not None or save_dir is not None:
        message = "then= and save_dir= are for jobs that a cluster follows: name it by on=."
        raise sorry(message, way_on("Here, %config Sora.save_dir sets the folder.", ""))
    card = session.model(model)
    asked = [with_prompt(card, shot.prompt, shot.inputs) for shot in listed(shots, card.schema, common)]
    return _bought(session, card, asked, again=again, max_cost=max_cost, cluster=cluster)


def _bought(
    session: Session,
    card: ModelCard,
    asked: Sequence[Mapping[str, Any]],
    *,
    again: bool,
    max_cost: Any,
    cluster: Cluster | None = None,
) -> Batch:
    folder = None if cluster is None else cluster.save_dir
    with session.till.buying:
        bounds = session.till.bounds(max_cost)
        plan = session.till.plan(card, asked, again=again, bounds=bounds, save_dir=folder)
        # A warning that is made an error comes before the request.
        for warning in (*plan.warnings, *session.look(plan)):
            warnings.warn(warning, stacklevel=_USERS_LINE)
        return Batch(session, buy(session, plan, cluster), plan.told, cluster)


def buy(session: Session, plan: Plan, cluster: Cluster | None = None) -> list[Job]:
    """Record the requests of a plan and send them in the background; show bought ones instead.

    `cluster`: what follows them in place of this kernel. Raises `UserError` before anything is
    recorded or sent.
    """
    hand = None
    if cluster is not None:
        limit = session.max_download()
        hand = functools.partial(cluster.follow, max_download=limit, sandbox=session.sandbox_on)
    with session.till.buying:  # two at once must not both fit into what is left of the budget
        bought = session.till.buy(plan, hand)
    for record, new in bought:
        if hand is not None and not new and record.request_id is not None:
            session.engine.runner.follow(record, session.terms(record)._replace(hand=hand))
    return [Job(session, record, is_new=new) for record, new in bought]
