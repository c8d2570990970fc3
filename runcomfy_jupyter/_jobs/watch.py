"""What those who wait for a job, or show it, hold in their hands."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runcomfy_jupyter._domain.record import Record

Observer: TypeAlias = "Callable[[Watch], None]"


@dataclass(eq=False)
class Watch:
    """One job that this process follows.

    `accepted` is done when the outcome of the submission is known, `queued` even before where the
    request waits for its turn to be sent, `done` when the following has ended (`over`); all three give
    this watch and never raise. `failure` is what ended it early. `sends`: this process makes the
    submission.
    """

    record: Record
    sends: bool = False
    failure: BaseException | None = None
    over: bool = False
    queued: Future[Watch] = field(default_factory=Future)
    accepted: Future[Watch] = field(default_factory=Future)
    done: Future[Watch] = field(default_factory=Future)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    withdrawn: asyncio.Event = field(default_factory=asyncio.Event)
    _observers: list[Observer] = field(default_factory=list)
    _complained: list[Observer] = field(default_factory=list)

    def observe(self, observer: Observer) -> None:
        """Call `observer` at once and after every change, in whatever thread it happens."""
        self._observers.append(observer)
        observer(self)

    @property
    def on_the_wire(self) -> bool:
        """Whether a submission is, or may be, on its way; not while it waits to be made, or made again."""
        live = self.record.live
        waits = bool(live.trouble) or (self.record.sent_at is None and self.queued.done())
        return self.sends and not self.accepted.done() and (live.unwritten or not waits)

    def changed(self, record: Record) -> None:
        """Take over a new record and tell the observers."""
        self.record = record
        for observer in tuple(self._observers):
            try:
                observer(self)
            except Exception as error:  # noqa: BLE001 - a picture that fails must not stop a paid job
                if observer in self._complained:
                    continue  # once is enough: a download alone makes many changes
                self._complained.append(observer)
                context = {"message": f"showing job {self.record.id} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

    def added(self, record: Record) -> None:
        """Take over what became known after the end: the cost, which may come late. Nobody is told."""
        self.record = record

    def settle(self) -> None:
        """Let go whoever waits for the outcome of the submission."""
        self.wait_in_line()
        if not self.accepted.done():
            self.accepted.set_result(self)

    def wait_in_line(self) -> None:
        """Let go whoever waits only until it is known that the request has to wait for its turn."""
        if not self.queued.done():
            self.queued.set_result(self)

    def finish(self) -> None:
        """Tell the observers a last time, then let go whoever waits."""
        self.settle()
        self.over = True
        self.changed(self.record)
        self.done.set_result(self)


async def finish_sending(watches: Iterable[Watch], patience: float) -> None:
    """Wait for the answers to what is being sent; say so when it takes its time. `patience`: seconds."""
    sending = [watch for watch in watches if watch.on_the_wire]
    waiting = {asyncio.wrap_future(one.accepted if one.queued.done() else one.queued) for one in sending}
    if waiting:
        _, waiting = await asyncio.wait(waiting, timeout=min(1.0, patience))
    if waiting:
        tell_at_the_end(f"waiting for RunComfy's answer to {len(waiting)} submission(s) …")
        await asyncio.wait(waiting, timeout=patience)


def tell_at_the_end(words: str) -> None:
    """Say something when no cell or card is left that could."""
    sys.stderr.write(f"runcomfy_jupyter: {words}\n")
