"""Fixtures for whole runs: kernels of three environments, each driven as a front end drives it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from support.environment import homes, without_accounts
from support.kernels import ENVIRONMENTS, Kernel, running_kernel, write_kernelspecs
from support.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
