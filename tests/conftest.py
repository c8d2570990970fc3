"""Fixtures every floor's tests share: a home of one's own, a sandbox, a service that a test scripts."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from support.environment import ACCOUNTS, SWITCHES, homes
from support.sandbox import Sandbox, running_sandbox
from support.scripted_service import Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICK = ("--queue-seconds", "0.2", "--run-seconds", "0.4")
TOKEN = "sentinel-token-of-the-tests"
# What a shell starts in the background ignores interrupts, and so would all that it starts in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, as kernels and the runner do."""
    return "asyncio"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty home, an empty ledger and no account; return its working folder."""
    for name in (*ACCOUNTS, *SWITCHES):
        monkeypatch.delenv(name, raising=False)
    for name, value in homes(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which all sandboxes of this run keep their clips: each is rendered once."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Sandbox]:
    """Run a sandbox for this test alone; it is quick, a clip is ready in a second."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *QUICK, "--media-dir", str(clips)) as running:
        yield running


@pytest.fixture
def account(home: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:  # noqa: ARG001 - the home comes first
    """Make the sandbox the account of this process: base URL and token are in the environment."""
    for name, value in sandbox.variables.items():
        monkeypatch.setenv(name, value)
    return sandbox


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:  # noqa: ARG001 - the home comes first
    """Run a service whose answers the test writes, and make it the account of this process."""
    with serving() as running:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", running.base)
        monkeypatch.setenv("RUNCOMFY_TOKEN", TOKEN)
        yield running
