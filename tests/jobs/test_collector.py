"""Outputs of a paid job: which of them lie here, which are fetched, and what is said where none can be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.one_file import content
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import File
from runcomfy_jupyter._jobs.collector import NO_OUTPUT
from support.clips import CLIP
from support.scripted_service import Media, raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage

pytestmark = pytest.mark.anyio
S = State
GONE = says(404, error_code=404001, error_message="no such request")


def take_away(file: File) -> None:
    """Delete a file, as its user might."""
    Path(file.path).unlink()


def put_back(file: File) -> None:
    """Bring it back."""
    Path(file.path).write_bytes(CLIP)


@pytest.mark.parametrize("deleted", [0, 1])
async def test_one_deleted_file_of_two_is_fetched_again(stage: Stage, deleted: int) -> None:
    """The job is not whole because its other file is here; that one is not fetched."""
    output = [stage.service.url("a.mp4"), stage.service.url("b.mp4")]
    stage.service.on("result", says(status="succeeded", output=output))
    record = await stage.follow(S.IN_PROGRESS)
    take_away(record.files[deleted])
    before = len(stage.service.asked("media"))
    await stage.follower(record).refetch()
    assert content(record.files[deleted]) == CLIP
    assert [seen.path for seen in stage.service.asked("media")[before:]] == [f"/media/{'ab'[deleted]}.mp4"]
    assert stage.ledger.get(record.id).files == record.files


async def test_a_file_that_comes_back_by_itself_makes_the_job_whole(stage: Stage) -> None:
    """From the bin, or with its disk, after the service has forgotten the request."""
    record = await stage.follow(S.IN_PROGRESS)
    take_away(record.files[0])
    stage.service.on("result", GONE)
    await stage.follower(record).refetch()
    lost = stage.ledger.get(record.id)
    assert (lost.state, lost.gone_at) == (S.UNDELIVERED, stage.clock.seconds)
    assert "no such request" in lost.error
    put_back(record.files[0])
    await stage.follower(lost).refetch()
    again = stage.ledger.get(record.id)
    assert (again.state, again.files, again.error, again.gone_at) == (S.SUCCEEDED, record.files, "", None)


async def test_files_at_an_address_are_taken_to_be_there(stage: Stage) -> None:
    """A cluster's storage is not looked into from here, and nothing is fetched twice for it."""
    files = (File("memory://videos/a.mp4", 5, "0" * 64, "video/mp4"),)
    record = stage.ledger.note(stage.job(S.SUCCEEDED).id, files=files)
    await stage.follower(record).refetch()
    assert stage.ledger.get(record.id) == record
    assert stage.service.seen == []


async def test_what_was_to_go_to_an_address_comes_to_a_folder(stage: Stage) -> None:
    """Only a cluster's workers write there: whoever takes the job up here has a folder of its own for it."""
    record = stage.job(S.UNDELIVERED, save_dir="memory://videos")
    other = stage.folder / "other"
    await stage.follower(record, elsewhere=str(other)).refetch()
    record = stage.ledger.get(record.id)
    assert (record.state, record.save_dir) == (S.SUCCEEDED, str(other))
    assert Path(record.files[0].path).parent == other


@pytest.mark.parametrize("blocked", ["videos", "videos/deep"])
async def test_the_folder_that_cannot_be_written_is_named(stage: Stage, blocked: str) -> None:
    """Whoever has to mend it knows which."""
    (stage.folder / "videos").write_text("a file")
    folder = str(stage.folder / blocked)
    record = await stage.follow(S.DOWNLOADING, save_dir=folder)
    assert record.state is S.UNDELIVERED
    assert record.error.startswith(f"{folder} cannot be written: ")


async def test_a_result_that_names_nothing_is_said_so(stage: Stage) -> None:
    """An undelivered job always has a reason."""
    stage.service.on("result", says(status="succeeded", output={}))
    record = stage.job(S.UNDELIVERED)
    await stage.follower(record).refetch()
    assert stage.ledger.get(record.id).error == NO_OUTPUT


async def test_a_fresh_result_is_not_asked_for_in_the_same_instant(stage: Stage) -> None:
    """Whoever signs addresses may need a moment; each further one is waited for longer."""
    stage.service.on("media", raw(403, b""), raw(403, b""), Media())
    record = await stage.follow(S.DOWNLOADING)
    assert record.state is S.SUCCEEDED
    assert stage.clock.waits == [1.0, 2.0]


async def test_a_download_tells_how_far_it_is(stage: Stage) -> None:
    """In bytes, of how many."""
    await stage.follow(S.DOWNLOADING)
    shown = [(told.live.received, told.live.expected) for told in stage.told if told.live.received]
    assert shown[-1] == (len(CLIP), len(CLIP))


async def test_several_outputs_are_all_kept_and_in_order(stage: Stage) -> None:
    """Each under a name of its own, with a description beside it."""
    names = ("a.mp4", "b.mp4", "c.mp4")
    stage.service.on("result", says(status="succeeded", output=[stage.service.url(name) for name in names]))
    record = await stage.follow(S.IN_PROGRESS)
    assert [seen.path for seen in stage.service.asked("media")] == [f"/media/{name}" for name in names]
    paths = [Path(file.path) for file in record.files]
    assert len(set(paths)) == 3
    assert all(await asyncio.gather(*(asyncio.to_thread(path.with_suffix(".json").exists) for path in paths)))
