"""What the service says, in this project's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


class Phase(StrEnum):
    """Where a request stands at the service.

    `completed` means "has finished", not "succeeded": only the result tells which.
    """

    IN_QUEUE = "in_queue"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What came of asking to cancel."""

    CANCELLED = "cancelled"
    NOT_CANCELLABLE = "not_cancellable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission was accepted under this id."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Status:
    """`queue_position` is given while queued, by some models; `word` is the service's own."""

    state: Phase
    queue_position: int | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """`urls` are the http(s) addresses of the output, in its order; `error` is one line.

    `created_at`, `finished_at`: seconds since the epoch by the service's clock, as far as it says.
    """

    state: Phase
    urls: tuple[str, ...] = ()
    error: str = ""
    cost_usd: Decimal | None = None
    created_at: float | None = None
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The service's answer to a cancel call."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left in the account, in US dollars."""

    usd: Decimal
