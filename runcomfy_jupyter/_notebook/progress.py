"""How jobs stand, on one line of a terminal."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

from runcomfy_jupyter._display import text
from runcomfy_jupyter._display.batch_words import over, summary_words
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import rests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._jobs.watch import Watch
    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session


class _Line:
    """A line of a terminal that is written again and again."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._written = ""
        self._stopped = False

    def stop(self) -> None:
        """Leave the line: what is written next stands on one of its own."""
        self._stopped = True
        if self._stream.isatty() and self._written:
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, line: str, lasting: str) -> None:
        """Rewrite the line, "" at the end; where it cannot be rewritten, write what is new of `lasting`."""
        if self._stopped:
            return
        if self._stream.isatty():
            self._stream.write(f"\r{line.ljust(len(self._written))}" + ("" if line else "\r"))
            self._written = line
        elif line and lasting != self._written:
            self._stream.write(f"{lasting}\n")
            self._written = lasting
        self._stream.flush()


class ProgressLine(_Line):
    """One job on one line of a terminal."""

    def __init__(self, session: Session, job: Job, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._model = session.model_of(job.record)
        self._typical = session.typical(job.record)

    def follow(self, watch: Watch) -> None:
        """Rewrite the line at every change; where it cannot be rewritten, write new states alone."""
        watch.observe(self._changed)

    def _changed(self, watch: Watch) -> None:
        card = view(watch.record, self._model, now=time.time(), typical=self._typical)
        self._write("" if rests(watch.record.state) else text.progress_line(card), card.headline)


class BatchLine(_Line):
    """A batch on one line of a terminal."""

    def __init__(self, batch: Batch, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._kept = batch.kept
        self._records = {record.id: record for record in batch.records}
        # Counting all of many at each change of one would take the runner's time.
        self._rest, self._next = len(batch) / 500, 0.0
        self._lock = threading.Lock()

    def follow(self, watches: Sequence[Watch | None]) -> None:
        """Rewrite the line as the jobs go on."""
        for watch in watches:
            if watch is not None:
                watch.observe(self._changed)

    def _changed(self, watch: Watch) -> None:
        with self._lock:
            self._records[watch.record.id] = watch.record
            records, now = list(self._records.values()), time.monotonic()
            ended = over(records)
            if ended or now >= self._next:
                self._next = now + self._rest
                words = summary_words(records, kept=self._kept)
                self._write("" if ended else words, words)
