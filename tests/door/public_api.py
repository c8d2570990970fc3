"""How the package is used, for the type checker: every public name, as a user would write it.

Nothing here runs; what a user's own type checker would say of these lines is what counts.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import runcomfy_jupyter as rc

if TYPE_CHECKING:
    from collections.abc import Mapping


def make_a_video() -> Path | None:
    """Submit, wait, look at everything that a job tells."""
    job = rc.submit("A red panda surfs", size="1280x720", seconds=4)
    assert_type(job, rc.Job)
    assert_type(rc.submit("A red panda surfs", model="openai/sora-2/text-to-video", again=True), rc.Job)
    assert_type(job.wait(), rc.Job)
    assert_type(job.wait(timeout=60.0), rc.Job)
    assert_type(job.state, str)
    assert_type(job.id, str)
    assert_type(job.request_id, str | None)
    assert_type(job.model, str)
    inputs: Mapping[str, Any] = job.inputs
    assert_type(inputs["prompt"], Any)
    assert_type(job.cost_usd, Decimal | None)
    assert_type(job.error, str | None)
    assert_type(job.cancel(), str)
    assert_type(job.paths, list[Path])
    return job.path


def make_many() -> list[rc.Job]:
    """Submit several at once, bound what they cost, look at what failed."""
    batch = rc.submit_many(["A red panda", "A car"], size="1280x720", seconds=8, max_cost=2)
    assert_type(batch, rc.Batch)
    assert_type(batch.wait(timeout=60.0), rc.Batch)
    assert_type(batch.cancel(), dict[str, int])
    assert_type(batch[0], rc.Job)
    assert_type(batch[1:], rc.Batch)
    assert_type(batch.results, list[Any])
    batch.frame()
    try:
        rc.submit("A red panda", max_cost=0.5, inputs={"seconds": 4})
    except rc.CostError as error:
        assert_type(error.hint, str)
    return batch.failed


async def await_a_video() -> rc.Job:
    """Await a job."""
    job = rc.submit("A red panda surfs")
    assert_type(await job, rc.Job)
    return await job


def look_at_the_ledger() -> list[str]:
    """List jobs, and get one by its id."""
    assert_type(rc.jobs(), list[rc.Job])
    assert_type(rc.jobs("panda", limit=3), list[rc.Job])
    assert_type(rc.get("k3f9"), rc.Job)
    return [job.id for job in rc.jobs()]


def open_a_panel() -> rc.Panel:
    """Make a panel, for the default model or another."""
    assert_type(rc.Panel(), rc.Panel)
    return rc.Panel(model="openai/sora-2/text-to-video")


async def speak_to_the_service() -> None:
    """Use the wire client alone."""
    async with rc.Client(token=None, base_url=None) as client:
        assert_type(client, rc.Client)
        receipt = await client.submit("openai/sora-2/text-to-video", {"prompt": "A red panda"})
        assert_type(receipt.request_id, str)
        status = await client.status(receipt.request_id)
        assert_type(status.queue_position, int | None)
        assert status.state == "in_queue"
        result = await client.result(receipt.request_id)
        assert_type(result.urls, tuple[str, ...])
        assert_type(result.error, str)
        assert_type(result.cost_usd, Decimal | None)
        cancellation = await client.cancel(receipt.request_id)
        assert cancellation.outcome == "cancelled"
        for card in await client.models(search="video"):
            assert_type(card.model_id, str)
        card = await client.model("openai/sora-2/text-to-video")
        assert_type(card.display_name, str)
        balance = await client.balance()
        assert_type(balance.usd, Decimal)


def mend_what_can_be_mended(job: rc.Job) -> str:
    """Tell apart who can mend what went wrong."""
    try:
        job.wait(timeout=1.0)
    except (
        rc.InputError,
        rc.NotFound,
        rc.TokenError,
        rc.BalanceError,
        rc.ModelError,
        rc.StorageError,
    ) as error:
        user: rc.UserError = error
        return user.hint
    except rc.WaitInterrupted as error:
        interrupt: KeyboardInterrupt = error
        return str(interrupt)
    except rc.Busy as error:
        assert_type(error.retry_after, float | None)
    except (rc.Unreachable, rc.BadReply, rc.RequestGone, rc.DeliveryError) as error:
        service: rc.ServiceError = error
        return service.message
    except (rc.JobFailed, rc.JobCancelled, rc.JobUndelivered):
        return "ended"
    except rc.SubmissionUnconfirmed as error:
        unclear: rc.RunComfyError = error
        return unclear.message
    return rc.__version__
