"""A Model API for measurements: cheap, exact, and told by each prompt how long its job is to take.

    python -m bench.server [FOLDER]

keeps its files in FOLDER, prints its origin and serves until its standard input is closed. A prompt
holds its job's plan:

    video 17 of GROUP: 10.2 s in line, 70.1 s of work, 4000 bytes

States come from the clock at the moment of the question, so that an end is exact and costs nothing.
All times are those of the monotonic clock, which processes share.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN = "video {n} of {group}: {line:.3f} s in line, {run:.3f} s of work, {size} bytes"
# A request whose id begins so was never made, and waits for ever.
WAITING = "waiting-"
_PLAN = re.compile(rb"video (\d+) of ([\w.-]+): ([\d.]+) s in line, ([\d.]+) s of work, (\d+) bytes")
_FILE = re.compile(r"/media/file-(\d+)-(\d+)-([\w.-]+)\.mp4")
_RANGE = re.compile(r"bytes=(\d+)-$")
_BOX = 8
_HEAD = (16).to_bytes(4, "big") + b"ftypisom\0\0\0\1" + (8).to_bytes(4, "big") + b"moov"


@dataclass(slots=True)
class Job:
    """One request, and what was asked of it."""

    id: str
    group: str
    n: int
    accepted: float
    line: float
    run: float
    size: int
    questions: int = 0
    noticed: float | None = None

    @property
    def ended(self) -> float:
        """When it ends."""
        return self.accepted + self.line + self.run

    def state(self) -> str:
        """Say where it stands now; remember when its end was first told."""
        now = time.monotonic()
        if now < self.accepted + self.line:
            return "in_queue"
        if now < self.ended:
            return "in_progress"
        self.noticed = self.noticed or now
        return "completed"


@dataclass(slots=True)
class Transfer:
    """What was sent of one file."""

    requests: int = 0
    sent: int = 0


class Ask(NamedTuple):
    """One HTTP request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Service:
    """Everything that the server knows."""

    origin: str
    folder: str | None
    jobs: dict[str, Job] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    files: dict[int, IO[bytes]] = field(default_factory=dict)

    def answer(self, ask: Ask) -> tuple[int, Any]:
        """Answer a call of the API, or of the measurements."""
        parts = ask.path.partition("?")[0].strip("/").split("/")
        if parts[0] == "figures":
            return 200, self._figures(parts[1] if len(parts) > 1 else "")
        if ask.method == "POST" and parts[:2] == ["v1", "models"]:
            return self._submit(ask.body)
        if parts[:2] == ["v1", "requests"] and len(parts) == 4:
            if parts[2] in self.jobs:
                return self._ask(self.jobs[parts[2]], parts[3])
            if parts[2].startswith(WAITING):
                return 200, {"request_id": parts[2], "status": "in_queue", "queue_position": 9}
        return 404, {"error_code": 404001, "error_message": "not here"}

    def _submit(self, body: bytes) -> tuple[int, Any]:
        plan = _PLAN.search(body)
        if plan is None:
            return 422, {"error_code": 422001, "error_message": "the prompt holds no plan"}
        n, group, line, run, size = plan.groups()
        name = f"r-{len(self.jobs):06d}"
        self.jobs[name] = Job(
            name, group.decode(), int(n), time.monotonic(), float(line), float(run), int(size)
        )
        return 200, {"request_id": name}

    def _ask(self, job: Job, verb: str) -> tuple[int, Any]:
        if verb == "status":
            job.questions += 1
        told: dict[str, Any] = {"request_id": job.id, "status": job.state()}
        if verb == "status" and told["status"] == "in_queue":
            told["queue_position"] = 1
        if verb == "result" and told["status"] == "completed":
            told["output"] = {"video": f"{self.origin}/media/{job.id}.mp4"}
            told["cost"] = 0.1
        if verb == "cancel":
            told["outcome"] = "not_cancellable"
        return 200, told

    def _figures(self, group: str) -> dict[str, Any]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "jobs": [{**asdict(job), "ended": job.ended} for job in self.jobs.values() if job.group == group],
            "transfers": {name: asdict(transfer) for name, transfer in self.transfers.items()},
            "cpu_s": used.ru_utime + used.ru_stime,
        }

    def file(self, size: int) -> IO[bytes]:
        """Return a file of so many bytes that passes for a video."""
        if size not in self.files:
            stream = self.files[size] = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - kept
            rest = size - len(_HEAD)
            stream.write(_HEAD + rest.to_bytes(4, "big") + b"mdat")
            block = bytes(range(256)) * 4096
            for begin in range(_BOX, rest, len(block)):
                stream.write(block[: rest - begin])
            stream.flush()
        return self.files[size]


async def _serve(service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection until it is closed."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        while True:
            ask = await _read(reader)
            if ask.path.startswith("/media/"):
                if not await _send_file(service, writer, ask):
                    break
                continue
            status, told = service.answer(ask)
            body = json.dumps(told).encode()
            head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    writer.close()


async def _read(reader: asyncio.StreamReader) -> Ask:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Ask(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _send_file(service: Service, writer: asyncio.StreamWriter, ask: Ask) -> bool:
    """Send a file from where it is asked for; return whether the connection is still good for more.

    `/media/file-SIZE-CUTS-NAME.mp4`: the connection breaks off so many times on the way.
    """
    name, size, cuts = _named(service, ask.path)
    transfer = service.transfers.setdefault(name, Transfer())
    transfer.requests += 1
    wanted = _RANGE.match(ask.headers.get("range", ""))
    start = int(wanted[1]) if wanted else 0
    stop = size * transfer.requests // (cuts + 1) if transfer.requests <= cuts else size
    status = f"206 -\r\nContent-Range: bytes {start}-{size - 1}/{size}" if wanted else "200 -"
    head = (
        f'HTTP/1.1 {status}\r\nContent-Type: video/mp4\r\nETag: "v"\r\nContent-Length: {size - start}\r\n\r\n'
    )
    writer.write(head.encode())
    await writer.drain()
    count = max(0, stop - start)
    if count:
        loop = asyncio.get_running_loop()
        transfer.sent += await loop.sendfile(writer.transport, service.file(size), start, count)
    return stop == size


def _named(service: Service, path: str) -> tuple[str, int, int]:
    if found := _FILE.fullmatch(path):
        return found[3], int(found[1]), int(found[2])
    job = service.jobs[path.removeprefix("/media/").removesuffix(".mp4")]
    return job.id, job.size, 0


async def _main() -> None:
    service = Service("", sys.argv[1] if len(sys.argv) > 1 else None)
    server = await asyncio.start_server(
        lambda reader, writer: _serve(service, reader, writer), "127.0.0.1", 0, backlog=4096
    )
    port = server.sockets[0].getsockname()[1]
    service.origin = f"http://127.0.0.1:{port}"
    sys.stdout.write(f"{service.origin}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_main())
