"""Fault 1: the answer to the paid POST is lost, garbled, late or a refusal."""

from __future__ import annotations

import socket
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from faults.checks import AGAIN, CELL, NOTHING, WHOLE, Expected, on, words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from faults.notebook import Notebook
    from support.sandbox import Sandbox

MAY_BE_BILLED = (
    "Sent, but not confirmed: it may be running, and billed",
    "not sent again by itself",
    "If it is not there, running the cell with --again sends it once more.",
    "SubmissionUnconfirmed: The request was sent, but ",
)
NOT_BILLED = ("RunComfy did not take the request", "Nothing is billed. Running the cell again sends it anew.")

UNCLEAR = {
    "dropped once it was read": on("submit", "drop_after_read"),
    "reset by the other side": on("submit", "drop_before_read"),
    "garbage with status 200": on("submit", "garbage"),
    "a page with status 200": on("submit", "html"),
    "an error with status 200": on("submit", "error_200"),
    "no request id": on("submit", "json", json={"status": "ok"}),
    "an id that is none": on("submit", "json", json={"request_id": "../../v1/models"}),
    "408": on("submit", "status_code", code=408),
    "500": on("submit", "status_code", code=500),
    "503": on("submit", "status_code", code=503),
    "303": on("submit", "redirect", code=303),
}
REFUSED = {
    "no balance": (
        on("submit", "error", code=402, error_code=400002, message="no money"),
        "balance does not cover",
    ),
    "bad token": (
        on("submit", "error", code=401, error_code=400004, message="bad"),
        "does not accept the token",
    ),
    "no such model": (
        on("submit", "error", code=400, error_code=400001, message="gone"),
        "has no model openai/sora-2",
    ),
    "bad input": (
        on("submit", "error", code=422, error_code=422001, message="odd"),
        "refused the input: odd",
    ),
    "302": (
        on("submit", "redirect", to="https://example.invalid/"),
        "a redirect (HTTP 302) to example.invalid",
    ),
}


@pytest.mark.parametrize("fault", UNCLEAR)
def test_an_unclear_answer_is_one_post_and_kept_as_unconfirmed(
    notebook: Notebook, sandbox: Sandbox, clips: Path, fault: str
) -> None:
    """One POST, the state is kept, the words say what may be; only --again sends once more."""
    sandbox.misbehave(UNCLEAR[fault])

    cell = notebook.run(CELL)

    assert cell.status == "error"
    Expected("unconfirmed", posts=1, disk=NOTHING, says=MAY_BE_BILLED).check(cell, notebook, sandbox, clips)
    sandbox.misbehave()
    same = notebook.run(CELL)
    assert same.status == "error"
    assert "was sent but not confirmed" in words(same)
    Expected("unconfirmed", posts=1, disk=NOTHING, says=MAY_BE_BILLED[:3]).check(
        same, notebook, sandbox, clips
    )
    assert notebook.run(AGAIN).status == "ok"
    assert next(row["state"] for row in notebook.rows()) == "unconfirmed"
    assert len(sandbox.submissions()) == 2


@pytest.mark.parametrize("fault", REFUSED)
def test_a_refusal_is_said_and_nothing_is_billed(
    notebook: Notebook, sandbox: Sandbox, clips: Path, fault: str
) -> None:
    """A clear refusal fails the job; the same cell sends it anew once the reason is gone."""
    rule, reason = REFUSED[fault]
    sandbox.misbehave(rule)

    cell = notebook.run(CELL)

    assert cell.status == "error"
    Expected("failed", posts=1, disk=NOTHING, says=(*NOT_BILLED, reason)).check(
        cell, notebook, sandbox, clips
    )
    sandbox.misbehave()
    assert notebook.run(CELL).status == "ok"
    assert len(sandbox.submissions()) == 2


def test_a_service_too_busy_is_asked_again(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """429 is a refusal, so the POST is repeated, not before the service asked for it; one is accepted."""
    sandbox.misbehave(on("submit", "status_code", code=429, headers={"retry-after": "1"}, times=2))

    cell = notebook.run(CELL)

    Expected("succeeded", posts=3, disk=WHOLE).check(cell, notebook, sandbox, clips)
    posts = [entry for entry in sandbox.journal() if entry["on"] == "submit"]
    assert [entry["answered"] for entry in posts] == [429, 429, 200]
    assert all(later["at"] - sooner["at"] >= 1 for sooner, later in pairwise(posts))


def test_an_unreachable_service_is_said_and_nothing_was_sent(
    new_notebook: Callable[[dict[str, str]], Notebook],
) -> None:
    """Where no connection comes about nothing is sent, which is said, and the cell can be run again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    base = f"http://127.0.0.1:{port}/v1"
    notebook = new_notebook({"RUNCOMFY_MODEL_API_BASE": base, "RUNCOMFY_TOKEN": "any-token-will-do"})

    cell = notebook.run(CELL)

    assert cell.status == "error"
    assert notebook.rests("failed")["request_id"] is None
    assert notebook.files() == []
    assert "127.0.0.1 cannot be reached" in words(cell)
    assert "Nothing was sent." in words(cell)
    assert NOT_BILLED[1] in words(cell)
