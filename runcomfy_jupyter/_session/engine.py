"""What a session works with: the ledger, the background, the runner. Each comes with its first use."""

from __future__ import annotations

import contextlib
import threading
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.background import Background
    from runcomfy_jupyter._jobs.ledger import Ledger
    from runcomfy_jupyter._jobs.owners import Owner
    from runcomfy_jupyter._jobs.runner import Runner
    from runcomfy_jupyter._jobs.shelf import CardShelf
    from runcomfy_jupyter.settings import Endpoint

LEDGER = "ledger.sqlite"
_OWNERS = "kernels"
_CARDS = "models"


class Engine:
    """The ledger, the background and the runner of one process. From any thread.

    What is closed is opened again when it is used again. Imports come late, so that loading the
    extension stays light.
    """

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._ledger: Ledger | None = None
        self._owner: Owner | None = None
        self._background: Background | None = None
        self._runner: Runner | None = None
        self._asked: set[Future[Any]] = set()

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened on first use."""
        with self._guard:
            if self._ledger is None:
                from runcomfy_jupyter._jobs.ledger import Ledger  # noqa: PLC0415 - see above

                self._ledger = Ledger(home() / LEDGER)
                if self._ledger.set_aside is not None:
                    _say_set_aside(self._ledger.set_aside)
            return self._ledger

    @property
    def background(self) -> Background:
        """The thread for what runs beside the cells, started on first use."""
        with self._guard:
            if self._background is None:
                from runcomfy_jupyter._jobs.background import Background  # noqa: PLC0415 - see above

                self._background = Background()
            return self._background

    @property
    def runner(self) -> Runner:
        """The runner, made on first use."""
        with self._guard:
            if self._runner is None:
                from runcomfy_jupyter._jobs.owners import Owner  # noqa: PLC0415 - see above
                from runcomfy_jupyter._jobs.runner import Runner  # noqa: PLC0415 - see above

                ledger = self.ledger
                self._owner = Owner(home() / _OWNERS)
                self._runner = Runner(ledger, self._owner, self.background)
            return self._runner

    @property
    def running(self) -> Runner | None:
        """The runner, if there is one already."""
        return self._runner

    @cached_property
    def shelf(self) -> CardShelf:
        """The models' cards that are kept on disk."""
        from runcomfy_jupyter._jobs.shelf import CardShelf  # noqa: PLC0415 - see above

        return CardShelf(settings.home() / _CARDS)

    def ask(self, endpoint: Endpoint, call: Callable[[Any], Any]) -> Future[Any]:
        """Begin a call on the wire client, in the background."""
        background = self.background
        asked: Future[Any] = background.run(call(background.wire(endpoint)[0]))
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        return asked

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger; asking makes none."""
        return (settings.home() / LEDGER).exists()

    def orphans(self) -> list[Record]:
        """Return the unfinished jobs that no living kernel follows; make no ledger for that."""
        if not self.has_ledger:
            return []
        from runcomfy_jupyter._jobs.owners import lives  # noqa: PLC0415 - see above

        folder = settings.home()
        return self.ledger.unfinished(lambda name: lives(folder / _OWNERS, name))

    def close(self) -> None:
        """Stop following, and close it all; what is under way can be taken up again."""
        for asked in tuple(self._asked):
            asked.cancel()  # what was only a question need not be waited for
        with self._guard:
            for part in (self._runner, self._background):
                if part is not None:
                    part.close()
            if self._owner is not None:
                self._owner.leave()
            if self._ledger is not None:
                self._ledger.close()
            self._runner = self._background = self._owner = self._ledger = None


def home() -> Path:
    """Return the home folder, which nobody else may read."""
    folder = settings.home()
    with contextlib.suppress(OSError):  # whoever uses it says what is wrong
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _say_set_aside(aside: Path) -> None:
    message = (
        f"The ledger could not be read. It is kept as {aside}, and a new one is begun: "
        "cells that were paid for before are not recognised any more."
    )
    warnings.warn(message, stacklevel=4)
