"""What several journeys write, and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from pathlib import Path

LOAD = "%load_ext runcomfy_jupyter"
MAKE = "%%sora clip --size 1280x720 --seconds 4\nA red panda surfs a long wave at dawn"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# While one of these is in force, no job comes out of that state.
QUEUED = {"on": "status", "fault": "word", "word": "in_queue"}
RUNNING = {"on": "status", "fault": "word", "word": "in_progress"}


def saved_cells(file: Path) -> list[Any]:
    """Return the cells of a notebook as they lie on disk."""
    notebook: Any = nbformat.read(file, as_version=4)
    return list(notebook.cells)


def kinds_of(cell: Any) -> set[str]:
    """Return the mime types of a saved cell's outputs."""
    return {kind for output in cell.outputs for kind in output.get("data", {})}
