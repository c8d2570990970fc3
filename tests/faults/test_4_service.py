"""Fault 4: the service answers wrongly, late, never, or in other words while a job is followed."""

from __future__ import annotations

import signal
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from faults.checks import CELL, NOTHING, WHOLE, Expected, on, words
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from faults.checks import Rules
    from faults.notebook import Notebook
    from support.sandbox import Sandbox

GONE = {"code": 404, "error_code": 404001, "message": "no such request"}
FAILED = ("The model failed", "whether it is billed is shown on your RunComfy usage page")
RESULT = {"status": "succeeded", "output": {"video": "{video}"}}

PASSES: dict[str, Rules] = {
    "status: 503": (on("status", "status_code", code=503, times=3),),
    "status: 500": (on("status", "status_code", code=500, times=2),),
    "status: garbage with status 200": (on("status", "garbage", times=2),),
    "status: a page with status 200": (on("status", "html", times=2),),
    "status: an error with status 200": (on("status", "error_200", times=2),),
    "status: dropped": (on("status", "drop_after_read", times=2),),
    "status: reset": (on("status", "drop_before_read", times=2),),
    "status: no word at all": (on("status", "json", json={}, times=2),),
    "status: another word for waiting": tuple(
        on("status", "word", word=word, times=1)
        for word in ("pending", "waiting", "starting", "processing", "cancellation_requested", "IN-PROGRESS")
    ),
    "status: an unknown word": (on("status", "word", word="daydreaming", times=3),),
    "status: succeeded before it is": (on("status", "word", word="succeeded", times=1),),
    "status: failed, which the result denies": (on("status", "word", word="failed", times=1),),
    "result: 503": (on("result", "status_code", code=503, times=2),),
    "result: garbage": (on("result", "garbage", times=2),),
    "result: not ready as HTTP 400": (on("result", "not_ready_400", times=2),),
    "result: without its output at first": (on("result", "no_output", times=2),),
    "result: without its cost": (on("result", "late_cost"),),
    "result: output is a bare string": (on("result", "json", json=RESULT | {"output": "{video}"}),),
    "result: output is a list": (on("result", "json", json=RESULT | {"output": ["{video}"]}),),
    "result: echoes its input": (
        on("result", "json", json=RESULT | {"input": {"video": "http://127.0.0.1:9/x.mp4"}}),
    ),
}


@pytest.mark.parametrize("fault", PASSES)
def test_what_passes_is_sat_out(notebook: Notebook, sandbox: Sandbox, clips: Path, fault: str) -> None:
    """Questions are asked again, the POST is not: the video comes."""
    sandbox.misbehave(*PASSES[fault])

    cell = notebook.run(CELL)

    assert cell.status == "ok", words(cell)
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)


ENDS: dict[str, tuple[Rules, Expected]] = {
    "completed, then failed: an object": (
        (on("result", "failed"),),
        Expected("failed", says=(*FAILED, "RunComfy reports: AiError: told to fail (code 3043)")),
    ),
    "completed, then failed: a string": (
        (on("result", "failed", error="<b>out of</b> luck"),),
        Expected("failed", says=(*FAILED, "RunComfy reports: <b>out of</b> luck")),
    ),
    "failed without a reason": (
        (on("result", "json", json={"status": "failed"}),),
        Expected("failed", says=(*FAILED, "no reason given")),
    ),
    "cancelled by the service": (
        (on("status", "word", word="canceled"),),
        Expected("cancelled", says=("Cancelled", "Running the cell again sends it anew")),
    ),
    "completed, then cancelled": (
        (on("result", "json", json={"status": "cancelled", "error": "the pod is gone"}),),
        Expected("cancelled", says=("Cancelled", "RunComfy reports: the pod is gone")),
    ),
}


@pytest.mark.parametrize("fault", ENDS)
def test_an_ending_is_told_as_it_is(notebook: Notebook, sandbox: Sandbox, clips: Path, fault: str) -> None:
    """`completed` is not `succeeded`: the card says how it ended, and the same cell sends it anew."""
    rules, expected = ENDS[fault]
    sandbox.misbehave(*rules)

    cell = notebook.run(CELL)

    expected.check(cell, notebook, sandbox, clips)
    assert "<b>out" not in cell.html
    sandbox.misbehave()
    assert notebook.run(CELL).status == "ok"
    assert len(sandbox.submissions()) == 2


@pytest.mark.parametrize("call", ["status", "result"])
def test_a_request_that_the_service_has_forgotten_is_kept(
    notebook: Notebook, sandbox: Sandbox, clips: Path, call: str
) -> None:
    """It was accepted once, so it may have been paid for: it is not bought again, but asked for again."""
    sandbox.misbehave(on(call, "error", **GONE))

    cell = notebook.run(CELL)

    said = (
        "Accepted, but RunComfy does not know it any more: it may be billed",
        "RunComfy has no such request for this token",
        "%sora resume",
    )
    Expected("undelivered", posts=1, disk=NOTHING, says=said).check(cell, notebook, sandbox, clips)
    sandbox.misbehave()
    resumed = notebook.run(CELL)
    Expected("succeeded", posts=1, disk=WHOLE).check(resumed, notebook, sandbox, clips)


def test_trouble_is_said_while_it_lasts(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """A row that asks in vain says why it is asking again."""
    sandbox.misbehave(on("status", "status_code", code=503, times=5))

    cell = notebook.run(CELL)

    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    assert notebook.kernel.has_said("Asking again: RunComfy is in trouble (HTTP 503)")


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(notebook: Notebook, sandbox: Sandbox, clips: Path, form: str) -> None:
    """A service that asks to come back later is left alone until then, in seconds or at a date."""
    asked = 2.0
    at = time.time() + 4  # a date has whole seconds, and the cell has to come first
    told = f"{asked:.0f}" if form == "seconds" else formatdate(at, usegmt=True)
    sandbox.misbehave(on("status", "status_code", code=429, headers={"retry-after": told}, times=1))

    cell = notebook.run(CELL)

    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    refused, following, *_ = (entry["at"] for entry in sandbox.journal() if entry["on"] == "status")
    assert following >= (refused + asked if form == "seconds" else int(at))


def test_a_token_that_is_revoked_meanwhile_stops_the_following_alone(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """The job keeps its state and its id; once the token is good again the job goes on."""
    sandbox.misbehave(on("status", "error", code=401, error_code=400004, message="revoked"))

    cell = notebook.run(CELL)

    said = ("Not followed any more", "does not accept the token", "%sora wait", "takes it up again")
    Expected("in_queue", says=said).check(cell, notebook, sandbox, clips)
    sandbox.misbehave()
    on_again = notebook.run("%sora wait")
    Expected("succeeded", posts=1, disk=WHOLE).check(on_again, notebook, sandbox, clips)


def test_a_laptop_that_slept_asks_again_at_once(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """Stopped while the service finished, the kernel takes up again where it was, without a long wait."""
    cell = notebook.run(CELL)
    eventually(lambda: any(entry["on"] == "status" for entry in sandbox.journal()), what="it is followed")
    notebook.process.signal(signal.SIGSTOP)
    request = notebook.job()["request_id"]
    eventually(lambda: sandbox.state_of(request) == "succeeded", what="the service has finished")

    notebook.process.signal(signal.SIGCONT)

    woken = time.time()
    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    assert time.time() - woken < 5
