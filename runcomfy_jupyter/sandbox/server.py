"""Serve a sandbox with uvicorn on loopback: listening, announcing, and ending quietly."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import build
from .control import set_rules
from .memory import Memory
from .renderer import Renderer
from .service import Pace, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

REQUESTS = "requests.jsonl"
"""The file in the media folder that keeps requests over a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to serve; the command line's options, with its defaults."""

    host: str = "127.0.0.1"
    port: int = 8787
    pace: Pace = field(default_factory=Pace)
    media_dir: Path | None = None
    remember: bool = False
    ready_file: Path | None = None
    exit_when_idle: float | None = None
    plain_clips: bool = False
    rules: tuple[dict[str, Any], ...] = ()


def is_loopback(host: str) -> bool:
    """Say whether a host name stands for this machine alone."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def serve(options: Options, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT, SIGTERM or idleness; `announce` gets the base URL once connections are taken.

    Raises:
        OSError: The port is taken, or a folder cannot be written.

    """
    with _listening(options) as listener, _folder(options.media_dir) as folder:
        asyncio.run(_serve(options, listener, folder, announce))


async def _serve(
    options: Options, listener: socket.socket, folder: Path, announce: Callable[[str], None]
) -> None:
    renderer = Renderer(folder, processes=min(options.pace.at_once, os.cpu_count() or 1))
    memory = Memory(folder / REQUESTS if options.remember else None)
    sandbox = Sandbox(renderer, options.pace, memory, plain_clips=options.plain_clips)
    set_rules(sandbox, {"rules": list(options.rules)})
    config = uvicorn.Config(
        build(sandbox),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, sandbox)
    watch = asyncio.create_task(_exit_when_idle(server, sandbox, options.exit_when_idle))
    with server.capture_signals():
        announce(_told_ready(options, listener))
        await server.serve(sockets=[listener])
    watch.cancel()
    await sandbox.close()


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, which also hands each request its transport: a fault may close the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """uvicorn's server, which ends with status 0 on a signal instead of raising it again."""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._sandbox = sandbox
        self._loop = asyncio.get_running_loop()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.stop()

    def stop(self) -> None:
        """Take no more requests, let go of those that hang, and end."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._sandbox.stopping.set)


async def _exit_when_idle(server: _Server, sandbox: Sandbox, seconds: float | None) -> None:
    if seconds is None:
        return
    while sandbox.idle_seconds() < seconds:  # noqa: ASYNC110 - it is time that is waited for
        await asyncio.sleep(max(0.05, seconds - sandbox.idle_seconds()))
    server.stop()


def _listening(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # Named as TCP, unlike socket.create_server's: only then does asyncio switch Nagle's algorithm off, which
    # with delayed acknowledgements adds 40 ms to every answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="runcomfy-sandbox-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _told_ready(options: Options, listener: socket.socket) -> str:
    """Return the base URL, written to the ready file too; that stays, for who wants the same port again."""
    host, port = listener.getsockname()[:2]
    base_url = f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"
    if options.ready_file is not None:
        part = options.ready_file.with_name(f"{options.ready_file.name}.{os.getpid()}.part")
        told = {"base_url": base_url, "port": port, "pid": os.getpid()}
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(options.ready_file)
    return base_url
