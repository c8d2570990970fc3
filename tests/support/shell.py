"""A shell of IPython in this process, for as long as a test wants one."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def a_shell() -> Iterator[InteractiveShell]:
    """Have a terminal's shell until the block ends."""
    config = Config()
    config.HistoryManager.enabled = False
    main = sys.modules["__main__"]
    InteractiveShell.clear_instance()
    try:
        yield InteractiveShell.instance(config=config)
    finally:
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = main  # a shell puts its own in its place
