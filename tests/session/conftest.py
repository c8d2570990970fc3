"""What the session's tests share: a session for which the scripted service is RunComfy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._session.session import Session
from support.account import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.scripted_service import Service


@pytest.fixture
def session(service: Service) -> Iterator[Session]:  # noqa: ARG001 - the account comes first
    """Begin a session, and end it."""
    made = Session()
    yield made
    made.close()


@pytest.fixture
def account_told(service: Service) -> None:
    """Let the service tell a balance and two models."""
    answering(service)
