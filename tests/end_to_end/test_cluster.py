"""Jobs that a real Dask cluster follows, in worker processes of its own."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from distributed import Client, LocalCluster

import runcomfy_jupyter as rc
from runcomfy_jupyter._jobs.errand import Errand
from runcomfy_jupyter._session import process
from runcomfy_jupyter.errors import InputError, JobFailed, StorageError
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

TOKEN = "sentinel-token-of-the-cluster"
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*:ResourceWarning", "ignore:Port .* is already in use:UserWarning"
)


def size(path: Path) -> int:
    """Measure a file: the work that these users have."""
    return path.stat().st_size


def stumble(path: Path) -> int:
    """Fail, as a user's own function may."""
    raise ValueError(f"cannot work on {path.suffix}")


class Weird(Exception):
    """Is not built as it is pickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second


def weird(path: Path) -> None:
    """Fail in a way that cannot be told elsewhere."""
    raise Weird(path.name, "b")


@pytest.fixture(autouse=True)
def token(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001 - the account comes first
    """Have a token that can be looked for, and end the process's session."""
    monkeypatch.setenv("RUNCOMFY_TOKEN", TOKEN)
    yield
    process.end()


@pytest.fixture
def engine(token: None) -> Iterator[Client]:  # noqa: ARG001 - its workers inherit the environment
    """Run a cluster of two worker processes."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=4, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def pids(client: Client) -> list[int]:
    """Return the processes of the workers."""
    return list(client.run(os.getpid).values())


def logs(client: Client) -> str:
    """Return all that the scheduler and the workers have logged, events included."""
    told: Any = (client.get_scheduler_logs(), client.get_worker_logs(), client.get_events())
    return repr(told)


def test_workers_follow_what_this_process_pays_for(engine: Client, account: Sandbox, home: Path) -> None:
    """Thirty shots, and a worker that is killed among them: 30 POSTs, 30 files, 30 results, no token told."""
    folder = home / "shared"
    shots = [{"prompt": f"Shot {number}", "seconds": 4} for number in range(30)]
    batch = rc.submit_many(shots, on=engine, then=size, save_dir=str(folder))
    eventually(lambda: sum(job.state == "succeeded" for job in batch) >= 3, 60, what="the first are done")
    os.kill(pids(engine)[0], signal.SIGKILL)
    batch.wait(150)

    assert len(account.submissions()) == 30
    assert [job.state for job in batch] == ["succeeded"] * 30
    files = sorted(folder.glob("*.mp4"))
    assert sorted(Path(job.files[0]) for job in batch) == files
    assert len(files) == 30
    assert batch.results == [size(Path(job.files[0])) for job in batch]
    assert TOKEN not in logs(engine)
    errand = Errand(batch[0].record, str(folder), 10**6)
    assert TOKEN.encode() not in pickle.dumps(errand)

    again = rc.submit_many(shots, on=engine, then=size, save_dir=str(folder)).wait(100)
    assert [job.id for job in again] == [job.id for job in batch]
    assert again.results == batch.results
    assert len(account.submissions()) == 30


def test_files_go_to_any_address_that_fsspec_knows(engine: Client, account: Sandbox, home: Path) -> None:
    """The file and what describes it lie there whole; the job tells the address."""
    address = f"file://{home}/store"
    batch = rc.submit_many(["A kite"], on=engine, save_dir=address).wait(60)
    name = f"kite-{batch[0].id}"
    assert (batch[0].path, batch[0].files) == (None, [f"{address}/{name}.mp4"])
    assert sorted(path.name for path in (home / "store").iterdir()) == [f"{name}.json", f"{name}.mp4"]
    assert "store" in batch._repr_mimebundle_()["text/html"]
    assert len(account.submissions()) == 1


def test_what_the_function_raises_is_raised_and_loses_nothing(engine: Client, account: Sandbox) -> None:
    """The video is here; the error is the user's own, with the job named."""
    batch = rc.submit_many(["A kite"], on=engine, then=stumble)
    with pytest.raises(ValueError, match=r"cannot work on \.mp4") as caught:
        batch.wait(60)
    assert batch[0].id in caught.value.__notes__[0]
    assert batch[0].state == "succeeded"
    assert Path(batch[0].files[0]).exists()
    assert len(account.submissions()) == 1


def test_a_job_that_fails_there_has_failed_here(engine: Client, account: Sandbox) -> None:
    """The reason is in the ledger, and the others are not disturbed."""
    account.misbehave({"on": "result", "fault": "failed", "times": 1})
    batch = rc.submit_many(["one", "two"], on=engine)
    with pytest.raises(JobFailed, match="1 job of 2 did not succeed"):
        batch.wait(60)
    assert sorted(job.state for job in batch) == ["failed", "succeeded"]


def test_what_cannot_work_is_refused_before_anything_is_paid(engine: Client, account: Sandbox) -> None:
    """A function that cannot be sent, an address that cannot be written, a client that is closed."""
    lock = threading.Lock()
    with pytest.raises(InputError, match="then= cannot be sent to a worker"):
        rc.submit_many(["A kite"], on=engine, then=lambda _: lock)
    with pytest.raises(StorageError, match=r"nosuch://x/y cannot be written.*Nothing was sent"):
        rc.submit_many(["A kite"], on=engine, save_dir="nosuch://x/y")
    assert account.submissions() == []


def test_what_cannot_come_back_is_told(engine: Client, account: Sandbox) -> None:
    """An exception that does not survive the way back loses neither the report nor the video."""
    batch = rc.submit_many(["A kite"], on=engine, then=weird)
    with pytest.raises(RuntimeError, match=r"Weird.*cannot be sent back"):
        batch.wait(60)
    assert batch[0].state == "succeeded"
    assert len(account.submissions()) == 1


def test_what_is_no_cluster_is_refused_before_anything_is_sent(account: Sandbox) -> None:
    """So is work for a cluster that is not named."""
    with pytest.raises(InputError, match=r"on= takes a dask\.distributed\.Client"):
        rc.submit_many(["A kite"], on="tcp://127.0.0.1:8786")
    with pytest.raises(InputError, match="name it by on="):
        rc.submit_many(["A kite"], then=size)
    assert account.submissions() == []
