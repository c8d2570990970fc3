"""Start `python -m runcomfy_jupyter.sandbox` as a user does, and speak to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "runcomfy_jupyter.sandbox"]


@contextlib.contextmanager
def started(
    *options: str, temporary: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """Start the command on a free port; yield it, once it says that it listens, with a client for it."""
    environment = os.environ | ({"TMPDIR": str(temporary)} if temporary else {})
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("RunComfy sandbox: http://127.0.0.1:"), process.communicate()
        assert line.endswith("/v1 (no token is checked, nothing is billed)\n")
        root = line.split()[2].removesuffix("/v1")
        try:
            with httpx.Client(base_url=root, headers={"Authorization": "Bearer x"}, timeout=20) as client:
                yield process, client
        finally:
            process.terminate()
