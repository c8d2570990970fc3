"""A real Jupyter server on loopback with JupyterLab and Notebook 7, and what a person does in them."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import nbformat
from playwright.sync_api import expect

from support.children import started
from support.environment import homes, without_accounts
from support.player import video_state
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

# On a busy machine a page takes its time.
expect.set_options(timeout=20_000)
READY_MS = 60_000
# With a token in a header the server asks for no cookie against forged requests.
TOKEN = "journeys"
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
THEMES = "@jupyterlab/apputils-extension:themes"
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
    """A running server: where it answers, and the folder it shows."""

    url: str
    root: Path

    def write(self, name: str, *cells: str, kernel: str) -> Path:
        """Put a notebook with these code cells into the folder."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        )
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    def open(self, page: Page, name: str, *, front_end: str = "lab/tree") -> OpenNotebook:
        """Open a notebook in the page, and wait until its kernel can take a cell.

        Its kernel is started first: a front end that starts one itself sometimes asks which one.
        """
        self._start_kernel(name)
        # Without the tabs of pages before it.
        page.goto(f"{self.url}{front_end}/{name}?reset&token={TOKEN}")
        notebook = OpenNotebook(page)
        notebook.ready()
        return notebook

    def dress(self, theme: str) -> None:
        """Choose the theme of pages that are opened from now on."""
        self.call("PUT", f"lab/api/settings/{THEMES}", {"raw": json.dumps({"theme": theme})})

    def stop_kernels(self) -> None:
        """End every kernel."""
        for session in self.call("GET", "api/sessions"):
            self.call("DELETE", f"api/sessions/{session['id']}")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server's own API."""
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.url + path, data, headers, method=method), timeout=60) as reply:
            content = reply.read()
        return json.loads(content) if content else None

    def _start_kernel(self, name: str) -> None:
        notebook: Any = nbformat.read(self.root / name, as_version=4)
        if any(session["path"] == name for session in self.call("GET", "api/sessions")):
            return
        kernel = {"name": notebook.metadata.kernelspec.name}
        session = {"path": name, "name": name, "type": "notebook", "kernel": kernel}
        self.call("POST", "api/sessions", session)


@dataclass(frozen=True, slots=True)
class OpenNotebook:
    """The notebook a page shows."""

    page: Page

    def ready(self) -> None:
        """Wait until the page knows its kernel, and the kernel is idle."""
        expect(self.page.locator(".jp-Toolbar-kernelName").last).to_contain_text("Python", timeout=READY_MS)
        self.idle()
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def idle(self) -> None:
        """Wait until the kernel is idle."""
        status = self.page.locator(".jp-Notebook-ExecutionIndicator").first
        expect(status).to_have_attribute("data-status", "idle", timeout=READY_MS)

    def cell(self, number: int) -> Locator:
        """Return the code cell with this number, from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number: int) -> Locator:
        """Return what stands under that cell."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def write(self, number: int, text: str) -> None:
        """Put a text into a cell in place of what stands there, as pasting does."""
        editor = self.cell(number).locator(".cm-content")
        editor.click()
        expect(editor).to_be_focused()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        expect(editor).to_contain_text(text.partition("\n")[0])

    def run(self, number: int) -> None:
        """Select a cell and press Shift+Enter."""
        self.cell(number).locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Shift+Enter")

    def finish(self, number: int, seconds: float = 60.0) -> None:
        """Run a cell and wait until it is done."""
        self.run(number)
        eventually(lambda: self.execution_count(number), seconds, what=f"cell {number} is done")

    def execution_count(self, number: int) -> int | None:
        """Return the number beside a cell that has run; None while it waits or runs."""
        prompt = self.cell(number).locator(".jp-InputPrompt").first.inner_text()
        found = re.search(r"\[(\d+)\]", prompt)
        return int(found[1]) if found else None

    def choose(self, menu: str, entry: str | re.Pattern[str]) -> None:
        """Choose an entry of the menu bar."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=entry, exact=isinstance(entry, str)).click()

    def run_all(self) -> None:
        """Choose Run All Cells from the menu."""
        self.choose("Run", "Run All Cells")

    def interrupt(self) -> None:
        """Choose Interrupt Kernel from the menu."""
        self.choose("Kernel", re.compile("^Interrupt Kernel"))

    def restart(self) -> None:
        """Restart the kernel from the menu, and wait until it is up again."""
        with self.page.expect_response(lambda reply: reply.url.split("?")[0].endswith("/restart")) as answer:
            self.choose("Kernel", re.compile("^Restart Kernel…"))
            self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
        assert answer.value.ok
        self.ready()

    def save(self) -> None:
        """Press Ctrl+S, and wait until the file is written."""
        self.page.keyboard.press("Escape")
        with self.page.expect_response(
            lambda reply: "/api/contents/" in reply.url and reply.request.method == "PUT"
        ) as saved:
            self.page.keyboard.press("Control+s")
        assert saved.value.ok

    def reload(self) -> None:
        """Press reload, and wait until the page is back."""
        self.page.reload()
        self.ready()

    def video(self, number: int) -> dict[str, Any]:
        """Return the state of the video under a cell, as the browser's player knows it."""
        return video_state(self.output(number).locator("video").first)

    def play(self, number: int) -> None:
        """Start the video under a cell."""
        self.output(number).locator("video").first.evaluate("video => video.play()")


@contextmanager
def running_lab(folder: Path, variables: dict[str, str]) -> Iterator[Lab]:
    """Run a server with JupyterLab and Notebook 7 until the block ends."""
    root, home = folder / "notebooks", folder / "home"
    root.mkdir(parents=True)
    settings = home / ".jupyter" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    environment = without_accounts(os.environ) | homes(home) | variables
    command = [sys.executable, "-m", "jupyterlab", "--no-browser"]
    with serving(root, command, environment, folder / "lab.log") as lab:
        yield lab


@contextmanager
def serving(root: Path, command: list[str], environment: dict[str, str], log: Path) -> Iterator[Lab]:
    """Run a command that serves a folder, with options of ours behind its own, until the block ends."""
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": "0",
        "ServerApp.port_retries": "0",
        "ServerApp.root_dir": str(root),
        "IdentityProvider.token": TOKEN,
    }
    command = [*command, *(f"--{name}={value}" for name, value in options.items())]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    runtime = Path(environment["JUPYTER_RUNTIME_DIR"])
    with started(
        command, log, lambda pid: runtime / f"jpserver-{pid}.json", cwd=root, env=environment
    ) as told:
        yield Lab(told["url"], root)
