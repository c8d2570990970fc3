"""The `curl` calls of the given API page, run as they stand but for the host and the id in braces."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.polling import eventually

if TYPE_CHECKING:
    from sandbox.conftest import Api

PAGE = Path(__file__).with_name("api_page.txt").read_text(encoding="utf-8")
HOST = "https://model-api.runcomfy.net"
CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(CURL is None, reason="curl is not installed")


def given_call(heading: str) -> list[str]:
    """Return the words of the command that stands under a heading of the page."""
    block = PAGE.split(f"\n{heading}\n")[-1]
    command = re.search(r"curl .*?[^\\](?=\n\n)", block, re.DOTALL)
    assert command is not None
    return shlex.split(command[0].replace("\\\n", " "))


def run(words: list[str], root: str, request_id: str = "") -> tuple[int, dict[str, Any]]:
    """Run a command of the page against the sandbox; return HTTP status and JSON."""
    placed = [word.replace(HOST, root).replace("{request_id}", request_id) for word in words]
    assert placed[0] == "curl"
    command = [CURL or "curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *placed[1:]]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    body, _, status = answer.rpartition("\n")
    return int(status), json.loads(body)


def test_the_four_calls_work_as_they_stand(api: Api) -> None:
    """Submit, follow, fetch and, too late, cancel: as written, empty prompt and `<token>` included."""
    status, receipt = run(given_call("Submit a request"), api.root)
    assert status == 200
    request_id = receipt["request_id"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,128}", request_id)
    for what in ("status", "result", "cancel"):
        assert receipt[f"{what}_url"] == f"{api.root}/v1/requests/{request_id}/{what}"

    def completed() -> bool:
        status, told = run(given_call("Monitor request status"), api.root, request_id)
        assert (status, told["request_id"]) == (200, request_id)
        assert told["status"] in {"in_queue", "in_progress", "completed"}
        return bool(told["status"] == "completed")

    eventually(completed, what="completed")
    status, result = run(given_call("Retrieve request results"), api.root, request_id)
    assert (status, result["status"]) == (200, "succeeded")
    assert api.anonymous.get(result["output"]["video"]).headers["content-type"] == "video/mp4"
    status, told = run(given_call("Cancel a request"), api.root, request_id)
    assert (status, told["outcome"]) == (202, "not_cancellable")


def test_the_given_cancel_works_while_queued(one_by_one: Api) -> None:
    """The page's cancel call takes a waiting request out of the queue."""
    one_by_one.submit()
    waiting = one_by_one.submit()
    status, told = run(given_call("Cancel a request"), one_by_one.root, waiting)
    assert (status, told["outcome"], told["status"]) == (202, "cancelled", "cancelled")


def test_the_given_submission_is_just_an_empty_prompt(api: Api) -> None:
    """What curl sends is what the page says: one POST with one field."""
    run(given_call("Submit a request"), api.root)
    (entry,) = api.journal(on="submit")
    assert entry["body"] == {"prompt": ""}
