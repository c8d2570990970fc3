"""Notebooks executed by nbclient, where nobody watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

if TYPE_CHECKING:
    from pathlib import Path

CELL_SECONDS = 60


def notebook_of(*cells: str) -> nbformat.NotebookNode:
    """Make a notebook of code cells."""
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=made)
    return notebook


def execute(
    notebook: nbformat.NotebookNode, folder: Path, *, kernel: str, variables: dict[str, str]
) -> CellExecutionError | None:
    """Execute a notebook in place, in `folder`; return the failure, if a cell failed."""
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=CELL_SECONDS,
        resources=resources,
        # Newer kernels warn that loopback is not encrypted, which would look as if something were wrong.
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute(env=variables)
    except CellExecutionError as failure:
        return failure
    return None
