from __future__ import annotations

import base64
import io
import re
import sys
from typing import TYPE_CHECKING

import PIL.Image

import runcomfy_jupyter as rc
from runcomfy_jupyter._display.poster import poster
from runcomfy_jupyter._session import process

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.sandbox import Sandbox

POSTER = re.compile(r'poster="data:image/jpeg;base64,([^"]+)"')


def shown(job: rc.Job) -> str:
    """Return the HTML in which a job shows itself."""
    return job._repr_mimebundle_()["text/html"]


def test_a_video_has_a_still_picture(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """With PyAV the video carries a JPEG of its own shape, at most 640 wide; without it just none."""
    assert account.base_url
    job = rc.submit("A lighthouse in the rain", size="1280x720").wait(60)
    found = POSTER.search(shown(job))
    assert found
    picture = PIL.Image.open(io.BytesIO(base64.b64decode(found[1])))
    assert (picture.format, picture.size) == ("JPEG", (640, 360))

    monkeypatch.setitem(sys.modules, "av", None)
    without = shown(job)
    assert "poster=" not in without
    assert "<video" in without
    process.end()


def test_what_is_no_video_has_none(tmp_path: Path) -> None:
    """A file that cannot be read as a video costs the picture, nothing else."""
    for name, content in {"text.mp4": b"<html>", "empty.mp4": b""}.items():
        (tmp_path / name).write_bytes(content)
        assert poster(str(tmp_path / name)) is None
    assert poster(str(tmp_path / "absent.mp4")) is None
