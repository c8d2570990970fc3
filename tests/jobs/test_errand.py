"""What a worker of a cluster does for a job, here in this process: it follows, fetches, works, reports."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.stage import LIMIT, draft
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.pacing import Pace
from runcomfy_jupyter._domain.record import File
from runcomfy_jupyter._jobs.errand import Errand, Memory, Report, run
from runcomfy_jupyter.errors import IllegalMove, StorageError, TokenError, UserError
from support.clips import CLIP
from support.scripted_service import Service, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.errand import Told

S = State
TOKEN = "sentinel-token-of-the-worker"


@pytest.fixture(autouse=True)
def worker(home: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the home comes first
    """Be a worker with a token of its own."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", service.base)
    monkeypatch.setenv("RUNCOMFY_TOKEN", TOKEN)


def accepted(service: Service, state: State = S.IN_QUEUE, **facts: Any) -> Record:
    """Return a job as the kernel hands it over."""
    given: dict[str, Any] = {
        "id": "bcd2",
        "request_id": "r-1",
        "sent_at": 1.0,
        "accepted_at": 1.0,
        "state": state,
    }
    return draft(base=service.base, **given | facts)


def done(
    record: Record, save_dir: Path | str, then: Callable[[Path], Any] | None = None, **facts: Any
) -> tuple[Report, list[Told]]:
    """Run an errand; return what it reports, and what it told on the way."""
    told: list[Told] = []
    given = {"max_download": LIMIT, **facts}
    return run(Errand(record, str(save_dir), **given), then, told.append), told


def test_a_request_is_followed_to_its_end_and_every_step_told(service: Service, tmp_path: Path) -> None:
    """With the worker's own token and without a submission; the facts are all that the ledger has to note."""
    service.on("status", says(status="in_progress"), says(status="completed"))
    service.on("result", says(status="succeeded", output={"video": service.url()}, cost=0.4))
    report, told = done(accepted(service, accepted_at=time.time()), tmp_path, pace=Pace.of([0.5] * 9))
    assert report.state is S.SUCCEEDED
    assert [state for state, _ in told] == ["in_progress", "downloading", "succeeded"]
    noted: dict[str, Any] = {}
    for _, facts in told:
        noted |= facts
    assert report.facts == noted
    assert report.facts.keys() >= {"started_at", "finished_at", "cost_usd", "files"}
    [file] = report.facts["files"]
    assert Path(file.path).parent == tmp_path
    assert Path(file.path).read_bytes() == CLIP
    assert json.loads(Path(file.path).with_suffix(".json").read_text())["request_id"] == "r-1"
    assert {seen.headers["authorization"] for seen in service.asked("status")} == {f"Bearer {TOKEN}"}
    assert service.posts == 0


def test_the_function_is_applied_to_each_file_in_order(service: Service, tmp_path: Path) -> None:
    """What it raises stands in its place, and the others are worked on."""
    names = ["a.mp4", "b.mp4", "c.mp4"]
    service.on("result", says(status="succeeded", output=[service.url(name) for name in names]))
    calls: list[Path] = []

    def work(path: Path) -> int:
        calls.append(path)
        if len(calls) == 2:
            raise SystemExit("enough")
        return path.stat().st_size

    report, _ = done(accepted(service), tmp_path, work)
    first, second, third = report.outcomes
    assert (first, third) == (len(CLIP), len(CLIP))
    assert isinstance(second, SystemExit)
    assert calls == [Path(file.path) for file in report.facts["files"]]
    assert report.state is S.SUCCEEDED


def test_an_outcome_that_cannot_be_sent_back_is_told_in_words(service: Service, tmp_path: Path) -> None:
    """The video is there all the same."""
    report, _ = done(accepted(service), tmp_path, lambda _: threading.Lock())
    [outcome] = report.outcomes
    assert isinstance(outcome, RuntimeError)
    assert str(outcome).startswith("lock: <unlocked _thread.lock object")
    assert str(outcome).endswith("(it cannot be sent back)")
    assert report.state is S.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "result", "state"),
    [
        ("failed", says(status="failed", error="AiError: no"), S.FAILED),
        ("cancelled", says(status="cancelled"), S.CANCELLED),
        ("completed", says(404, error_code=404001), S.UNDELIVERED),
    ],
)
def test_what_ends_without_a_video_is_reported(
    service: Service, tmp_path: Path, status: str, result: Any, state: State
) -> None:
    """There is nothing to work on then."""
    service.on("status", says(status=status))
    service.on("result", result)
    report, told = done(accepted(service), tmp_path, lambda path: path)
    assert (report.state, report.outcomes) == (state, ())
    assert told[-1] == (state.value, dict(report.facts))
    assert "files" not in report.facts


