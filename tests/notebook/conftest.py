"""Fixtures for panels and commands in a plain process: real sessions, real services as account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._session.session import Session
from support.desk import Desk, a_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox
    from support.scripted_service import Service


@pytest.fixture
def session(account: Sandbox) -> Iterator[Session]:  # noqa: ARG001 - the account is in the environment
    """Begin a session for which the sandbox is RunComfy."""
    begun = Session()
    yield begun
    begun.close()


@pytest.fixture
def desk(service: Service) -> Iterator[Desk]:  # noqa: ARG001 - the account comes first
    """Have a shell with a session, in a terminal, for which the service is RunComfy."""
    begun = Session()
    with a_desk(begun) as made:
        yield made
    begun.close()
