"""The sandbox as a process of its own, for tests: a real server on a real socket."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from support.children import started
from support.environment import without_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "sentinel-token-that-must-show-up-nowhere"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is, what it was asked, what it shall do."""

    base_url: str
    """The API's base, as RUNCOMFY_MODEL_API_BASE wants it: with its /v1."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a process that takes this sandbox for RunComfy."""
        return {"RUNCOMFY_MODEL_API_BASE": self.base_url, "RUNCOMFY_TOKEN": TOKEN}

    def journal(self) -> list[dict[str, Any]]:
        """Return every API call it has had, oldest first."""
        entries: list[dict[str, Any]] = self._call("GET", "/_sandbox/journal")
        return entries

    def submissions(self) -> list[Any]:
        """Return the bodies of the paid POSTs it has had, oldest first."""
        return [entry["body"] for entry in self.journal() if entry["on"] == "submit"]

    def forget(self) -> None:
        """Let the journal begin anew."""
        self._call("DELETE", "/_sandbox/journal")

    def state_of(self, request_id: str) -> str:
        """Return where a request truly stands, whatever its status was told to say."""
        url = f"{self.base_url}/requests/{request_id}/result"
        with urlopen(Request(url, headers={"Authorization": f"Bearer {TOKEN}"}), timeout=10) as reply:
            return str(json.load(reply)["status"])

    def clips_rendered(self) -> int:
        """Return how many clips it has rendered, not taken from its folder."""
        return int(self._call("GET", "/_sandbox/figures")["clips_rendered"])

    def misbehave(self, *rules: dict[str, Any]) -> None:
        """Let calls go wrong by these rules alone, as its own `scenarios` module reads them; none: behave."""
        self._call("POST", "/_sandbox/scenarios", {"rules": rules})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        url = self.base_url.removesuffix("/v1") + path
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=10) as reply:
            content = reply.read()
        return json.loads(content) if content else None


@contextmanager
def running_sandbox(folder: Path, *options: str) -> Iterator[Sandbox]:
    """Run a sandbox until the block ends; `folder` takes its files and its log."""
    ready = folder / "ready.json"
    # A kernel's environment need not have what the sandbox needs: it may run from another one.
    python = os.environ.get("SANDBOX_PYTHON", sys.executable)
    command = [python, "-m", "runcomfy_jupyter.sandbox", "--port", "0", "--ready-file", str(ready), *options]
    log = folder / "sandbox.log"
    with started(command, log, lambda _: ready, cwd=folder, env=without_accounts(os.environ)) as told:
        yield Sandbox(told["base_url"])