@pytest.mark.parametrize("state", [S.UNDELIVERED, S.SUCCEEDED])
def test_a_paid_job_has_its_files_fetched(service: Service, tmp_path: Path, state: State) -> None:
    """Nobody asks how far it is."""
    gone = (File("/nowhere/a.mp4", 5, "0" * 64, "video/mp4"),) if state is S.SUCCEEDED else ()
    report, _ = done(accepted(service, state, error="The host was in trouble.", files=gone), tmp_path)
    assert (report.state, report.facts["error"]) == (S.SUCCEEDED, "")
    assert Path(report.facts["files"][0].path).read_bytes() == CLIP
    assert service.asked("status") == []


def test_the_limit_of_a_download_holds_for_a_worker(service: Service, tmp_path: Path) -> None:
    """A host that says more is not believed to mean well."""
    report, _ = done(accepted(service), tmp_path, max_download=1000)
    assert report.state is S.UNDELIVERED
    assert "larger than" in report.facts["error"]


def test_another_service_than_the_jobs_is_not_asked(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's token is for the worker's base; the error says which variable to set."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9/v1")
    with pytest.raises(UserError, match=rf"belongs to {service.base}; here.*RUNCOMFY_MODEL_API_BASE on the"):
        done(accepted(service), tmp_path)
    assert service.seen == []


def test_a_worker_without_a_token_says_so(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox takes any, so a worker for it needs none."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    with pytest.raises(TokenError):
        done(accepted(service), tmp_path)
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9/v1")
    report, _ = done(accepted(service), tmp_path, sandbox=True)
    assert report.state is S.SUCCEEDED
    assert service.asked("status")[0].headers["authorization"] == "Bearer sandbox"


@pytest.fixture
def store() -> Iterator[Any]:
    """Have a place that only an address leads to."""
    memory = pytest.importorskip("fsspec").filesystem("memory")
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def test_files_are_brought_to_an_address(service: Service, store: Any) -> None:
    """Whole and described, in a folder that is made; what the function saw was on the worker's own disk."""
    seen: list[Path] = []
    report, _ = done(accepted(service), "memory://store/videos/", seen.append)
    [file] = report.facts["files"]
    assert file.path == f"memory://store/videos/{seen[0].name}"
    assert store.cat(file.path) == CLIP
    names = sorted(path.rpartition("/")[2] for path in store.ls("/store/videos", detail=False))
    assert names == [seen[0].with_suffix(".json").name, seen[0].name]
    assert not seen[0].exists()
    assert seen[0].parent.name.startswith("runcomfy_jupyter-")


def test_an_address_that_cannot_be_written_loses_nothing(service: Service, tmp_path: Path) -> None:
    """The error names it, and that the video is paid."""
    pytest.importorskip("fsspec")
    (tmp_path / "videos").write_text("a file")
    address = f"file://{tmp_path}/videos/deep"
    with pytest.raises(StorageError, match=r"videos/deep cannot be written: .*The video is paid"):
        done(accepted(service), address)


def test_what_stands_in_for_the_ledger_is_as_strict(service: Service) -> None:
    """A job may stay where it is, or go where it may, and nowhere else."""
    told: list[Told] = []
    memory = Memory(accepted(service), told.append)
    memory.note("bcd2", finished_at=5.0)
    memory.move("bcd2", S.IN_QUEUE, seen_late=True)
    moved = memory.move("bcd2", S.IN_PROGRESS, started_at=6.0)
    assert (
        moved
        == memory.record
        == replace(accepted(service), state=S.IN_PROGRESS, started_at=6.0, finished_at=5.0, seen_late=True)
    )
    assert memory.facts == {"started_at": 6.0, "finished_at": 5.0, "seen_late": True}
    assert [state for state, _ in told] == ["in_queue", "in_queue", "in_progress"]
    with pytest.raises(IllegalMove):
        memory.move("bcd2", S.RECORDED)
