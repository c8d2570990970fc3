from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.artifacts import try_folder
from runcomfy_jupyter.errors import StorageError
from support.clips import CLIP

if TYPE_CHECKING:
    from jobs.bench import Bench
    from jobs.stage import Stage

S = State


def block(folder: Path) -> None:
    """Put a file where a folder is to be."""
    folder.write_text("a file")


def test_a_folder_is_tried_by_writing_into_it(tmp_path: Path) -> None:
    """It is made if need be, and nothing is left in it."""
    try_folder(tmp_path / "new" / "videos")
    assert list((tmp_path / "new" / "videos").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """The error names it and what to do."""
    block(tmp_path / "videos")
    with pytest.raises(StorageError, match=r"videos/deep cannot be written: .*or work in another"):
        try_folder(tmp_path / "videos" / "deep")


def test_a_folder_that_takes_no_files_is_refused() -> None:
    """The disk's word counts, not the permissions': /proc is there and takes nothing, even from root."""
    with pytest.raises(StorageError, match=r"/proc cannot be written"):
        try_folder(Path("/proc"))


def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    """A disk that takes the probe, but no video, is too full to pay for one."""
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    with pytest.raises(StorageError, match=r"The disk is full: .* MB free\. Make room\."):
        try_folder(tmp_path, least=free + 10**12)


@pytest.mark.anyio
@pytest.mark.parametrize("state", [S.UNDELIVERED, S.SUCCEEDED, S.DOWNLOADING])
async def test_a_folder_that_became_unusable_is_left_for_another(stage: Stage, state: State) -> None:
    """Whoever takes the job up has its file brought to the folder of today; the ledger says where it is."""
    block(stage.folder / "videos")
    record = stage.job(state)
    other = str(stage.folder / "other")
    follower = stage.follower(record, elsewhere=other)
    await (follower.follow() if state is S.DOWNLOADING else follower.refetch())
    record = stage.ledger.get(record.id)
    assert (record.state, record.save_dir) == (S.SUCCEEDED, other)
    [file] = record.files
    assert Path(file.path) == stage.folder / "other" / f"paper-boat-{record.id}.mp4"
    assert Path(file.path).read_bytes() == CLIP  # noqa: ASYNC240 - a few bytes
    assert Path(file.path).with_suffix(".json").exists()
    assert stage.service.posts == 0


@pytest.mark.anyio
async def test_a_folder_that_can_be_used_is_kept(stage: Stage) -> None:
    """A setting that has changed since moves nothing."""
    record = stage.job(S.UNDELIVERED)
    await stage.follower(record, elsewhere=str(stage.folder / "other")).refetch()
    assert stage.ledger.get(record.id).save_dir == record.save_dir
    assert not (stage.folder / "other").exists()


@pytest.mark.anyio
async def test_another_folder_that_is_no_better_is_not_turned_to(stage: Stage) -> None:
    """The job stays where it was begun, and says why it is not here."""
    block(stage.folder / "videos")
    block(stage.folder / "other")
    record = stage.job(S.UNDELIVERED)
    await stage.follower(record, elsewhere=str(stage.folder / "other")).refetch()
    now = stage.ledger.get(record.id)
    assert (now.state, now.save_dir) == (S.UNDELIVERED, record.save_dir)
    assert "videos cannot be written" in now.error


def test_the_runner_hands_the_folder_on(bench: Bench) -> None:
    """Whoever resumes a job names the folder of today."""
    block(bench.folder / "videos")
    other = str(bench.folder / "other")
    record = bench.follow(bench.put(S.UNDELIVERED), save_dir=other).done.result(20).record
    assert (record.state, record.save_dir) == (S.SUCCEEDED, other)
