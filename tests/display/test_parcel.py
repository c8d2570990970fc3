from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from display.examples import NOW, finished, job
from runcomfy_jupyter._display.outputs import Outlet, film, job_html, job_page
from runcomfy_jupyter._display.parcel import PIECE, Parcel, mark
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in

if TYPE_CHECKING:
    from pathlib import Path

SORA = built_in()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, PIECE + 2, 2 * PIECE, 2 * PIECE + 5])
def test_pieces_join_to_the_whole(home: Path, size: int) -> None:
    """However a file's size lies to that of a piece, its text is the base64 of the whole file."""
    path, place = home / "a.bin", mark()
    path.write_bytes((bytes(range(256)) * (size // 256 + 1))[:size])
    plain = base64.b64encode(path.read_bytes()).decode()

    parcel = Parcel({"text/html": f"<b>{place}</b>", "text/plain": "a file"}, {place: str(path)})

    assert parcel.whole() == {"text/html": f"<b>{plain}</b>", "text/plain": "a file"}
    assert json.loads(parcel.packed({"data": parcel.bundle})) == {"data": parcel.whole()}


def test_a_message_is_packed_as_it_is(home: Path) -> None:
    """Whatever its other texts hold, a packed message reads as the same message with the file put in."""
    (home / "a.mp4").write_bytes(b"\xff\x00video")
    place = mark()
    bundle = {"text/html": f'<a title="\\ “é” 😀 \u2028">\n{place}{place}</a>', "text/plain": "file-0"}
    parcel = Parcel(bundle, {place: str(home / "a.mp4")})
    content = {"data": bundle, "metadata": {}, "transient": {"display_id": "d"}}

    assert json.loads(parcel.packed(content)) == {**content, "data": parcel.whole()}


def test_what_has_no_files_stays_as_it_is() -> None:
    """Without files a bundle is whole already, whatever it says."""
    bundle = {"text/html": "<b>file-</b>", "text/plain": ""}
    assert Parcel(bundle).whole() == bundle
    assert json.loads(Parcel(bundle).packed(bundle)) == bundle


def test_a_page_is_small_until_its_files_are_put_in(home: Path) -> None:
    """A job's page with marks is short, however large the video is; put in, it is the page itself."""
    record = finished(home / "a.mp4", bytes(300_000))
    page, files = job_page(record, SORA, Outlet(10**6), now=NOW)

    assert len(page) < 3000
    assert list(files.values()) == [record.files[0].path]
    whole = Parcel({"text/html": page}, files).whole()["text/html"]
    assert f'src="data:video/mp4;base64,{"A" * 400_000}"' in whole
    assert whole == job_html(record, SORA, Outlet(10**6), now=NOW)


def test_marks_are_never_the_same() -> None:
    """Two files have two marks, of characters that HTML and JSON leave as they are."""
    marks = {mark() for _ in range(100)}
    assert len(marks) == 100
    assert all(one.replace("-", "").isalnum() and one.isascii() for one in marks)


def test_a_single_video_that_fits_is_a_film(home: Path) -> None:
    """What is one video, here and small enough, can be handed over as it is; anything else is drawn."""
    record = finished(home / "a.mp4", b"12345")
    assert film(record, Outlet(5)) == record.files[0]
    assert film(record, Outlet(4)) is None
    assert film(replace(record, files=record.files * 2), Outlet(99)) is None
    assert film(finished(home / "a.png", b"12345", "image/png"), Outlet(99)) is None
    assert film(job(State.IN_QUEUE), Outlet(99)) is None
    (home / "a.mp4").unlink()
    assert film(record, Outlet(99)) is None
