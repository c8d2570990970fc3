"""One job as the ledger knows it, and the little that is known of it while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from runcomfy_jupyter._domain.lifecycle import State


@dataclass(frozen=True, slots=True)
class File:
    """A delivered output on disk: absolute path, size in bytes, checksum, and media type."""

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
    def took(self) -> float | None:
        """Seconds from acceptance to the end at the service, if both are known by one clock."""
        if self.accepted_at is None or self.finished_at is None or self.seen_late:
            return None
        if self.finished_at < self.accepted_at:
            return None
        return self.finished_at - self.accepted_at
