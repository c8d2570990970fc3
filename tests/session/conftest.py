"""What the session's tests share: a service that is this process's account, and a session for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._session.session import Session
from support.scripted_service import Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "sentinel-token-of-the-session"


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, as kernels do."""
    return "asyncio"


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:  # noqa: ARG001 - the home comes first
    """Run a service whose answers the test writes, and make it the account of this process."""
    with serving() as running:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", running.base)
        monkeypatch.setenv("RUNCOMFY_TOKEN", TOKEN)
        yield running


@pytest.fixture
def session(service: Service) -> Iterator[Session]:  # noqa: ARG001 - the account comes first
    """Begin a session, and end it."""
    made = Session()
    yield made
    made.close()
