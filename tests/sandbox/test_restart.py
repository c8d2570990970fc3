"""Requests that outlive the sandbox's process: `--remember`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter.sandbox.catalogue import cards
from runcomfy_jupyter.sandbox.memory import Memory
from runcomfy_jupyter.sandbox.request_queue import Request
from sandbox.starting import started
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

SORA = "openai/sora-2/text-to-video"
QUICK = ("--queue-seconds", "0", "--run-seconds", "0", "--plain-clips")
SLOW = ("--workers", "1", "--queue-seconds", "0", "--run-seconds", "600", "--plain-clips")


def submitted(client: httpx.Client, prompt: str) -> str:
    """Submit a prompt; return its request id."""
    return str(client.post(f"/v1/models/{SORA}", json={"prompt": prompt}).json()["request_id"])


def asked(client: httpx.Client, request_id: str, what: str) -> dict[str, Any]:
    """Return the JSON of a request's status or result."""
    told: dict[str, Any] = client.get(f"/v1/requests/{request_id}/{what}?include_cost=true").json()
    return told


def completed(client: httpx.Client, request_id: str) -> dict[str, Any]:
    """Wait until a request has completed; return its result."""
    eventually(lambda: asked(client, request_id, "status")["status"] == "completed", 60, what="completed")
    return asked(client, request_id, "result")


def test_what_has_ended_is_known_after_a_restart(tmp_path: Path) -> None:
    """Killed and started again, it tells the same of its requests, and still has the file."""
    options = ("--media-dir", str(tmp_path), "--remember", *QUICK)
    with started(*options) as (process, client):
        made, failed = submitted(client, "one"), submitted(client, "two")
        before = [completed(client, made)]
        completed(client, failed)
        rule = {"on": "result", "fault": "failed", "request_id": failed}
        client.post("/_sandbox/scenarios", json={"rules": [rule]})
        before.append(asked(client, failed, "result"))
        assert [told["status"] for told in before] == ["succeeded", "failed"]
        process.kill()
        process.wait()
    with started(*options) as (_, client):
        after = [asked(client, request_id, "result") for request_id in (made, failed)]
        video = after[0].pop("output")["video"]
        assert before[0].pop("output")["video"].endswith(f"/media/{made}.mp4")
        assert after == before
        assert client.get(video, headers={"Authorization": ""}).status_code == 400
        client.headers.pop("Authorization")
        assert client.get(video).headers["content-type"] == "video/mp4"


def test_what_was_under_way_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The one in progress is so again at once, the waiting follow in order, and the cancelled stays so."""
    options = ("--media-dir", str(tmp_path), "--remember")
    with started(*options, *SLOW) as (process, client):
        running, cancelled, waiting = (submitted(client, prompt) for prompt in ("one", "two", "three"))
        eventually(lambda: asked(client, running, "status")["status"] == "in_progress")
        client.post(f"/v1/requests/{cancelled}/cancel")
        process.kill()
        process.wait()
    with started(*options, *SLOW) as (process, client):
        assert asked(client, running, "status")["status"] == "in_progress"
        assert asked(client, cancelled, "status")["status"] == "cancelled"
        assert asked(client, waiting, "status") == {
            "request_id": waiting,
            "status": "in_queue",
            "queue_position": 1,
        }
        process.kill()
        process.wait()
    with started(*options, *QUICK) as (_, client):
        assert {completed(client, request_id)["status"] for request_id in (running, waiting)} == {"succeeded"}
        assert asked(client, cancelled, "result")["status"] == "cancelled"


def test_without_the_option_nothing_is_kept(tmp_path: Path) -> None:
    """A sandbox that was not told to remember has forgotten its requests, and wrote no list of them."""
    options = ("--media-dir", str(tmp_path), *QUICK)
    with started(*options) as (_, client):
        request_id = submitted(client, "one")
        completed(client, request_id)
    with started(*options) as (_, client):
        assert asked(client, request_id, "status")["error_code"] == 404001
    assert [path.suffix for path in tmp_path.iterdir()] == [".mp4"]


def request(name: str, **more: Any) -> Request:
    """Make a request of that id."""
    return Request(id=name, card=cards()[SORA], inputs={"prompt": "ü"}, created_at=1.5, **more)


def test_a_memory_holds_the_last_that_was_said_of_each(tmp_path: Path) -> None:
    """Requests come back in the order of their coming, each as it stood last; what ran waits again."""
    memory = Memory(tmp_path / "requests.jsonl")
    assert memory.recall() == []
    first, second = request("a"), request("b", state="in_progress")
    for one in (first, second):
        memory.keep(one)
    first.state, first.finished_at, first.error = "completed", 3.5, {"code": 1}
    memory.keep(first)
    for _ in range(2):
        back = memory.recall()
        assert [(one.id, one.state, one.finished_at, one.error) for one in back] == [
            ("a", "completed", 3.5, {"code": 1}),
            ("b", "in_queue", None, None),
        ]
        assert back[0].inputs == {"prompt": "ü"}


@pytest.mark.parametrize("line", ['{"id": "c", "inp', "[]", "5", '{"id": "c"}', "\x00"])
def test_a_line_that_cannot_be_read_is_left_out(tmp_path: Path, line: str) -> None:
    """A line cut short by a kill, or strange, does not hide the others; it is swept away."""
    path = tmp_path / "requests.jsonl"
    memory = Memory(path)
    memory.keep(request("a"))
    with path.open("a") as file:
        file.write(f"{line}\n")
    memory.keep(request("b"))
    assert [one.id for one in memory.recall()] == ["a", "b"]
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["a", "b"]


def test_a_request_of_a_model_that_is_no_more_is_left_out(tmp_path: Path) -> None:
    """After an upgrade without its model a request is unknown."""
    memory = Memory(tmp_path / "requests.jsonl")
    memory.keep(request("a"))
    path = tmp_path / "requests.jsonl"
    path.write_text(path.read_text().replace("sora-2", "sora-0"))
    assert memory.recall() == []


def test_no_file_keeps_nothing() -> None:
    """A memory without a file takes anything and recalls nothing."""
    memory = Memory(None)
    memory.keep(request("a"))
    assert memory.recall() == []
