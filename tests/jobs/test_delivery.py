from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from jobs.one_file import LONG, Download, content
from runcomfy_jupyter._jobs.artifacts import Part
from runcomfy_jupyter.errors import DeliveryError, LinkExpired, StorageError
from support.clips import CLIP
from support.scripted_service import Held, Media, Reply, drop, raw
from support.shell import a_shell

if TYPE_CHECKING:
    from support.seen import Seen

pytestmark = pytest.mark.anyio


async def test_a_file_comes_at_once(download: Download) -> None:
    """In one request, without the token, with its progress told."""
    told: list[tuple[int, int | None]] = []
    file = await download.fetch(told=told)
    assert content(file) == LONG
    assert told[0][1] == len(LONG)
    assert [received for received, _ in told] == sorted(received for received, _ in told)
    [seen] = download.stage.service.asked("media")
    assert "authorization" not in seen.headers
    assert download.stage.files() == ["boat-abcd.mp4"]


async def test_a_file_cut_twice_arrives_whole_and_no_byte_twice(download: Download) -> None:
    """Each try goes on where the last one broke off."""
    media = download.stage.service.media
    media.cuts = [300_000, 400_001]
    assert content(await download.fetch()) == LONG
    assert media.sent == [range(300_000), range(300_000, 700_001), range(700_001, len(LONG))]
    assert download.stage.clock.waits == [0.5 * 2, 0.5 * 2]


@pytest.mark.parametrize(("seconds", "tries"), [(40, 19), (60, 6)])
async def test_what_comes_too_slowly_does_not_count(download: Download, seconds: float, tries: int) -> None:
    """Fifty kilobytes a try are something in forty seconds, and next to nothing in sixty."""
    clock, media = download.stage.clock, download.stage.service.media
    media.cuts = [50_000] * 18

    def slowly(seen: Seen) -> Reply:
        clock.seconds += seconds
        return media(seen)

    download.stage.service.on("media", slowly)
    if tries == 6:
        with pytest.raises(DeliveryError, match="does not deliver"):
            await download.fetch()
    else:
        assert content(await download.fetch()) == LONG
    assert len(media.sent) == tries


async def test_a_host_in_trouble_is_asked_again_later(download: Download) -> None:
    """After a 503, a dropped connection and a 429 the file still arrives; what it asked to wait is waited."""
    busy = raw(503, b"", {"retry-after": "40"})
    date = formatdate(download.stage.clock.seconds + 200, usegmt=True)
    download.stage.service.on("media", busy, drop, raw(429, b"", {"retry-after": date}), Media(LONG))
    assert content(await download.fetch()) == LONG
    first, second, third = download.stage.clock.waits
    assert (first, second) == (40, 2.0)
    assert third == pytest.approx(200 - 40 - 2, abs=2)


async def test_a_host_that_stalls_is_left_and_asked_again(download: Download) -> None:
    """A host that says nothing any more counts as a cut."""
    stalled = Held(drop)
    download.stage.service.on("media", stalled, Media(LONG))
    file = await download.fetch()
    stalled.free.set()
    assert content(file) == LONG


async def test_a_host_that_never_delivers_is_given_up(download: Download) -> None:
    """Six tries in a row that bring nothing are enough, and the last reason is said."""
    download.stage.service.on("media", raw(503, b""))
    with pytest.raises(DeliveryError, match=r"The file's host does not deliver: .*HTTP 503"):
        await download.fetch()
    assert len(download.stage.service.asked("media")) == 6
    assert sum(download.stage.clock.waits) < 60


async def test_tries_that_bring_something_do_not_count(download: Download) -> None:
    """A bad line that gets through in small steps gets through."""
    download.stage.service.media.cuts = [50_000] * 18
    assert content(await download.fetch()) == LONG
    assert len(download.stage.service.media.sent) == 19


