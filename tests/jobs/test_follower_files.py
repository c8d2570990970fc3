from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.artifacts import Part
from runcomfy_jupyter.errors import StorageError, TokenError
from support.clips import CLIP
from support.scripted_service import Media, Reply, raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage
    from support.seen import Seen

pytestmark = pytest.mark.anyio
S = State


async def test_a_download_that_a_kill_cut_is_resumed(stage: Stage) -> None:
    """A job found downloading asks for its result again and goes on from the part."""
    record = stage.job(S.DOWNLOADING)
    with Part(stage.folder / "videos" / f"paper-boat-{record.id}").open(0, '"v1"') as stream:
        stream.write(CLIP[:6000])
    await stage.follower(record).follow()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED
    assert stage.service.media.sent == [range(6000, len(CLIP))]


async def test_a_deleted_file_is_fetched_again(stage: Stage) -> None:
    """A paid video whose file is gone is had from the service, not bought."""
    record = await stage.follow(S.IN_QUEUE)
    path = Path(record.files[0].path)
    await asyncio.to_thread(path.unlink)
    await stage.follower(record).refetch()
    again = stage.ledger.get(record.id)
    assert again.files == record.files
    assert await asyncio.to_thread(path.read_bytes) == CLIP
    assert stage.service.posts == 0


async def test_only_what_is_missing_is_fetched(stage: Stage) -> None:
    """Of two outputs the one that lies here is measured, not fetched."""
    output = [stage.service.url("a.mp4"), stage.service.url("b.mp4")]
    stage.service.on("result", says(status="succeeded", output=output))
    stage.service.on("media", Media(), raw(404, b""))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.UNDELIVERED
    before = len(stage.service.asked("media"))
    stage.service.on("media", Media())
    await stage.follower(record).refetch()
    assert len(stage.ledger.get(record.id).files) == 2
    paths = [seen.path for seen in stage.service.asked("media")]
    assert paths.count("/media/a.mp4") == 1
    assert paths[before:] == ["/media/b.mp4"]


async def test_a_finished_file_is_found_by_whoever_comes_next(stage: Stage) -> None:
    """A kill between the renaming and the ledger costs no second download."""
    record = stage.job(S.DOWNLOADING)
    with Part(stage.folder / "videos" / f"paper-boat-{record.id}").open(0, None) as stream:
        stream.write(CLIP)
    Part(stage.folder / "videos" / f"paper-boat-{record.id}").finish("")
    await stage.follower(record).follow()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED
    assert stage.service.asked("media") == []


async def test_a_finished_file_is_found_where_the_request_is_gone(stage: Stage) -> None:
    """What is here whole makes the job done, although the service has forgotten it."""
    stage.service.on("result", says(404, error_code=404001))
    record = stage.job(S.DOWNLOADING)
    part = Part(stage.folder / "videos" / f"paper-boat-{record.id}")
    with part.open(0, None) as stream:
        stream.write(CLIP)
    part.finish("")
    await stage.follower(record).follow()
    record = stage.ledger.get(record.id)
    assert (record.state, len(record.files), record.gone_at) == (S.SUCCEEDED, 1, None)


async def test_the_reason_of_a_result_without_output_is_said(stage: Stage) -> None:
    """A job that turns out to have failed after all stays undelivered, with the service's words."""
    stage.service.on("result", says(status="failed", error="AiError: no"))
    record = stage.job(S.UNDELIVERED)
    await stage.follower(record).refetch()
    record = stage.ledger.get(record.id)
    assert (record.state, record.error) == (S.UNDELIVERED, "AiError: no")


async def test_a_job_that_was_out_of_sight_is_waited_for(stage: Stage) -> None:
    """One that turns out to be under way still is asked after until it has its output."""
    going = [says(status="in_queue"), says(400, error_code=400005), says(status="in_progress")]
    ready = says(status="succeeded", output=stage.service.url())
    stage.service.on("result", *going * 20, ready)
    record = stage.job(S.UNDELIVERED)
    await stage.follower(record).refetch()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED


async def test_a_revoked_token_keeps_a_refetch_for_later(stage: Stage) -> None:
    """A job whose files were being fetched can be taken up again."""
    stage.service.on("result", says(401, error_code=400004))
    record = stage.job(S.UNDELIVERED)
    with pytest.raises(TokenError):
        await stage.follower(record).refetch()
    assert [job.id for job in stage.ledger.unfinished()] == [record.id]


