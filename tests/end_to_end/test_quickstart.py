from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from support.environment import homes, without_accounts
from support.headless import execute
from support.media import embedded_videos, probe

if TYPE_CHECKING:
    from support.sandbox import Sandbox

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "quickstart.ipynb"
MOOD = "golden light, slow and weightless"
PROMPT = f"A red panda surfs a long wave at dawn, {MOOD}, the sea hissing under the board"
TELL = """
import json, runcomfy_jupyter as rc
told = [(job.request_id, job.state, job.model, dict(job.inputs), str(job.path)) for job in rc.jobs()]
print(json.dumps(told))
"""

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("kernelspecs")]


def ledger(variables: dict[str, str], folder: Path) -> list[list[Any]]:
    """Read the ledger from another process, as a script would."""
    command = [sys.executable, "-c", TELL]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=variables, cwd=folder)
    jobs: list[list[Any]] = json.loads(told.stdout)
    return jobs


def test_quickstart_makes_its_video_with_one_paid_request(
    tmp_path: Path, environment: str, sandbox: Sandbox
) -> None:
    """The executed lesson holds a video, paid by one POST; file, sidecar and ledger tell the same."""
    lesson: nbformat.NotebookNode = nbformat.read(LESSON, as_version=4)
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables

    failure = execute(lesson, tmp_path, kernel=environment, variables=variables)

    assert failure is None
    [body] = sandbox.submissions()
    assert body == {"prompt": PROMPT, "size": "1280x720", "seconds": 4}
    assert type(body["seconds"]) is int
    outputs = [output for cell in lesson.cells for output in cell.get("outputs", [])]
    video = embedded_videos(outputs)[0]
    clip = probe(video)
    assert (clip.video_codec, clip.audio_codec, clip.width, clip.height) == ("h264", "aac", 1280, 720)
    assert clip.seconds == pytest.approx(4, abs=0.1)

    [[request_id, state, model, inputs, path]] = ledger(variables, tmp_path)
    assert (state, model, inputs) == ("succeeded", "openai/sora-2/text-to-video", body)
    assert Path(path).read_bytes() == video
    sidecar = json.loads(Path(path).with_suffix(".json").read_text())
    assert sidecar["sha256"] == hashlib.sha256(video).hexdigest()
    assert (sidecar["request_id"], sidecar["model"], sidecar["inputs"]) == (request_id, model, body)
