"""What a job needs around it: a ledger, a service, a clock; and jobs in any state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import SORA_2, fingerprint
from runcomfy_jupyter._domain.record import Record
from runcomfy_jupyter._jobs.collector import Collector
from runcomfy_jupyter._jobs.delivery import Delivery
from runcomfy_jupyter._jobs.desk import Desk
from runcomfy_jupyter._jobs.follower import Follower
from runcomfy_jupyter.settings import Endpoint, Secret
from support.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._jobs.ledger import Ledger
    from support.scripted_service import Service

TOKEN = "sentinel-token-of-the-jobs"
OWNER = "1-owner"
LIMIT = 10_000_000
QUICK = Timeouts(connect=2.0, submission=0.5, read=0.5, download=0.5)
# A process that opens a ledger when it is told to, and writes to it.
OPEN_AT_ONCE = """
import sys
from pathlib import Path
from jobs.stage import draft, OWNER
from runcomfy_jupyter._jobs.ledger import Ledger
print("ready", flush=True)
sys.stdin.readline()
ledger = Ledger(Path(sys.argv[1]))
ledger.begin(draft(), owner=OWNER, again=True)
print(ledger.set_aside, flush=True)
"""
S = State
WAY: dict[State, tuple[State, ...]] = {
    S.RECORDED: (),
    S.UNCONFIRMED: (S.UNCONFIRMED,),
    S.IN_QUEUE: (S.IN_QUEUE,),
    S.IN_PROGRESS: (S.IN_QUEUE, S.IN_PROGRESS),
    S.DOWNLOADING: (S.IN_QUEUE, S.DOWNLOADING),
    S.SUCCEEDED: (S.IN_QUEUE, S.DOWNLOADING, S.SUCCEEDED),
    S.FAILED: (S.FAILED,),
    S.CANCELLED: (S.IN_QUEUE, S.CANCELLED),
    S.UNDELIVERED: (S.IN_QUEUE, S.UNDELIVERED),
}


def draft(prompt: str = "A paper boat", *, base: str = "http://h/v1", **facts: Any) -> Record:
    """Return a record that no ledger has yet."""
    inputs = {"prompt": prompt, "size": "1280x720", "seconds": 4}
    given: dict[str, Any] = {
        "id": "",
        "base_url": base,
        "model": SORA_2,
        "inputs": inputs,
        "fingerprint": fingerprint(base, SORA_2, inputs),
        "state": State.RECORDED,
        "save_dir": "/nowhere",
        "created_at": 1_800_000_000.0,
    }
    return Record(**given | facts)


def put(ledger: Ledger, state: State, new: Record | None = None, *, owner: str = OWNER) -> Record:
    """Write a job down that has come to a state by the usual way."""
    record, _ = ledger.begin(new or draft(), owner=owner, again=True)
    if WAY[state] and record.sent_at is None:
        record = ledger.note(record.id, sent_at=record.created_at)
    for step in WAY[state]:
        facts = {"request_id": "r-1", "accepted_at": record.created_at} if step is S.IN_QUEUE else {}
        record = ledger.move(record.id, step, **facts)
    return record


def endpoint(service: Service, token: str = TOKEN) -> Endpoint:
    """Return where the service is, with a token for it."""
    return Endpoint(service.base, service.origin, Secret(token))


@dataclass(slots=True)
class Stage:
    """Everything that one follower needs; `told` is what it told, in order."""

    folder: Path
    service: Service
    ledger: Ledger
    client: Client
    downloads: Downloads
    clock: VirtualClock
    told: list[Record] = field(default_factory=list)

    def job(self, state: State = State.RECORDED, prompt: str = "A paper boat", **facts: Any) -> Record:
        """Write a job down."""
        given = {"base": self.service.base, "save_dir": str(self.folder / "videos"), **facts}
        return put(self.ledger, state, draft(prompt, **given))

    def follower(self, record: Record, *, limit: int = LIMIT, elsewhere: str = "") -> Follower:
        """Return who carries a job."""
        desk = Desk(record, self.ledger, self.clock, self.told.append)
        delivery = Delivery(self.downloads, self.clock, limit)
        return Follower(desk, self.client, Collector(desk, self.client, delivery, elsewhere))

    async def follow(self, state: State, **facts: Any) -> Record:
        """Carry a new job on from a state; return what the ledger then says of it."""
        record = self.job(state, **facts)
        await self.follower(record).follow()
        return self.ledger.get(record.id)

    def states(self) -> list[str]:
        """Return the states that were told, each once in a row."""
        found: list[str] = []
        for record in self.told:
            if not found or found[-1] != record.state:
                found.append(record.state.value)
        return found

    def files(self) -> list[str]:
        """Return the names of all files that were saved."""
        return sorted(path.name for path in (self.folder / "videos").rglob("*"))


def make_stage(folder: Path, service: Service, ledger: Ledger) -> Stage:
    """Set the stage; the clients are closed by who asked for it."""
    clock = VirtualClock()
    client = Client(endpoint=endpoint(service), clock=clock.wire, timeouts=QUICK)
    downloads = Downloads(service.base, clock=clock.wire, timeouts=QUICK)
    return Stage(folder, service, ledger, client, downloads, clock)
