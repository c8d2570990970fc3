"""The sandbox's queue as a pure model: requests, places in line, states. Time is told to it, in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .catalogue import Card
    from .clip import Clip

State = Literal["in_queue", "in_progress", "completed", "cancelled"]
"""The four words of the API page."""

Error = str | dict[str, Any]


@dataclass(slots=True, eq=False)
class Request:
    """One accepted submission. Times are seconds since the epoch."""

    id: str
    card: Card
    inputs: dict[str, Any]
    created_at: float
    clips: tuple[Clip, ...] = ()
    """The files that it makes, in the order of its output."""
    state: State = "in_queue"
    finished_at: float | None = None
    error: Error | None = None

    @property
    def outcome(self) -> str:
        """Say what the result says: how it ended, or the current state while it has not."""
        if self.state != "completed":
            return self.state
        return "succeeded" if self.error is None else "failed"

    @property
    def has_ended(self) -> bool:
        """Say whether nothing more will happen to the request."""
        return self.finished_at is not None


class RequestQueue:
    """First come, first served; `at_once` in progress at most; each waits `least_wait` seconds at least."""

    def __init__(self, *, at_once: int, least_wait: float = 0.0) -> None:
        """Begin with nobody in line."""
        self._at_once = at_once
        self._least_wait = least_wait
        self._requests: dict[str, Request] = {}
        self._waiting: list[Request] = []
        self._running = 0

    @property
    def is_idle(self) -> bool:
        """Say whether nothing waits and nothing is in progress."""
        return not self._waiting and not self._running

    def find(self, request_id: str) -> Request | None:
        """Look a request up by its id."""
        return self._requests.get(request_id)

    def submit(self, request: Request) -> None:
        """Put a new request at the end of the line; one that has ended already is only remembered."""
        self._requests[request.id] = request
        if not request.has_ended:
            self._waiting.append(request)

    def position(self, request: Request) -> int | None:
        """Count the request's place in line; 1 is next. None when it no longer waits."""
        return self._waiting.index(request) + 1 if request.state == "in_queue" else None

    def advance(self, now: float) -> list[Request]:
        """Move those whose turn it is into progress, and return them."""
        begun: list[Request] = []
        while self._running < self._at_once and self._waiting and self._ripe_at() <= now:
            request = self._waiting.pop(0)
            request.state = "in_progress"
            self._running += 1
            begun.append(request)
        return begun

    def next_turn(self) -> float | None:
        """Say when `advance` can next do something by the passing of time alone; None if never."""
        if not self._waiting or self._running >= self._at_once:
            return None
        return self._ripe_at()

    def finish(self, request: Request, now: float, error: Error | None = None) -> None:
        """End a request that is in progress. `completed` means finished; `error` says that it failed."""
        if request.state != "in_progress":
            message = f"request {request.id} cannot finish: it is {request.state}"
            raise ValueError(message)
        request.state, request.finished_at, request.error = "completed", now, error
        self._running -= 1

    def cancel(self, request: Request, now: float) -> bool:
        """Take a request out of the line; False when it is no longer in it."""
        if request.state != "in_queue":
            return False
        self._waiting.remove(request)
        request.state, request.finished_at = "cancelled", now
        return True

    def _ripe_at(self) -> float:
        return self._waiting[0].created_at + self._least_wait
