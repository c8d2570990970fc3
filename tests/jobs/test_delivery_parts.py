from __future__ import annotations

import os
import re

import pytest

from jobs.one_file import LONG, Download, content
from runcomfy_jupyter._jobs.artifacts import Part
from runcomfy_jupyter.errors import DeliveryError, LinkExpired, StorageError
from support.clips import FTYP, MOOV, box
from support.scripted_service import Media, raw

pytestmark = pytest.mark.anyio


async def test_a_part_left_by_a_kill_is_resumed(download: Download) -> None:
    """What is on disk is not fetched again."""
    download.begun(LONG[:250_000], '"v1"')
    assert content(await download.fetch()) == LONG
    assert download.stage.service.media.sent == [range(250_000, len(LONG))]


async def test_a_part_that_is_whole_is_finished_without_a_request(download: Download) -> None:
    """A kill just before the renaming costs nothing, even where no version of the file has a name."""
    with Part(download.stem).open(0, None, total=len(LONG), media_type="video/mp4") as stream:
        stream.write(LONG)
    assert content(await download.fetch()) == LONG
    assert download.stage.service.seen == []
    assert download.stage.files() == ["boat-abcd.mp4"]


async def test_a_part_of_unknown_size_that_is_whole_is_not_fetched_again(download: Download) -> None:
    """A host that has nothing behind the last byte says that it is all here."""
    download.begun(LONG, '"v1"')
    assert content(await download.fetch()) == LONG
    assert download.stage.service.media.sent == []
    assert len(download.stage.service.asked("media")) == 1
    assert download.stage.files() == ["boat-abcd.mp4"]


async def test_a_whole_part_that_is_no_video_is_begun_again(download: Download) -> None:
    """Bytes in the right number are not the right bytes."""
    with Part(download.stem).open(0, '"v1"', total=len(LONG)) as stream:
        stream.write(bytes(len(LONG)))
    assert content(await download.fetch()) == LONG
    assert download.stage.service.media.sent == [range(len(LONG))]


async def test_the_hosts_word_for_a_rare_container_outlives_a_kill(download: Download) -> None:
    """What only the type tells to be a video is still one when its last part is confirmed by a 416."""
    rare = b"\0\0\0\x08wide" + os.urandom(5000)
    download.stage.service.media = Media(rare)
    with Part(download.stem).open(0, '"v1"', media_type="video/mp4") as stream:
        stream.write(rare)
    assert content(await download.fetch()) == rare


async def test_a_file_that_changed_is_begun_again(download: Download) -> None:
    """The halves of two versions are never joined."""
    download.begun(b"\xee" * 250_000, '"v0"')
    assert content(await download.fetch()) == LONG
    assert download.stage.service.media.sent == [range(len(LONG))]


async def test_a_file_that_changes_between_two_tries_is_begun_again(download: Download) -> None:
    """A validator that changed on the way has all of the file come anew."""
    first, second = Media(b"\xee" * 900_000, '"v1"', cuts=[300_000]), Media(LONG, '"v2"')
    download.stage.service.on("media", first, second)
    assert content(await download.fetch()) == LONG
    assert second.sent == [range(len(LONG))]


async def test_without_a_validator_a_cut_file_is_begun_again(download: Download) -> None:
    """A host that does not name its version gets no request for a part."""
    media = download.stage.service.media = Media(LONG, etag=None, cuts=[300_000])
    assert content(await download.fetch()) == LONG
    assert media.sent == [range(300_000), range(len(LONG))]
    assert not [seen for seen in download.stage.service.asked("media") if "range" in seen.headers]


@pytest.mark.parametrize("here_already", [False, True])
async def test_a_name_that_is_taken_by_a_folder_is_said(download: Download, *, here_already: bool) -> None:
    """The folder of the file is named; what came stays, and is all there when the other has gone."""
    in_the_way = download.stem.with_name(f"{download.stem.name}.mp4") / "something"
    in_the_way.mkdir(parents=True)
    if here_already:
        with Part(download.stem).open(0, None, total=len(LONG), media_type="video/mp4") as stream:
            stream.write(LONG)
    with pytest.raises(StorageError, match="^" + re.escape(f"{download.stem.parent} cannot be written: ")):
        await download.fetch()
    asked = len(download.stage.service.asked("media"))
    assert asked == (0 if here_already else 1)
    in_the_way.rmdir()
    in_the_way.parent.rmdir()
    assert content(await download.fetch()) == LONG
    assert len(download.stage.service.asked("media")) == asked


async def test_what_the_host_said_of_a_file_is_kept_beside_its_beginning(download: Download) -> None:
    """How much it is, and of which type: a kill after the last byte costs no further question."""
    rare = b"\0\0\0\x08wide" + os.urandom(5000)
    download.stage.service.on("media", Media(rare, cuts=[1000]), raw(404, b""))
    with pytest.raises(LinkExpired):
        await download.fetch()
    asked = len(download.stage.service.asked("media"))
    with Part(download.stem).open(1000, '"v1"') as stream:
        stream.write(rare[1000:])
    assert content(await download.fetch()) == rare
    assert len(download.stage.service.asked("media")) == asked


@pytest.mark.parametrize("size", [900_000, 6_000_000])
async def test_a_disk_that_refuses_in_the_middle_keeps_what_it_took(download: Download, size: int) -> None:
    """The folder and the reason are said; once there is room, the rest is fetched."""
    resource = pytest.importorskip("resource", reason="it limits the size of files here")
    whole = FTYP + box(b"mdat", os.urandom(size)) + MOOV
    media = download.stage.service.media = Media(whole)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            await download.fetch(limit=9_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.message == f"{download.stem.parent} cannot be written: File too large."
    assert len(download.stage.service.asked("media")) == 1
    assert content(await download.fetch(limit=9_000_000)) == whole
    assert 0 < media.sent[-1].start <= 400_000


async def test_a_file_may_be_as_large_as_allowed(download: Download) -> None:
    """And not a byte larger."""
    with pytest.raises(DeliveryError, match="larger than"):
        await download.fetch(limit=len(LONG) - 1)
    assert content(await download.fetch(limit=len(LONG))) == LONG
