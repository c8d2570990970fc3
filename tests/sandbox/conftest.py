"""Sandboxes for their own tests: hurried ones, and a client that speaks plain HTTP to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from support.polling import eventually
from support.sandbox import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SORA = "openai/sora-2/text-to-video"
HURRIED = ("--queue-seconds", "0", "--run-seconds", "0")


class Api:
    """The sandbox's calls, one method each, without any opinion about the answers."""

    def __init__(self, base_url: str) -> None:
        self.root = base_url.removesuffix("/v1")
        self.http = httpx.Client(base_url=self.root, headers={"Authorization": "Bearer any"}, timeout=20)
        self.anonymous = httpx.Client(base_url=self.root, timeout=20)

    def submit(self, prompt: str = "a prompt", *, model: str = SORA, **fields: Any) -> str:
        """Submit what must be accepted; return its request id."""
        return self.accepted(model, {"prompt": prompt, **fields})

    def accepted(self, model: str, body: dict[str, Any]) -> str:
        """Submit a whole body, which must be accepted; return its request id."""
        answer = self.http.post(f"/v1/models/{model}", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["request_id"])

    def ask(self, request_id: str, what: str, **query: str) -> dict[str, Any]:
        """Return the JSON of a request's status or result."""
        answer: dict[str, Any] = self.http.get(f"/v1/requests/{request_id}/{what}", params=query).json()
        return answer

    def cancel(self, request_id: str) -> dict[str, Any]:
        """Ask to cancel; return the answer's JSON."""
        answer: dict[str, Any] = self.http.post(f"/v1/requests/{request_id}/cancel").json()
        return answer

    def finished(self, request_id: str) -> dict[str, Any]:
        """Wait until the request has completed; return its result."""
        eventually(lambda: self.ask(request_id, "status")["status"] == "completed", 60, what="completed")
        return self.ask(request_id, "result")

    def misbehave(self, *rules: dict[str, Any]) -> None:
        """Put these rules in force; without any, none."""
        assert self.anonymous.post("/_sandbox/scenarios", json={"rules": rules}).status_code == 200

    def journal(self, **query: str) -> list[dict[str, Any]]:
        """Return the journal's entries."""
        entries: list[dict[str, Any]] = self.anonymous.get("/_sandbox/journal", params=query).json()
        return entries

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
        self.anonymous.close()


@pytest.fixture(scope="session")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Run one sandbox without artificial waiting for all tests that can share it."""
    with running_sandbox(tmp_path_factory.mktemp("hurried"), *HURRIED) as running:
        api = Api(running.base_url)
        yield api
        api.close()


@pytest.fixture
def api(hurried: Api) -> Iterator[Api]:
    """Give the shared sandbox, behaving well, with an empty journal."""
    hurried.anonymous.delete("/_sandbox/journal")
    yield hurried
    hurried.misbehave()


@pytest.fixture(scope="session")
def done(hurried: Api) -> str:
    """Return the id of a request that has succeeded."""
    request_id = hurried.submit("a paper boat on a lake")
    hurried.finished(request_id)
    return request_id


@pytest.fixture
def one_by_one(tmp_path: Path) -> Iterator[Api]:
    """Run a sandbox that has one request in progress at a time, for half a second."""
    options = ("--workers", "1", "--queue-seconds", "0.1", "--run-seconds", "0.5", "--plain-clips")
    with running_sandbox(tmp_path, *options, "--media-dir", str(tmp_path / "media")) as running:
        api = Api(running.base_url)
        yield api
        api.close()
