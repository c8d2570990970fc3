"""The four things that every fault's test looks at: POSTs, state, disk, words."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.polling import eventually

if TYPE_CHECKING:
    from faults.notebook import Notebook
    from support.kernels import Cell
    from support.sandbox import Sandbox

PROMPT = "A paper boat"
CELL = f"%%sora boat --seconds 4\n{PROMPT}"
AGAIN = f"%%sora boat --seconds 4 --again\n{PROMPT}"

NOTHING: tuple[str, ...] = ()
WHOLE = ("videos/paper-boat-ID.json", "videos/paper-boat-ID.mp4")
BEGUN = ("videos/paper-boat-ID.part", "videos/paper-boat-ID.part.json")

Rules = tuple[dict[str, Any], ...]


def on(call: str, fault: str, **given: Any) -> dict[str, Any]:
    """Write a rule of the sandbox's scenarios."""
    return {"on": call, "fault": fault, **given}


def words(cell: Cell) -> str:
    """Return what a person reads under a cell: its cards and its errors, without the mark-up."""
    page = re.sub(r"<style>.*?</style>|<[^>]*>", " ", cell.html, flags=re.DOTALL)
    errors = [
        line for output in cell.outputs if output.kind == "error" for line in output.content["traceback"]
    ]
    streams = [output.content["text"] for output in cell.outputs if output.kind == "stream"]
    return " ".join(" ".join([html.unescape(page), *errors, *streams]).split())


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be found after a fault. `posts`: paid POSTs the server saw; `disk`: the files' names."""

    state: str
    posts: int = 1
    disk: tuple[str, ...] = NOTHING
    says: tuple[str, ...] = ()

    def check(
        self, cell: Cell, notebook: Notebook, sandbox: Sandbox, clips: Path, seconds: float = 40
    ) -> None:
        """Wait for the state, then look at everything else."""
        job = notebook.rests(self.state, seconds)
        eventually(lambda: self._is_said(cell), what="the words")
        assert len(sandbox.submissions()) == self.posts
        assert on_disk(notebook, job["id"]) == self.disk
        if self.disk == WHOLE:
            assert_whole(notebook, job, clips)

    def _is_said(self, cell: Cell) -> bool:
        told = words(cell)
        assert [part for part in self.says if part not in told] == [], told
        assert self.state != "succeeded" or "<video" in cell.html, told
        return True


def on_disk(notebook: Notebook, job_id: str) -> tuple[str, ...]:
    """Return the files beside the notebook, with ID for the job's id."""
    return tuple(name.replace(job_id, "ID") for name in notebook.files())


def assert_whole(notebook: Notebook, job: dict[str, Any], clips: Path) -> None:
    """Look whether a job's files are what the sandbox rendered, and ledger and sidecar agree with them."""
    [file] = json.loads(job["files"])
    path = Path(file["path"])
    content = path.read_bytes()
    sidecar = json.loads(path.with_suffix(".json").read_text())
    assert path.parent == notebook.folder / "videos"
    assert any(clip.read_bytes() == content for clip in clips.glob("*.mp4"))
    assert file["size"] == sidecar["size"] == len(content)
    assert file["sha256"] == sidecar["sha256"] == hashlib.sha256(content).hexdigest()
    assert sidecar["request_id"] == job["request_id"]
    assert sidecar["job"] == job["id"]
