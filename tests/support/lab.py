"""A real JupyterLab on loopback, and what a person does in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat

from support.environment import homes, without_accounts
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

START_SECONDS = 60
STOP_SECONDS = 15
# Questions and news that would stand before the notebook.
QUIET = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


@dataclass(frozen=True, slots=True)
class Lab:
    """A running JupyterLab: where it answers, and the folder it shows."""

    url: str
    root: Path

    def write(self, name: str, *cells: str, kernel: str) -> Path:
        """Put a notebook with these code cells into the folder."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        )
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def open(self, page: Page, name: str) -> OpenNotebook:
        """Open a notebook in the page, and wait until its kernel can take a cell."""
        page.goto(f"{self.url}lab/tree/{name}")
        notebook = OpenNotebook(page)
        notebook.ready()
        return notebook


@dataclass(frozen=True, slots=True)
class OpenNotebook:
    """The notebook a page shows."""

    page: Page

    def ready(self, seconds: float = 60.0) -> None:
        """Wait until the kernel is idle."""
        status = self.page.locator(".jp-Notebook-ExecutionIndicator").first
        status.wait_for(state="attached", timeout=seconds * 1000)
        eventually(lambda: status.get_attribute("data-status") == "idle", seconds, what="the kernel is idle")

    def cell(self, number: int) -> Locator:
        """Return the code cell with this number, from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number: int) -> Locator:
        """Return what stands under that cell."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def run(self, number: int) -> None:
        """Select a cell and press Shift+Enter."""
        self.cell(number).locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Shift+Enter")

    def execution_count(self, number: int) -> int | None:
        """Return the number beside a cell that has run; None while it waits or runs."""
        prompt = self.cell(number).locator(".jp-InputPrompt").first.inner_text()
        found = re.search(r"\[(\d+)\]", prompt)
        return int(found[1]) if found else None

    def run_all(self) -> None:
        """Choose Run All Cells from the menu."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def save(self) -> None:
        """Press Ctrl+S, and wait until the file is written."""
        self.page.keyboard.press("Escape")
        with self.page.expect_response(
            lambda reply: "/api/contents/" in reply.url and reply.request.method == "PUT"
        ) as saved:
            self.page.keyboard.press("Control+s")
        assert saved.value.ok

    def video(self, number: int) -> dict[str, Any]:
        """Return the state of the video under a cell, as the browser's player knows it."""
        state: dict[str, Any] = (
            self.output(number)
            .locator("video")
            .first.evaluate(
                """video => ({
                ready: video.readyState, time: video.currentTime, width: video.videoWidth,
                height: video.videoHeight, length: video.duration, paused: video.paused,
                picture: video.webkitVideoDecodedByteCount, sound: video.webkitAudioDecodedByteCount,
                error: video.error && video.error.message,
            })"""
            )
        )
        return state

    def play(self, number: int) -> None:
        """Start the video under a cell."""
        self.output(number).locator("video").first.evaluate("video => video.play()")


@contextmanager
def running_lab(folder: Path, variables: dict[str, str]) -> Iterator[Lab]:
    """Run JupyterLab until the block ends."""
    root, home = folder / "notebooks", folder / "home"
    root.mkdir()
    settings = home / ".jupyter" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    environment = without_accounts(os.environ) | homes(home) | variables
    command = [
        *(
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ServerApp.port=0",
            "--ServerApp.port_retries=0",
        ),
        *("--ServerApp.ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={root}"),
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    log = folder / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=root, env=environment)
        try:
            runtime = home / ".jupyter-run" / f"jpserver-{process.pid}.json"
            eventually(
                lambda: runtime.exists() or process.poll() is not None,
                START_SECONDS,
                what="JupyterLab answers",
            )
            assert process.poll() is None, log.read_text()
            yield Lab(json.loads(runtime.read_text())["url"], root)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
