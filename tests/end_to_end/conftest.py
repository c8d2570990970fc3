"""Fixtures for journeys: kernels of three environments, JupyterLab, and a browser page."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, sync_playwright

from support.browser import CHROMIUM_FLAGS
from support.environment import homes, without_accounts
from support.kernels import ENVIRONMENTS, Kernel, running_kernel, write_kernelspecs
from support.lab import Lab, running_lab
from support.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(os.environ.get("SHOTS", ROOT / "build" / "shots"))
TRACES = ROOT / "build" / "traces"
REPORT = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know, at their end, how the test went."""
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report


@pytest.fixture(scope="session")
def kernelspecs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Describe the kernels of the three environments to Jupyter, here and in what is started from here."""
    folder = write_kernelspecs(tmp_path_factory.mktemp("jupyter"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield folder


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run a sandbox for this test alone, at the pace at which people meet it."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--media-dir", str(clips)) as running:
        yield running


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    """Name each environment in turn."""
    return str(request.param)


@pytest.fixture
def start_kernel(tmp_path: Path, kernelspecs: Path, sandbox: Sandbox) -> Iterator[Callable[[str], Kernel]]:
    """Return a function that starts a kernel; a test's kernels share a home, and the sandbox as account."""
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables
    variables["JUPYTER_PATH"] = str(kernelspecs)
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(running_kernel(name, tmp_path, variables))


@pytest.fixture
def kernel(environment: str, start_kernel: Callable[[str], Kernel]) -> Kernel:
    """Start a kernel of each environment in turn."""
    return start_kernel(environment)


@pytest.fixture
def lab(tmp_path: Path, kernelspecs: Path, sandbox: Sandbox) -> Iterator[Lab]:
    """Run JupyterLab, with the sandbox as account and the three environments' kernels."""
    with running_lab(tmp_path, {**sandbox.variables, "JUPYTER_PATH": str(kernelspecs)}) as running:
        yield running


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a page in Chromium; when the test fails, its trace stays in build/traces."""
    found = ROOT / ".venvs" / "chromium"
    chromium = os.environ.get("CHROMIUM") or (found.read_text().strip() if found.exists() else None)
    assert chromium, "no Chromium is known: `make environments` finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        context.tracing.start(screenshots=True, snapshots=True)
        opened = context.new_page()
        yield opened
        report = request.node.stash.get(REPORT, None)
        failed = report is None or report.failed
        context.tracing.stop(path=TRACES / f"{request.node.name}.zip" if failed else None)
        context.close()
        browser.close()


@pytest.fixture
def shot(page: Page) -> Callable[[str], None]:
    """Return a function that keeps a picture of the page in build/shots, for people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def keep(name: str) -> None:
        page.screenshot(path=SHOTS / f"{name}.png")

    return keep
