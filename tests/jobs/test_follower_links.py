from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from support.clips import CLIP
from support.scripted_service import Media, raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage

pytestmark = pytest.mark.anyio
S = State


async def test_an_expired_link_has_a_fresh_result_asked_for(stage: Stage) -> None:
    """Another address is asked for at once, and the file comes from there, on the bytes that had come."""
    media = Media(cuts=[4000])
    stage.service.on("media", media, raw(403, b""), media)
    fresh = says(status="succeeded", output=stage.service.url("other.mp4"))
    stage.service.on("result", says(status="succeeded", output=stage.service.url()), fresh)
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.SUCCEEDED
    assert media.sent == [range(4000), range(4000, len(CLIP))]
    assert [seen.path for seen in stage.service.asked("media")][-2:] == [
        "/media/clip.mp4",
        "/media/other.mp4",
    ]


async def test_a_link_that_expires_again_and_again_leaves_it_undelivered(stage: Stage) -> None:
    """After two fresh results it is enough; whoever takes the job up later goes on. Nothing is paid again."""
    stage.service.on("media", raw(403, b""))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.UNDELIVERED
    assert "the link has expired" in record.error
    assert len(stage.service.asked("result")) == len(stage.service.asked("media")) == 3
    stage.service.on("media", Media())
    await stage.follower(record).refetch()
    record = stage.ledger.get(record.id)
    assert (record.state, record.error) == (S.SUCCEEDED, "")
    assert [state for state in stage.states() if state != "in_progress"][-2:] == ["downloading", "succeeded"]
    assert stage.service.posts == 0


async def test_a_fresh_result_that_is_gone_keeps_what_is_here(stage: Stage) -> None:
    """Of two outputs one had come when the service forgot the request: the job is not called done."""
    output = [stage.service.url("a.mp4"), stage.service.url("b.mp4")]
    stage.service.on("result", says(status="succeeded", output=output), says(404, error_code=404001))
    stage.service.on("media", Media(), raw(410, b""))
    record = await stage.follow(S.IN_PROGRESS)
    assert record.state is S.UNDELIVERED
    assert record.gone_at is not None
    assert f"paper-boat-{record.id}.mp4" in stage.files()
