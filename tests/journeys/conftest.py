"""Fixtures for journeys: one Jupyter server for all, and for each a desk of its own, in a browser page."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from support.browser import CHROMIUM_FLAGS
from support.kernels import write_kernelspecs
from support.lab import LIGHT, Lab, OpenNotebook, running_lab
from support.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
TRACES = ROOT / "build" / "traces"
REPORT = pytest.StashKey[pytest.TestReport]()
# Higher than most notebooks here: what is out of sight is not drawn.
HEIGHT = 1600
# What pages complain of without us.
NOT_OURS = (
    "Comm not found for comm id",  # the last words of a kernel that is being restarted
    "net::ERR_NAME_NOT_RESOLVED",  # an exported page wants libraries from the network
    "is not registered, however,",  # it has other widgets than the kernel
    "(reading 'schema')",  # Notebook 7, at its start
    "Command 'filebrowser:open-path' not registered",  # likewise
)
PATIENCE = 20.0
QUICK = ("--workers", "8", "--queue-seconds", "0.6", "--run-seconds", "0.6", "--plain-clips")
LONG_QUEUE = ("--workers", "1", "--queue-seconds", "600")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know, at their end, how the test went."""
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder on the server with a ledger of its own, and kernels for which a sandbox is RunComfy."""

    lab: Lab
    folder: Path
    kernels: Path
    sandbox: Sandbox

    def kernel(self, environment: str = "newest", **variables: str) -> str:
        """Describe an environment's kernel to Jupyter as it is to be here; return its name."""
        spec = json.loads((self.kernels / environment / "kernel.json").read_text())
        home = {"RUNCOMFY_JUPYTER_HOME": str(self.folder / "ledger")}
        spec["env"] = {**self.sandbox.variables, **home, **variables}
        name = f"{environment}-{self.folder.name}".lower()
        target = self.kernels / name
        target.mkdir(exist_ok=True)
        (target / "kernel.json").write_text(json.dumps(spec))
        return name

    @property
    def file(self) -> Path:
        """The notebook that the journey writes."""
        return self.folder / "film.ipynb"

    def write(self, *cells: str, kernel: str | None = None) -> Path:
        """Put a notebook into the folder."""
        name = str(self.file.relative_to(self.lab.root))
        return self.lab.write(name, *cells, kernel=kernel or self.kernel())

    def open(self, page: Page, file: Path, *, front_end: str = "lab/tree") -> OpenNotebook:
        """Open a notebook of the folder."""
        return self.lab.open(page, str(file.relative_to(self.lab.root)), front_end=front_end)

    def begin(
        self, page: Page, *cells: str, kernel: str | None = None, front_end: str = "lab/tree"
    ) -> OpenNotebook:
        """Write a notebook, open it, and run its first cell."""
        notebook = self.open(page, self.write(*cells, kernel=kernel), front_end=front_end)
        try:
            notebook.finish(0, PATIENCE)
        except AssertionError:  # ipykernel 7.0.1 was seen to leave the first message until another came
            notebook.finish(0)
        return notebook


@pytest.fixture(scope="session")
def kernelspecs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Describe the kernels of the three environments to Jupyter."""
    return write_kernelspecs(tmp_path_factory.mktemp("jupyter"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, kernelspecs: Path) -> Iterator[Lab]:
    """Run the server of all journeys."""
    with running_lab(tmp_path_factory.mktemp("lab"), {"JUPYTER_PATH": str(kernelspecs)}) as running:
        yield running


@pytest.fixture(scope="session")
def quick_sandbox(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run the sandbox of most journeys: a clip is ready in about two seconds."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *QUICK, "--media-dir", str(clips)) as running:
        yield running


@pytest.fixture
def sandbox(quick_sandbox: Sandbox) -> Sandbox:
    """Give the journey a sandbox that behaves and remembers nothing."""
    quick_sandbox.misbehave()
    quick_sandbox.forget()
    return quick_sandbox


@pytest.fixture
def long_queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Run a sandbox in which everything stays queued until it is cancelled."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *LONG_QUEUE) as running:
        yield running


@pytest.fixture
def make_desk(
    request: pytest.FixtureRequest, lab: Lab, kernelspecs: Path
) -> Iterator[Callable[[Sandbox], Desk]]:
    """Return a function that makes the journey's desk for a sandbox."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")[:60]

    def make(sandbox: Sandbox) -> Desk:
        folder = lab.root / name
        folder.mkdir(exist_ok=True)
        return Desk(lab, folder, kernelspecs / "kernels", sandbox)

    yield make
    lab.stop_kernels()
    lab.dress(LIGHT)


@pytest.fixture
def desk(make_desk: Callable[[Sandbox], Desk], sandbox: Sandbox) -> Desk:
    """Give the journey a desk at the quick sandbox."""
    return make_desk(sandbox)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium for the journeys of one file.

    Not longer: while it runs, an event loop runs in this thread, which would disturb other tests.
    """
    found = ROOT / ".venvs" / "chromium"
    chromium = os.environ.get("CHROMIUM") or (found.read_text().strip() if found.exists() else None)
    assert chromium, "no Chromium is known: `make environments` finds or installs one"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a window for the journeys of one file: what it has of JupyterLab it need not fetch again."""
    opened = browser.new_context(viewport={"width": 1400, "height": HEIGHT})
    # No film: taking one of pages that move costs more than the journeys.
    opened.tracing.start(snapshots=True)
    yield opened
    opened.close()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, context: BrowserContext) -> Iterator[Callable[[], Page]]:
    """Return a function that opens a page; when the test fails, its trace and a picture stay in build/traces.

    At the end no page has had anything to complain of in its console.
    """
    complaints: list[str] = []

    def open_one() -> Page:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    context.tracing.start_chunk()
    yield open_one
    report = request.node.stash.get(REPORT, None)
    failed = report is None or report.failed
    name = re.sub(r"\W+", "-", request.node.name)
    context.tracing.stop_chunk(path=TRACES / f"{name}.zip" if failed else None)
    for number, page in enumerate(context.pages):
        if failed:
            page.screenshot(path=TRACES / f"{name}-{number}.png")
        page.close()
    ours = [words for words in complaints if not any(known in words for known in NOT_OURS)]
    assert failed or not ours, ours


@pytest.fixture
def page(open_page: Callable[[], Page]) -> Page:
    """Open the journey's page."""
    return open_page()
