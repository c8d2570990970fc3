"""Fixtures for panels and commands in a plain process: real sessions, real services as account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._session.session import Session
from support.desk import Desk, a_desk
from support.scripted_service import Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox


@pytest.fixture
def session(account: Sandbox) -> Iterator[Session]:  # noqa: ARG001 - the account is in the environment
    """Begin a session for which the sandbox is RunComfy."""
    begun = Session()
    yield begun
    begun.close()


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:  # noqa: ARG001 - the home comes first
    """Run a service whose answers the test writes, and make it the account of this process."""
    with serving() as running:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", running.base)
        monkeypatch.setenv("RUNCOMFY_TOKEN", "sentinel-token-of-the-desk")
        yield running


@pytest.fixture
def desk(service: Service) -> Iterator[Desk]:  # noqa: ARG001 - the account comes first
    """Have a shell with a session, in a terminal, for which the service is RunComfy."""
    begun = Session()
    with a_desk(begun) as made:
        yield made
    begun.close()
