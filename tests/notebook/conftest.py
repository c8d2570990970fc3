"""Fixtures for panels in a plain process: a real session, the sandbox as account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._session.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox


@pytest.fixture
def session(account: Sandbox) -> Iterator[Session]:  # noqa: ARG001 - the account is in the environment
    """Begin a session for which the sandbox is RunComfy."""
    begun = Session()
    yield begun
    begun.close()
