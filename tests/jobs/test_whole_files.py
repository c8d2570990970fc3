from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.stage import OWNER, TOKEN, draft
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.artifacts import Part, delivered
from runcomfy_jupyter._jobs.clock import SystemClock
from runcomfy_jupyter._jobs.collector import Collector
from runcomfy_jupyter._jobs.delivery import Delivery
from runcomfy_jupyter._jobs.desk import Desk
from runcomfy_jupyter._jobs.follower import Follower
from runcomfy_jupyter.errors import DeliveryError
from support.clips import CLIP, FAST_START, FREE, FTYP, LARGE, MDAT, MOOV, box

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.ledger import Ledger
    from support.sandbox import Sandbox

FILES = {"usual": CLIP, "fast start": FAST_START, "64 bits": LARGE}


def finishes(folder: Path, content: bytes) -> bool:
    """Tell whether these bytes are taken for a whole file, and whether the disk agrees."""
    part = Part(folder / "clip-abcd")
    with part.open(0, None) as stream:
        stream.write(content)
    try:
        file = part.finish("video/mp4")
    except DeliveryError:
        assert delivered(part.stem) is None
        part.drop()
        return False
    assert delivered(part.stem) == file
    (folder / "clip-abcd.mp4").unlink()
    return True


def boundaries(content: bytes) -> list[int]:
    """Return where the top-level boxes of a file begin."""
    found, at = [], 0
    while at < len(content):
        found.append(at)
        length = int.from_bytes(content[at : at + 4], "big")
        at += int.from_bytes(content[at + 8 : at + 16], "big") if length == 1 else length
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_passes(tmp_path: Path, name: str) -> None:
    """With the index at the end, at the front, or behind a box of 64 bits."""
    assert finishes(tmp_path, FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_at_or_beside_a_box_is_refused(tmp_path: Path, name: str) -> None:
    """Every boundary of its boxes, one byte more, one byte less, a header more."""
    content = FILES[name]
    cuts = {
        at + more for at in [*boundaries(content), len(content)] for more in (-1, 0, 1, 7, 8, 9, 15, 16, 17)
    }
    for cut in sorted(cut for cut in cuts if 0 <= cut < len(content)):
        assert not finishes(tmp_path, content[:cut]), cut


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    """No beginning of a file passes for the whole."""
    content = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    assert not finishes(tmp_path, content[: data.draw(st.integers(0, len(content) - 1))])


@pytest.mark.parametrize("rubbish", [b"\0", b"\0" * 7, b"\0" * 100, b"\0\0\0\1"])
def test_what_encoders_leave_at_the_end_is_let_be(tmp_path: Path, rubbish: bytes) -> None:
    """A whole file with a few bytes behind it plays, so it is not thrown away."""
    assert finishes(tmp_path, CLIP + rubbish)


def test_a_last_box_may_reach_to_the_end(tmp_path: Path) -> None:
    """A length of 0 means so."""
    assert finishes(tmp_path, FTYP + MOOV + bytes(4) + b"mdat" + bytes(1000))


@pytest.mark.parametrize("content", [FTYP, FTYP + MOOV, FTYP + MDAT, FTYP + FREE, FTYP + box(b"moov")])
def test_a_file_without_picture_or_index_is_refused(tmp_path: Path, content: bytes) -> None:
    """Boxes that are whole do not make a video if one that must be there is not."""
    assert not finishes(tmp_path, content)


@pytest.mark.anyio
async def test_a_clip_of_the_sandbox_passes_whole_and_in_no_part(
    tmp_path: Path, sandbox: Sandbox, ledger: Ledger
) -> None:
    """From intent to file in real time; what a real encoder wrote is refused when it is cut at a box."""
    intent = draft(base=sandbox.base_url, save_dir=str(tmp_path / "videos"))
    record, _ = ledger.begin(intent, owner=OWNER)
    clock = SystemClock()
    async with Client(TOKEN, sandbox.base_url) as client, Downloads(sandbox.base_url) as downloads:
        desk = Desk(record, ledger, clock, lambda _: None)
        collector = Collector(desk, client, Delivery(downloads, clock, 100_000_000))
        follower = Follower(desk, client, collector)
        await follower.submit()
        await follower.follow()
    record = ledger.get(record.id)
    assert record.state is State.SUCCEEDED
    content = await asyncio.to_thread(Path(record.files[0].path).read_bytes)
    assert finishes(tmp_path, content)
    for at in boundaries(content):
        for more in (-1, 0, 1):
            assert not finishes(tmp_path, content[: max(0, at + more)])
