from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.collector import OUTPUT_PATIENCE
from support.clips import CLIP
from support.scripted_service import Media, says

if TYPE_CHECKING:
    from jobs.stage import Stage

pytestmark = pytest.mark.anyio
S = State
NOT_READY = says(400, error_code=400005, error_message="result not ready")
GONE = says(404, error_code=404001, error_message="no such request")


def queued(position: int | None = None, word: str = "in_queue") -> Any:
    """Say that a request waits."""
    return says(status=word, queue_position=position)


async def test_the_usual_way_from_intent_to_file(stage: Stage) -> None:
    """Each state is in the ledger before it is told; the file, the sidecar and the ledger agree."""
    stage.service.on("status", queued(2), queued(1), says(status="in_progress"), says(status="completed"))
    stage.service.on("result", says(status="succeeded", output={"video": stage.service.url()}, cost=0.4))
    follower = stage.follower(stage.job())
    await follower.submit()
    await follower.follow()
    record = stage.ledger.get(follower.record.id)
    assert stage.states() == ["in_queue", "in_progress", "downloading", "succeeded"]
    assert [told.live.queue_position for told in stage.told if told.state is S.IN_QUEUE] == [None, 2, 1]
    assert (record.request_id, record.cost_usd, record.error) == ("r-1", Decimal("0.4"), "")
    times = [record.created_at, record.accepted_at, record.started_at, record.finished_at]
    assert times == sorted(times, key=lambda time: time or 0)
    [file] = record.files
    assert Path(file.path).name == f"paper-boat-{record.id}.mp4"
    assert file.sha256 == hashlib.sha256(CLIP).hexdigest()
    sidecar = json.loads(Path(file.path).with_suffix(".json").read_text())
    assert (sidecar["request_id"], sidecar["sha256"]) == ("r-1", file.sha256)
    [seen] = stage.service.asked("submit")
    assert seen.json == dict(record.inputs)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pending", "waiting", "starting", "succeeded"], ["in_progress", "downloading", "succeeded"]),
        (["processing", "in_queue", "completed"], ["in_progress", "in_queue", "downloading", "succeeded"]),
        (["cancellation_requested", "canceled"], ["in_progress", "cancelled"]),
        (["IN_QUEUE", "In Progress", "Completed"], ["in_progress", "downloading", "succeeded"]),
        (["something new", "in_progress", "completed"], ["in_progress", "downloading", "succeeded"]),
        (["completed"], ["downloading", "succeeded"]),
        (["cancelled"], ["cancelled"]),
    ],
)
async def test_every_word_that_clients_have_seen_is_followed(
    stage: Stage, words: list[str], told: list[str]
) -> None:
    """Synonyms, other spellings and a word that nobody knows lead where they mean."""
    stage.service.on("status", *(says(status=word) for word in words))
    record = await stage.follow(S.IN_QUEUE)
    assert [state for state in stage.states() if state != "in_queue" or state in told] == told
    assert record.state == told[-1]
    assert stage.service.posts == 0


@pytest.mark.parametrize("word", ["completed", "succeeded", "failed"])
@pytest.mark.parametrize("error", ["AiError: no", {"code": 3043, "message": "AiError: no"}])
async def test_completed_may_mean_failed(stage: Stage, word: str, error: Any) -> None:
    """Only the result says which; its reason is kept, in one line, and no file is looked for."""
    stage.service.on("status", says(status=word))
    stage.service.on("result", says(status="failed", error=error, cost=0))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.FAILED
    assert "AiError: no" in record.error
    assert record.cost_usd == 0
    assert record.finished_at is not None
    assert stage.service.asked("media") == []


@pytest.mark.parametrize("state", [S.IN_QUEUE, S.IN_PROGRESS])
async def test_a_result_may_say_cancelled(stage: Stage, state: State) -> None:
    """That is an ending, wherever the job stood."""
    stage.service.on("result", says(status="cancelled", error="by you"))
    record = await stage.follow(state)
    assert (record.state, record.error) == (S.CANCELLED, "by you")


async def test_a_failure_without_a_reason_says_so(stage: Stage) -> None:
    """No empty words are shown."""
    stage.service.on("result", says(status="failed"))
    assert (await stage.follow(S.IN_QUEUE)).error == "no reason given"


async def test_a_result_that_is_not_ready_is_waited_for(stage: Stage) -> None:
    """HTTP 400 with 400005, a state in place of a result, and a result without an address: not yet."""
    ready = says(status="succeeded", output=stage.service.url())
    stage.service.on(
        "result", NOT_READY, says(status="in_progress"), says(status="succeeded", output={}), ready
    )
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.SUCCEEDED
    assert len(stage.service.asked("result")) == 4


async def test_an_output_that_never_comes_leaves_a_paid_job(stage: Stage) -> None:
    """After a minute it is undelivered, not failed: it may have been paid for."""
    stage.service.on("result", says(status="succeeded", output={}, cost="0.40"))
    began = stage.clock.seconds
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.UNDELIVERED
    assert record.error == "RunComfy names no output for it that can be fetched."
    assert record.cost_usd == Decimal("0.40")
    assert OUTPUT_PATIENCE <= stage.clock.seconds - began < 2 * OUTPUT_PATIENCE


@pytest.mark.parametrize("state", [S.IN_QUEUE, S.IN_PROGRESS])
@pytest.mark.parametrize("call", ["status", "result"])
async def test_a_request_that_is_gone_is_not_a_failure(stage: Stage, state: State, call: str) -> None:
    """Deleted or expired, it was accepted once: a failed job would be sent, and paid for, anew."""
    stage.service.on(call, GONE)
    record = await stage.follow(state)
    assert record.state is S.UNDELIVERED
    assert "no such request" in record.error


@pytest.mark.parametrize("state", [S.DOWNLOADING, S.UNDELIVERED, S.SUCCEEDED])
async def test_a_result_that_is_gone_leaves_the_job_undelivered(stage: Stage, state: State) -> None:
    """The same where only the file was missing."""
    stage.service.on("result", GONE)
    record = stage.job(state)
    follower = stage.follower(record)
    await (follower.follow() if state is S.DOWNLOADING else follower.refetch())
    assert stage.ledger.get(record.id).state is S.UNDELIVERED


async def test_all_outputs_are_kept_in_their_order(stage: Stage) -> None:
    """Videos first, then images, each with a name and a sidecar of its own, each address once."""
    url = stage.service.url
    output = {"images": [url("c.png")], "videos": [url("a.mp4"), url("b.mp4"), url("a.mp4")]}
    stage.service.on("result", says(status="succeeded", output=output))
    png = Media(b"\x89PNG\r\n\x1a\n" + bytes(50), kind="image/png")
    stage.service.on("media", Media(CLIP), Media(CLIP + b"\0"), png)
    record = await stage.follow(S.IN_PROGRESS)
    names = [Path(file.path).name for file in record.files]
    begin = f"paper-boat-{record.id}"
    assert names == [f"{begin}.mp4", f"{begin}-2.mp4", f"{begin}-3.png"]
    assert stage.files() == sorted([*names, *(f"{begin}{number}.json" for number in ("", "-2", "-3"))])


async def test_a_name_is_plain_whatever_the_prompt(stage: Stage) -> None:
    """No path, no sign that a disk refuses, and short."""
    record = await stage.follow(S.IN_QUEUE, prompt="../../etc/passwd\0 <b>CON</b> " + "x" * 300)
    [file] = record.files
    assert Path(file.path).parent == stage.folder / "videos"
    assert Path(file.path).name == f"etc-passwd-b-con-b-{record.id}.mp4"
