"""What several journeys write, do, and read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import FloatRect, Locator, Page

LOAD = "%load_ext runcomfy_jupyter"
MAKE = "%%sora clip --size 1280x720 --seconds 4\nA red panda surfs a long wave at dawn"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# While one of these is in force, no job comes out of that state.
QUEUED = {"on": "status", "fault": "word", "word": "in_queue"}
RUNNING = {"on": "status", "fault": "word", "word": "in_progress"}
FAILED = {"on": "result", "fault": "failed"}
# Two messages from the kernel take a row away and bring what stands in its place: a frame may fall between.
FEW_FRAMES = 3
_WATCH = """element => {
    window.tops = [];
    const look = () => {
        window.tops.push(element.getBoundingClientRect().top);
        requestAnimationFrame(look);
    };
    look();
}"""


def saved_cells(file: Path) -> list[Any]:
    """Return the cells of a notebook as they lie on disk."""
    notebook: Any = nbformat.read(file, as_version=4)
    return list(notebook.cells)


def kinds_of(cell: Any) -> set[str]:
    """Return the mime types of a saved cell's outputs."""
    return {kind for output in cell.outputs for kind in output.get("data", {})}


def untrusted(file: Path) -> Path:
    """Copy a saved notebook so that no signature of this server fits; return the copy."""
    notebook = json.loads(file.read_text())
    notebook["metadata"]["from"] = "elsewhere"
    other = file.with_name("other.ipynb")
    other.write_text(json.dumps(notebook))
    return other


def box_of(element: Locator) -> FloatRect:
    """Return where an element stands on the page."""
    box = element.bounding_box()
    assert box is not None
    return box


def watch_place(element: Locator) -> None:
    """Note, in every frame from now on, where an element stands."""
    element.evaluate(_WATCH)


def assert_stood_still(page: Page, nearly: float) -> None:
    """Check that it stands where it stood at first, nearly, and was elsewhere for a few frames at most."""
    first, *tops = page.evaluate("window.tops")
    jumps = [top - first for top in tops if abs(top - first) > nearly]
    assert abs(tops[-1] - first) <= nearly
    assert len(jumps) <= FEW_FRAMES, jumps
