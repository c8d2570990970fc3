"""Execute the quickstart notebook against the sandbox, and check that a playable video is in it.

What `make demo` runs. It needs no token and no network; the executed notebook and its videos land in build/.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from support.environment import without_accounts
from support.media import Clip, embedded_videos, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
LESSON = ROOT / "notebooks" / "quickstart.ipynb"
BUILD = ROOT / "build"
EXECUTED = BUILD / "quickstart.ipynb"
CELL_SECONDS = 120
WIDTH, HEIGHT, SECONDS = 1280, 720, 4


def execute(lesson: Path, home: Path) -> nbformat.NotebookNode:
    """Run the lesson in a kernel of its own, a line of progress for each cell, and save what came of it."""
    notebook: nbformat.NotebookNode = nbformat.read(lesson, as_version=4)
    total = len(notebook.cells)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        # Newer kernels warn that loopback is not encrypted, which would look as if something were wrong.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(BUILD)}},
        on_cell_execute=lambda cell, cell_index: print(
            f"  [{cell_index + 1}/{total}] {first_line(cell)}", flush=True
        ),
    )
    environment = without_accounts(os.environ) | {"RUNCOMFY_SANDBOX": "1", "RUNCOMFY_JUPYTER_HOME": str(home)}
    try:
        client.execute(env=environment)
    finally:
        nbformat.write(notebook, EXECUTED)
    return notebook


def first_line(cell: Any) -> str:
    """Name a cell by its first line."""
    return str(cell.source).partition("\n")[0]


def faults(clip: Clip) -> Iterator[str]:
    """Name each way in which a clip is not the one the lesson asks for."""
    if clip.video_codec != "h264" or clip.audio_codec != "aac":
        yield f"it holds {clip.video_codec} and {clip.audio_codec or 'no sound'}, not H.264 and AAC"
    if (clip.width, clip.height) != (WIDTH, HEIGHT):
        yield f"it is {clip.width}x{clip.height}, not {WIDTH}x{HEIGHT}"
    if abs(clip.seconds - SECONDS) > 0.1:
        yield f"it lasts {clip.seconds:.2f} s, not {SECONDS} s"


def check(notebook: nbformat.NotebookNode) -> Clip:
    """Return the first video of the executed lesson; raise ValueError with the reason when it will not do."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    videos = embedded_videos(outputs)
    if not videos:
        raise ValueError("the executed notebook has no <video> with its file in `src`")
    clip = probe(videos[0])
    if wrong := list(faults(clip)):
        raise ValueError("the video will not do: " + "; ".join(wrong))
    return clip


def main() -> None:
    """Run the demo and tell how it went."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir()
    started = time.monotonic()
    print(f"Executing {LESSON.relative_to(ROOT)} against the sandbox: no token, no bill.", flush=True)
    try:
        clip = check(execute(LESSON, BUILD / "home"))
    except CellExecutionError as error:
        sys.exit(
            f"\nThe demo failed: {error.ename}: {error.evalue}\nThe notebook as far as it got: {EXECUTED}"
        )
    except (OSError, RuntimeError, TimeoutError, ValueError) as error:
        sys.exit(f"\nThe demo failed: {error}\nThe notebook as far as it got: {EXECUTED}")
    print(f"\nDone after {time.monotonic() - started:.0f} s.")
    print(f"  notebook  {EXECUTED}")
    print(f"  video     {clip.words}")
    print("  file      " + "\n            ".join(map(str, sorted(BUILD.glob("videos/*.mp4")))))
    print("\nGo on: `make lab` opens the lesson in JupyterLab, with the sandbox on.")


if __name__ == "__main__":
    main()
