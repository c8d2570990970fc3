"""The embedded sandbox as a process of its own, shared by all kernels of one home.

It is started when first needed, keeps its address from one kernel to the next, and ends by
itself some time after the last request.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter.errors import StorageError, UserError
from runcomfy_jupyter.settings import TOKEN_VARIABLES, Endpoint, Secret

if TYPE_CHECKING:
    from pathlib import Path

_IDLE_SECONDS = 900
_START_SECONDS = 60.0
_NEEDED = ("starlette", "uvicorn", "av", "PIL")


class Sandbox:
    """The sandbox of a home folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "sandbox"
        self._ready = self._folder / "ready.json"

    def base_url(self) -> str | None:
        """Return the address it has or had, without starting it."""
        base = self._told().get("base_url")
        return base if isinstance(base, str) else None

    def endpoint(self) -> Endpoint:
        """Return where the sandbox answers; start it if it does not. Raises `UserError`."""
        if absent := lacking():
            message = f"The sandbox needs {', '.join(absent)}, which is not installed."
            raise UserError(message, hint='Run: pip install "runcomfy_jupyter[sandbox]"')
        from filelock import FileLock  # noqa: PLC0415 - every session has a sandbox, and few use it

        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(self._folder / "start.lock"):
                base = self.base_url()
                if base is None or not _answers(base):
                    port = self._told().get("port")
                    base = self._start(port if isinstance(port, int) else 0)
        except OSError as error:
            message = f"{self._folder} cannot be used: {error.strerror or error}."
            raise StorageError(message, hint="Name another folder by RUNCOMFY_JUPYTER_HOME.") from error
        # No real token is ever sent to the sandbox.
        return Endpoint(base, base.removesuffix("/v1") + "/prod/v2", Secret("sandbox"))

    def _told(self) -> dict[str, Any]:
        try:
            told = json.loads(self._ready.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _start(self, port: int) -> str:
        """Start it on the port it had before, so that its jobs keep their address; else on any."""
        for wanted in dict.fromkeys((port, 0)):
            self._ready.unlink(missing_ok=True)
            if self._launch(wanted):
                base = self.base_url()
                if base is not None:
                    return base
        log = self._folder / "log.txt"
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or ["no word"]
        message = f"The sandbox did not start: {last[0]}."
        raise UserError(message, hint=f"More is in {log}.")

    def _launch(self, port: int) -> bool:
        command = [sys.executable, "-m", "runcomfy_jupyter.sandbox", "--port", str(port)]
        command += ["--ready-file", str(self._ready), "--media-dir", str(self._folder / "media")]
        command += ["--exit-when-idle", str(_IDLE_SECONDS), "--remember"]
        # It outlives the kernel, and has no use for the token.
        environment = {name: value for name, value in os.environ.items() if name not in TOKEN_VARIABLES}
        with (self._folder / "log.txt").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,  # interrupting the kernel must not interrupt the sandbox
            )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._ready.exists():
                # Whoever starts a process has to hear of its end, or it stays as a shadow of itself.
                threading.Thread(target=process.wait, daemon=True).start()
                return True
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            return False
        process.terminate()
        process.wait()
        return False


def lacking() -> list[str]:
    """Return the packages that the sandbox needs and that are not installed."""
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]


def _answers(base: str) -> bool:
    """Tell whether a sandbox, and not something else, answers at this address."""
    import urllib.request  # noqa: PLC0415 - as above

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{base.removesuffix('/v1')}/_sandbox/journal?limit=0", timeout=2) as reply:
            return bool(reply.status == 200)  # noqa: PLR2004 - OK
    except OSError:
        return False
