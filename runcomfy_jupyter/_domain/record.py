"""One job as the ledger knows it, and the little that is known of it while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from runcomfy_jupyter._domain.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


def is_elsewhere(place: str) -> bool:
    """Tell an address that fsspec knows, such as s3://bucket/clip.mp4, from a path of this machine."""
    return "://" in place


@dataclass(frozen=True, slots=True)
class File:
    """A delivered output: where it is, on disk its absolute path, size in bytes, checksum, and media type."""

    path: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Live:
    """What is known only while a job is followed, and never stored.

    `trouble`: why the last question to the service got no answer, in words.
    `unwritten`: the ledger has refused to take down what is known here.
    `received`, `expected`: bytes of the download so far, and in all if the host said so.
    """

    queue_position: int | None = None
    trouble: str = ""
    received: int = 0
    expected: int | None = None
    unwritten: bool = False


class Times(NamedTuple):
    """When a job was accepted, began to run and finished, in seconds since the epoch, as far as is known."""

    accepted_at: float | None
    started_at: float | None
    finished_at: float | None
    seen_late: bool

    @property
    def took(self) -> float | None:
        """Seconds from acceptance to the end at the service, if both are known by one clock."""
        if self.seen_late or self.finished_at is None or self.accepted_at is None:
            return None
        return self.finished_at - self.accepted_at if self.finished_at >= self.accepted_at else None

    @property
    def ran(self) -> float | None:
        """Seconds of those that it ran; all of them where nobody saw it begin."""
        if self.took is None or self.started_at is None or self.finished_at is None:
            return self.took
        return self.finished_at - self.started_at if self.finished_at >= self.started_at else self.took


@dataclass(frozen=True, slots=True)
class Record:
    """One job. Times are seconds since the epoch, UTC; costs are US dollars.

    `inputs` is exactly what is sent. `fingerprint` names what was asked for and where, so that
    the same request is recognised; it holds no secret. `sent_at` is set before the first byte
    of the submission leaves, so its absence proves that nothing was sent.
    `notebook` tells where the request was made. `asked` is the fingerprint of `inputs` as they
    are sent, without defaults; empty for a job of an older version. `seen_late`: nobody looked
    when the request finished, so `finished_at` is only when it was noticed. `gone_at` is when
    the service said that it has the request no more.
    """

    id: str
    base_url: str
    model: str
    inputs: Mapping[str, Any]
    fingerprint: str
    state: State
    save_dir: str
    created_at: float
    sent_at: float | None = None
    request_id: str | None = None
    accepted_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    cost_usd: Decimal | None = None
    error: str = ""
    files: tuple[File, ...] = ()
    notebook: str = ""
    estimate_usd: Decimal | None = None
    asked: str = ""
    gone_at: float | None = None
    seen_late: bool = False
    live: Live = field(default_factory=Live, compare=False)

    @property
    def prompt(self) -> str:
        """The prompt, or nothing for a model that takes none."""
        prompt = self.inputs.get("prompt", "")
        return prompt if isinstance(prompt, str) else ""

    @property
    def unsent(self) -> bool:
        """Whether the request is recorded, and certainly was not taken by the service."""
        return self.state is State.RECORDED and (self.sent_at is None or bool(self.error))

    @property
    def taken_at(self) -> float:
        """When it was accepted; where nobody noted that, when it was recorded."""
        return self.created_at if self.accepted_at is None else self.accepted_at

    @property
    def took(self) -> float | None:
        """Seconds from acceptance to the end at the service, if both are known by one clock."""
        return self._times.took

    @property
    def ran(self) -> float | None:
        """Seconds of those that it ran; all of them where nobody saw it begin."""
        return self._times.ran

    @property
    def _times(self) -> Times:
        return Times(self.accepted_at, self.started_at, self.finished_at, self.seen_late)