@pytest.mark.parametrize("where", ["videos", "videos/deep"])
async def test_a_folder_that_cannot_be_loses_nothing(stage: Stage, where: str) -> None:
    """A file where the folder should be leaves the job undelivered; once it is mended, the video comes."""
    (stage.folder / "videos").write_text("a file")
    record = await stage.follow(S.IN_PROGRESS, save_dir=str(stage.folder / where))
    assert record.state is S.UNDELIVERED
    assert "cannot be written" in record.error
    (stage.folder / "videos").unlink()
    await stage.follower(record).refetch()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED


async def test_a_sidecar_that_cannot_be_written_is_written_later(stage: Stage) -> None:
    """The video is here, but the job is not called done without its description."""
    record = stage.job(S.IN_PROGRESS)
    blocker = stage.folder / "videos" / f"paper-boat-{record.id}.json.part"
    blocker.mkdir(parents=True)
    await stage.follower(record).follow()
    record = stage.ledger.get(record.id)
    assert record.state is S.UNDELIVERED
    blocker.rmdir()
    await stage.follower(record).refetch()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED
    sidecar = json.loads((stage.folder / "videos" / f"paper-boat-{record.id}.json").read_text())
    assert sidecar["job"] == record.id
    assert len(stage.service.asked("media")) == 1


async def test_too_large_is_undelivered_until_the_limit_is_raised(stage: Stage) -> None:
    """The limit is named; with a higher one the paid video comes."""
    record = stage.job(S.IN_PROGRESS)
    await stage.follower(record, limit=5000).follow()
    record = stage.ledger.get(record.id)
    assert record.state is S.UNDELIVERED
    assert record.error == "The file is larger than the 0 MB allowed."
    await stage.follower(record).refetch()
    assert stage.ledger.get(record.id).state is S.SUCCEEDED


@pytest.mark.parametrize("url", ["http://user:pw@127.0.0.1/a.mp4", "file:///etc/passwd", "javascript:x", ""])
async def test_an_address_that_is_none_is_not_gone_to(stage: Stage, url: str) -> None:
    """It counts as no output; the paid job is kept."""
    stage.service.on("result", says(status="succeeded", output={"video": url}))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.UNDELIVERED
    assert stage.files() == []


async def test_an_answer_that_cannot_be_written_down_is_kept_and_tried_again(stage: Stage) -> None:
    """While the ledger is locked the request id is shown; in the end all is written, after one POST."""
    follower = stage.follower(stage.job())
    lock = sqlite3.connect(stage.ledger.path, isolation_level=None, check_same_thread=False)

    def accepted(seen: Seen) -> Reply | None:
        lock.execute("BEGIN IMMEDIATE")
        return says(request_id="r-1")(seen)

    stage.service.on("submit", accepted)
    stage.clock.then = lambda number: lock.close() if number == 8 else None
    await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert (record.state, record.request_id) == (S.IN_QUEUE, "r-1")
    troubles = [told.live.trouble for told in stage.told]
    assert len(troubles) == 9
    assert all("the request id is r-1" in trouble and "locked" in trouble for trouble in troubles[:-1])
    assert troubles[-1] == ""
    assert stage.clock.waits == sorted(stage.clock.waits)
    assert stage.service.posts == 1


async def test_where_the_sending_cannot_be_written_down_nothing_is_sent(stage: Stage) -> None:
    """A ledger that refuses before the POST stops it; the record proves that nothing was sent."""
    follower = stage.follower(stage.job(sent_at=None))
    with closing(sqlite3.connect(stage.ledger.path, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"Nothing was sent\."):
            await follower.submit()
    record = stage.ledger.get(follower.record.id)
    assert (record.state, record.sent_at) == (S.RECORDED, None)
    assert stage.service.posts == 0


async def test_no_state_is_lost_while_the_ledger_is_locked(stage: Stage) -> None:
    """A lock that falls on any later write only delays it."""
    for held in range(6):
        record = stage.job(S.IN_QUEUE)
        stage.service.on("status", says(status="in_progress"), says(status="completed"))
        lock = sqlite3.connect(stage.ledger.path, isolation_level=None)
        writes: list[str] = []

        def tell(
            told: object, held: int = held, lock: sqlite3.Connection = lock, writes: list[str] = writes
        ) -> None:
            writes.append(str(told))
            if len(writes) == held + 1:
                lock.execute("BEGIN IMMEDIATE")

        stage.clock.then = lambda _, lock=lock: lock.rollback()  # type: ignore[misc]
        follower = stage.follower(record)
        follower.desk.tell = tell
        await follower.follow()
        lock.close()
        assert stage.ledger.get(record.id).state is S.SUCCEEDED
