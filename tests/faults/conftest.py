"""Fixtures for faults: forked kernels, notebooks that survive them, a sandbox to misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.forks import ForkServer, running_fork_server
from faults.notebook import Notebook
from faults.patience import Patient, waiting_patients
from support.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = ("--workers", "8", "--queue-seconds", "0.1", "--run-seconds", "0.1")


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    """Run the server that kernels are forked from."""
    with running_fork_server() as server:
        yield server


@pytest.fixture(scope="session")
def fast_forks() -> Iterator[ForkServer]:
    """Run a fork server whose processes are not measured: for the many that are killed, and for load."""
    with running_fork_server(measured=False) as server:
        yield server


@pytest.fixture(scope="session")
def patients(
    forks: ForkServer, tmp_path_factory: pytest.TempPathFactory, clips: Path
) -> Iterator[dict[str, Patient]]:
    """Have the faults that take a minute happen, each in a kernel of its own."""
    with waiting_patients(forks, tmp_path_factory.mktemp("patients"), clips) as waiting:
        yield waiting


@pytest.fixture(autouse=True)
def _patients_first(request: pytest.FixtureRequest) -> None:
    """Begin the slow faults with the first test of faults, if any test is there that looks at them."""
    if any("patients" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("patients")


@pytest.fixture(scope="session")
def one_sandbox(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run the sandbox of all tests of faults."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *QUICK, "--media-dir", str(clips)) as running:
        yield running


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    """Give the test a sandbox that behaves and remembers nothing."""
    one_sandbox.misbehave()
    one_sandbox.forget()
    return one_sandbox


@pytest.fixture
def new_notebook(
    forks: ForkServer, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[dict[str, str]], Notebook]:
    """Return a function that makes a notebook with an empty home of its own."""
    made: list[Notebook] = []

    def make(variables: dict[str, str]) -> Notebook:
        notebook = Notebook(forks, tmp_path / f"notebook-{len(made) + 1}", variables)
        made.append(notebook)
        request.addfinalizer(notebook.close)
        return notebook

    return make


@pytest.fixture
def notebook(new_notebook: Callable[[dict[str, str]], Notebook], sandbox: Sandbox) -> Notebook:
    """Make a notebook for which the sandbox is RunComfy."""
    return new_notebook(sandbox.variables)


@pytest.fixture
def neighbour(forks: ForkServer, notebook: Notebook, sandbox: Sandbox, tmp_path: Path) -> Iterator[Notebook]:
    """Make a second notebook with a folder of its own, and the first one's home."""
    second = Notebook(forks, tmp_path / "neighbour", sandbox.variables, notebook.home)
    yield second
    second.close()
