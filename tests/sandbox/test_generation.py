"""What becomes of a submission, over real HTTP: its way through the queue, its result, its clip."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from support.media import probe
from support.polling import eventually

if TYPE_CHECKING:
    from sandbox.conftest import Api


def test_a_result_says_what_came_of_it(api: Api, done: str) -> None:
    """A finished result has its output, its times, and plain words that it is the sandbox's."""
    result = api.ask(done, "result")
    assert (result["request_id"], result["status"]) == (done, "succeeded")
    assert datetime.fromisoformat(result["created_at"]) < datetime.fromisoformat(result["finished_at"])
    assert "not a generated video" in result["sandbox"]
    assert "cost" not in result
    assert api.ask(done, "result", include_cost="true")["cost"] == 0.4


def test_the_clip_is_a_playable_video(api: Api, done: str) -> None:
    """The output's URL leads to an MP4 of the schema's default size and length."""
    clip = probe(api.anonymous.get(api.ask(done, "result")["output"]["video"]).content)
    assert (clip.video_codec, clip.audio_codec) == ("h264", "aac")
    assert (clip.width, clip.height, clip.seconds) == (720, 1280, 4)


def test_a_request_moves_up_runs_and_ends(one_by_one: Api) -> None:
    """Places in line count down to 1; then in_progress, then completed; the result keeps pace."""
    requests = [one_by_one.submit(f"shot {n}") for n in range(4)]
    last = requests[-1]
    seen: list[object] = []

    def completed() -> bool:
        told = one_by_one.ask(last, "status")
        now = told.get("queue_position", told["status"])
        if now not in seen:
            seen.append(now)
        return bool(told["status"] == "completed")

    assert one_by_one.ask(last, "result")["status"] == "in_queue"
    eventually(completed)
    assert seen[-2:] == ["in_progress", "completed"]
    positions = seen[:-2]
    assert positions == list(range(len(positions), 0, -1))
    assert len(positions) >= 3
    assert one_by_one.anonymous.get("/_sandbox/figures").json()["clips_rendered"] == 1


def test_only_what_is_queued_can_be_cancelled(one_by_one: Api) -> None:
    """Queued: cancelled, and it stays so. In progress and completed: not cancellable, and it runs on."""
    running, waiting = one_by_one.submit("first"), one_by_one.submit("second")
    assert one_by_one.cancel(waiting)["outcome"] == "cancelled"
    assert one_by_one.cancel(waiting)["outcome"] == "cancelled"
    assert one_by_one.ask(waiting, "status") == {"request_id": waiting, "status": "cancelled"}
    result = one_by_one.ask(waiting, "result", include_cost="true")
    assert (result["status"], result["cost"], "output" in result) == ("cancelled", 0.0, False)

    eventually(lambda: one_by_one.ask(running, "status")["status"] == "in_progress")
    assert one_by_one.cancel(running)["outcome"] == "not_cancellable"
    assert one_by_one.finished(running)["status"] == "succeeded"
    assert one_by_one.cancel(running)["outcome"] == "not_cancellable"


def test_the_same_input_is_rendered_once(api: Api) -> None:
    """Equal requests, two at the same time and one later, share one rendering and one file."""
    before = api.anonymous.get("/_sandbox/figures").json()["clips_rendered"]
    requests = [api.submit("thrice", seconds=4), api.submit("thrice", size="720x1280")]
    videos = [api.finished(request)["output"]["video"] for request in requests]
    videos.append(api.finished(api.submit("thrice"))["output"]["video"])
    assert api.anonymous.get("/_sandbox/figures").json()["clips_rendered"] == before + 1
    assert len(set(videos)) == 3
    assert len({api.anonymous.get(video).content for video in videos}) == 1


def test_answers_come_while_a_clip_is_rendered(api: Api) -> None:
    """Rendering happens beside the server: during a long clip it answers again and again."""
    request_id = api.submit("a long clip", seconds=12, size="1280x720")
    seen = {"in_queue": 0, "in_progress": 0, "completed": 0}
    while not seen["completed"]:
        seen[api.ask(request_id, "status")["status"]] += 1
    assert seen["in_progress"] >= 50


@pytest.mark.parametrize(
    ("model", "fields", "size", "seconds", "sound"),
    [
        (
            "bytedance/seedance-2.5/text-to-video/1080p",
            {"aspect_ratio": "1:1", "duration": 4},
            (1080, 1080),
            4,
            "aac",
        ),
        ("blackforestlabs/flux-3/text-to-video", {"duration": "auto"}, (852, 480), 5, None),
    ],
)
def test_other_models_have_clips_too(
    api: Api, model: str, fields: dict[str, object], size: tuple[int, int], seconds: int, sound: str | None
) -> None:
    """Aspect ratios, durations in words and the audio switch shape the clip."""
    result = api.finished(api.submit("another", model=model, **fields))
    clip = probe(api.anonymous.get(result["output"]["video"]).content)
    assert ((clip.width, clip.height), clip.seconds, clip.audio_codec) == (size, seconds, sound)
