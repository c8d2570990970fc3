"""Where no JupyterLab is: terminals, scripts, nbconvert, and what is known of Colab and VS Code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from support.environment import homes, without_accounts
from support.headless import notebook_of
from support.kernels import ENVIRONMENTS
from support.media import embedded_videos, probe, video_sources
from support.polling import eventually
from support.terminal import running_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.kernels import Kernel
    from support.sandbox import Sandbox

LOAD = "%load_ext runcomfy_jupyter"
MAKE = "%%sora clip --size 1280x720 --seconds 4\nA kite over a harbour"
QUEUED = {"on": "status", "fault": "word", "word": "in_queue"}
RUNNING = {"on": "status", "fault": "word", "word": "in_progress"}
COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"
VS_CODE = "import os; os.environ['VSCODE_PID'] = '1'"
SECONDS = 90

pytestmark = pytest.mark.kernel


@pytest.fixture
def variables(tmp_path: Path, sandbox: Sandbox) -> dict[str, str]:
    """Describe a home, and the sandbox as account."""
    return without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables


@pytest.mark.parametrize("name", ["oldest", "newest"])
def test_a_terminal_has_a_line_that_moves(
    tmp_path: Path, variables: dict[str, str], sandbox: Sandbox, name: str
) -> None:
    """In a terminal's IPython a cell waits, one line says how it stands, and the file's path ends it."""
    sandbox.misbehave(QUEUED)
    with running_terminal(ENVIRONMENTS[name], tmp_path, variables) as terminal:
        terminal.type(LOAD)
        terminal.type(MAKE + "\n\n")  # empty lines end a cell
        terminal.shows("\rSora 2 · in the queue")
        sandbox.misbehave(RUNNING)
        terminal.shows("\rSora 2 · generating")
        sandbox.misbehave()
        terminal.shows("videos/kite-over-harbour-")
        terminal.type("print('it has', clip.state)")
        terminal.shows("it has succeeded")
        assert terminal.leave() == 0
        assert "<div" not in terminal.screen
    [file] = tmp_path.glob("videos/*.mp4")
    assert probe(file.read_bytes()).audio_codec == "aac"


def test_a_script_waits_for_its_file(tmp_path: Path, variables: dict[str, str]) -> None:
    """In plain Python, without IPython's shell, a job is submitted, waited for, and has its file."""
    script = "import runcomfy_jupyter as rc; print(rc.submit('A kite').wait(60).path)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=variables,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert probe(Path(done.stdout.strip()).read_bytes()).width == 720


@pytest.mark.usefixtures("kernelspecs")
def test_nbconvert_executes_to_a_page_that_has_the_video(tmp_path: Path, variables: dict[str, str]) -> None:
    """`nbconvert --execute` waits for the video; its HTML holds it, and no widget."""
    notebook = notebook_of(LOAD, MAKE)
    notebook.metadata.kernelspec = {"name": "newest", "display_name": "newest"}
    nbformat.write(notebook, tmp_path / "film.ipynb")
    path = {"JUPYTER_PATH": os.environ["JUPYTER_PATH"]}
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "film.ipynb"]
    subprocess.run(
        command, cwd=tmp_path, env=variables | path, check=True, capture_output=True, timeout=SECONDS
    )
    page = (tmp_path / "film.html").read_text()
    assert [source[:21] for source in video_sources(page)] == ["data:video/mp4;base64"]
    assert "widget-view" not in page


def test_colab_gets_no_widgets_and_an_embedded_video(
    start_kernel: Callable[[str], Kernel], sandbox: Sandbox
) -> None:
    """Its pages show no news of widgets and read no files: a card in HTML, and the video in the page."""
    sandbox.misbehave(QUEUED)
    kernel = start_kernel("newest")
    kernel.run(f"{COLAB}\n{LOAD}\n%config Sora.embed_limit_mb = 0.001")
    cell = kernel.run(MAKE)
    eventually(lambda: "in the queue" in cell.html, what="the card says how it stands")
    assert cell.widgets == []

    sandbox.misbehave()
    eventually(lambda: "<video" in cell.html, SECONDS, what="the video is there")
    [video] = embedded_videos([output.content for output in cell.outputs])
    assert probe(video).width == 1280


def test_vs_code_is_told_of_its_silence(start_kernel: Callable[[str], Kernel]) -> None:
    """It plays no AAC: the caption says so, beside the link to the file."""
    kernel = start_kernel("newest")
    kernel.run(f"{VS_CODE}\n{LOAD}")
    cell = kernel.run(MAKE)

    eventually(lambda: "<video" in cell.html, SECONDS, what="the video is there")
    assert "VS Code plays this without its sound: open the file to hear it." in cell.html
    assert 'href="videos/' in cell.html
