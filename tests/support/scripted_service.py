"""A Model API, and the host of its files, on a real socket: it answers as a script says, and remembers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from support.clips import CLIP
from support.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `cut`: how many bytes of the body are sent before the connection is closed."""

    http: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    sized: bool = True


Script = Callable[[Seen], Reply | None]


def says(http: int = 200, /, *, headers: dict[str, str] | None = None, **body: Any) -> Script:
    """Answer with a JSON object."""
    return raw(http, json.dumps(body).encode(), headers or {})


def raw(http: int, body: bytes, headers: dict[str, str] | None = None) -> Script:
    """Answer with bytes."""
    return lambda _: Reply(http, body, headers or {})


def drop(_: Seen) -> None:
    """Close the connection without a word."""


@dataclass(slots=True)
class Held:
    """An answer that is held back until the test lets it go."""

    then: Script
    asked: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)

    def __call__(self, seen: Seen) -> Reply | None:
        """Wait, then answer."""
        self.asked.set()
        assert self.free.wait(PATIENCE_SECONDS)
        return self.then(seen)


@dataclass(slots=True)
class Media:
    """A file on a host that can send parts of it. `cuts`: after how many bytes each answer breaks off."""

    content: bytes = CLIP
    etag: str | None = '"v1"'
    cuts: list[int] = field(default_factory=list)
    kind: str = "video/mp4"
    sent: list[range] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Reply:
        """Send the file, or the part that was asked for if it is of this version."""
        start = 0
        if "range" in seen.headers and self.etag and seen.headers.get("if-range") == self.etag:
            start = int(seen.headers["range"].removeprefix("bytes=").removesuffix("-"))
        size = len(self.content)
        headers = {"content-type": self.kind} | ({"etag": self.etag} if self.etag else {})
        if start >= size:
            return Reply(416, b"", headers | {"content-range": f"bytes */{size}"})
        if start:
            headers["content-range"] = f"bytes {start}-{size - 1}/{size}"
        cut = self.cuts.pop(0) if self.cuts else None
        self.sent.append(range(start, size if cut is None else start + cut))
        return Reply(206 if start else 200, self.content[start:], headers, cut)


class Service:
    """A running service. Each call has replies, given one after another; the last one stays."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seen: list[Seen] = []
        self.said: dict[int, int | None] = {}
        self.media = Media()
        self._lock = threading.Lock()
        self._scripts: dict[str, list[Script]] = {
            "submit": [self._accept],
            "status": [says(status="completed")],
            "result": [says(status="succeeded", output={"video": self.url()})],
            "cancel": [says(202, outcome="cancelled")],
            "card": [says(404, error_code=400001, error_message="no such model")],
            "models": [says(models=[], total=0)],
            "balance": [says(balance_usd=12.5, currency="USD")],
        }

    @property
    def base(self) -> str:
        """Where the API is, with its /v1."""
        return f"{self.origin}/v1"

    @property
    def posts(self) -> int:
        """How many paid POSTs it has seen."""
        return len(self.asked("submit"))

    def url(self, name: str = "clip.mp4") -> str:
        """Return the address of a file."""
        return f"{self.origin}/media/{name}"

    def on(self, call: str, *scripts: Script) -> None:
        """Answer a call (one of those above, or media) by these from now on."""
        with self._lock:
            self._scripts[call] = list(scripts)

    def asked(self, call: str) -> list[Seen]:
        """Return the requests of one kind so far."""
        with self._lock:
            return [seen for seen in self.seen if seen.call == call]

    def _accept(self, seen: Seen) -> Reply | None:
        return says(request_id=f"r-{self.posts}")(seen)

    def answer(self, seen: Seen) -> Reply | None:
        """Answer, and remember."""
        with self._lock:
            self.seen.append(seen)
            waiting = self._scripts.get(seen.call, [self.media])
            script = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        reply = script(seen)
        with self._lock:
            self.said[id(seen)] = reply.http if reply else None
        return reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet, or the second waits for the first one's receipt
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.service.answer(Seen(self.command, self.path, headers, body))
        if reply is None:
            self._hang_up()
            return
        self.send_response(reply.http)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.sized:
            self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body if reply.cut is None else reply.body[: reply.cut])
        if reply.cut is not None or not reply.sized:
            self._hang_up()

    do_GET = do_POST = _serve  # noqa: N815 - the names that http.server calls

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_WR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Bear clients that leave early."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        """Bear them here, too."""
        try:
            super().finish()
        except OSError:
            self.rfile.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # the usual 5 lets others wait for seconds where many connect at once

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = Service(f"http://127.0.0.1:{self.server_port}")


@contextmanager
def serving() -> Iterator[Service]:
    """Run a service on loopback until the block ends."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.service
        finally:
            server.shutdown()
            thread.join()
