"""What a batch says of its jobs while they go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import Record
from runcomfy_jupyter._jobs.watch import Watch
from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter._session.job import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._session.session import Session

UNDER_WAY = Record(
    id="jb7k",
    base_url="",
    model="",
    inputs={},
    fingerprint="",
    state=State.DOWNLOADING,
    save_dir="",
    created_at=0.0,
)


class Meanwhile:
    """A session whose one job comes to rest while the ledger is being read."""

    def __init__(self) -> None:
        self.kept = Watch(UNDER_WAY)

    @property
    def ledger(self) -> Meanwhile:
        """The ledger is this, too."""
        return self

    def watch(self, _: str) -> Watch:
        """Return the watch on the job."""
        return self.kept

    def many(self, job_ids: Sequence[str]) -> list[Record]:
        """Read, then let the job come to rest before the answer is here."""
        self.kept.changed(replace(UNDER_WAY, state=State.SUCCEEDED))
        self.kept.finish()
        return [UNDER_WAY for _ in job_ids]


def test_a_job_that_rests_while_it_is_looked_at_is_not_told_as_under_way() -> None:
    """What the ledger said a moment before is no longer true."""
    session = cast("Session", Meanwhile())
    [record] = Batch(session, [Job(session, UNDER_WAY)]).records
    assert record.state is State.SUCCEEDED