@pytest.mark.parametrize("http", [403, 404, 410])
async def test_an_expired_link_is_said_at_once(download: Download, http: int) -> None:
    """The same address is asked just once; what has come stays for the next link."""
    download.begun(LONG[:1000], '"v1"')
    download.stage.service.on("media", raw(http, b"<Error>expired</Error>"))
    with pytest.raises(LinkExpired, match=f"HTTP {http}"):
        await download.fetch()
    assert len(download.stage.service.asked("media")) == 1
    assert download.stage.files() == ["boat-abcd.part", "boat-abcd.part.json"]


async def test_a_refusal_is_not_repeated(download: Download) -> None:
    """A host that says no means it."""
    download.stage.service.on("media", raw(401, b""))
    with pytest.raises(DeliveryError, match="refused it"):
        await download.fetch()
    assert len(download.stage.service.asked("media")) == 1


@pytest.mark.parametrize("page", [b"<html>Please sign in</html>", b'{"error": "no such file"}'])
async def test_a_page_in_place_of_a_video_is_thrown_away(download: Download, page: bytes) -> None:
    """Its bytes must not be the beginning of the next try."""
    download.stage.service.media = Media(page)
    with pytest.raises(DeliveryError, match="a web page or text in place of the file"):
        await download.fetch()
    assert download.stage.files() == []


async def test_a_truncated_video_of_a_content_host_is_thrown_away(download: Download) -> None:
    """A file that its host itself has only in part is refused, however well it arrived."""
    download.stage.service.media = Media(CLIP[:-5])
    with pytest.raises(DeliveryError, match="breaks off"):
        await download.fetch()
    assert download.stage.files() == []


async def test_a_file_without_a_length_is_checked_by_what_it_is(download: Download) -> None:
    """Where a cut looks like an end, the boxes tell; a whole file of that kind is taken."""

    def unsized(size: int) -> Any:
        return lambda _: Reply(200, LONG[:size], {"content-type": "video/mp4"}, sized=False)

    download.stage.service.on("media", unsized(500_000))
    with pytest.raises(DeliveryError, match="breaks off"):
        await download.fetch()
    download.stage.service.on("media", unsized(len(LONG)))
    assert content(await download.fetch()) == LONG


@pytest.mark.usefixtures("home")
async def test_a_file_that_says_it_is_too_large_is_not_begun(download: Download) -> None:
    """Nothing of it is written, and in a shell the setting that allows it is named."""
    refused = pytest.raises(DeliveryError, match=r"larger than the 1 MB allowed.*max_download_mb")
    with a_shell(), refused:
        await download.fetch(limit=800_000)
    assert download.stage.files() == []


async def test_a_file_that_turns_out_too_large_is_left(download: Download) -> None:
    """A host that names no length cannot fill the disk."""
    download.stage.service.on("media", lambda _: Reply(200, LONG, sized=False))
    with pytest.raises(DeliveryError, match="larger than the"):
        await download.fetch(limit=500_000)
    assert Part(download.stem).path.stat().st_size <= 500_000


async def test_a_file_that_sends_less_than_it_says_is_not_taken(download: Download) -> None:
    """A part whose declared size is not what came is asked for again, and given up in the end."""

    def less(seen: Seen) -> Reply:
        where = {"content-range": f"bytes 1000-{len(LONG) - 1}/{len(LONG)}", "etag": '"v1"'}
        return Reply(206, LONG[1000:2000], where) if "range" in seen.headers else Reply(503)

    download.begun(LONG[:1000], '"v1"')
    download.stage.service.on("media", less)
    with pytest.raises(DeliveryError, match="does not deliver"):
        await download.fetch()
    assert download.stage.files() == ["boat-abcd.part", "boat-abcd.part.json"]


async def test_a_folder_that_cannot_be_is_the_disks_fault(download: Download) -> None:
    """A file where the folder should be is said in words, and the host is not asked over and over."""
    (download.stage.folder / "videos").write_text("a file")
    with pytest.raises(StorageError, match="/videos cannot be written"):
        await download.fetch()
    assert len(download.stage.service.asked("media")) == 1
