"""What the wire's tests share: the one event loop that the package runs on."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, which the runner's loop is."""
    return "asyncio"
