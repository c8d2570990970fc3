"""How often the live pictures of a process are drawn anew: a few times a second, however many there are.

What has changed is drawn in the order of the changes. What has not is drawn again once in a
while: a page shows its own clocks, and begins them anew from where they were last drawn when it is
reloaded, or was out of sight.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

EVERY = 0.25
REFRESH = 10.0


class Picture(Protocol):
    """Something live that can be drawn anew, in any thread."""

    def redraw(self) -> None:
        """Draw it as it stands now."""
        ...


class Turns:
    """Whose turn it is. Pure: time is told to it, in seconds."""

    def __init__(self) -> None:
        self._drawn: dict[Picture, float] = {}
        self._changed: dict[Picture, float] = {}

    def begin(self, picture: Picture, now: float) -> None:
        """Take up a picture that has just been drawn."""
        self._drawn[picture] = now

    def change(self, picture: Picture, rest: float = 0.0) -> None:
        """Have a picture drawn in its turn; asking twice gives one turn.

        `rest`: seconds since it was last drawn that have to pass first.
        """
        if picture in self._drawn:
            self._changed.setdefault(picture, self._drawn[picture] + rest)

    def end(self, picture: Picture) -> None:
        """Forget a picture."""
        self._drawn.pop(picture, None)
        self._changed.pop(picture, None)

    def take(self, now: float) -> Picture | None:
        """Return the picture to be drawn now, if there is one."""
        picture = next((one for one, due in self._changed.items() if due <= now), None)
        if picture is None and (due := self._refresh_due()) is not None and due <= now:
            picture = next(iter(self._drawn))
        if picture is not None:
            self._changed.pop(picture, None)
            del self._drawn[picture]  # to the end of the line
            self._drawn[picture] = now
        return picture

    def next_turn(self) -> float | None:
        """Return when there may be a picture to draw; None where there are none."""
        refresh = self._refresh_due()
        return None if refresh is None else min(refresh, *self._changed.values(), float("inf"))

    def _refresh_due(self) -> float | None:
        """Return when the picture drawn longest ago is to be drawn again."""
        return min(self._drawn.values()) + REFRESH if self._drawn else None


class Redraws:
    """Draws pictures in a thread of its own, which lives as long as there are any."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._wake = threading.Condition()
        self._pause = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, picture: Picture) -> None:
        """Take up a picture that has just been drawn."""
        with self._wake:
            self._turns.begin(picture, time.monotonic())
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, daemon=True)
                self._thread.start()

    def change(self, picture: Picture, rest: float = 0.0) -> None:
        """Have a picture drawn in its turn, `rest` seconds after it was last drawn at the earliest."""
        with self._wake:
            self._turns.change(picture, rest)
            self._wake.notify()

    def end(self, picture: Picture) -> None:
        """Draw a picture no more."""
        with self._wake:
            self._turns.end(picture)
            self._wake.notify()

    def close(self) -> None:
        """Draw nothing any more."""
        with self._wake:
            self._turns = Turns()
            self._wake.notify()

    def _serve(self) -> None:
        while True:
            with self._wake:
                now = time.monotonic()
                picture = self._turns.take(now)
                if picture is None:
                    due = self._turns.next_turn()
                    if due is None:
                        self._thread = None
                        return
                    self._wake.wait(due - now)
                    continue
            try:
                picture.redraw()
            except Exception:  # a picture that fails must not stop the others
                logging.getLogger(__name__).exception("showing a job failed")
                self.end(picture)
            self._pause.wait(EVERY)
