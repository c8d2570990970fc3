"""The faults of downloads, done to a real client over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from sandbox.conftest import Api


def read(api: Api, url: str, **headers: str) -> tuple[httpx.Response, bytes, bool]:
    """Read as much as comes; say whether it ended well."""
    received = bytearray()
    with api.anonymous.stream("GET", url, headers=headers) as answer:
        try:
            for piece in answer.iter_raw():
                received += piece
        except httpx.RemoteProtocolError:
            return answer, bytes(received), False
    return answer, bytes(received), True


def test_redirects_lead_elsewhere(api: Api, done: str) -> None:
    """A clip's URL may point on, to anything."""
    api.misbehave({"on": "media", "fault": "redirect", "to": "file:///etc/passwd"})
    answer = api.anonymous.get(f"/media/{done}.mp4")
    assert (answer.status_code, answer.headers["location"]) == (302, "file:///etc/passwd")


def test_drop_mid_body_cuts_where_it_says(api: Api, done: str) -> None:
    """So much of a body comes, then the connection closes; a resumed part is cut likewise."""
    url = f"/media/{done}.mp4"
    whole = api.anonymous.get(url).content
    api.misbehave({"on": "media", "fault": "drop_mid_body", "at": 0.25})
    answer, received, ended = read(api, url)
    assert (answer.headers["content-length"], ended) == (str(len(whole)), False)
    assert received == whole[: len(whole) // 4]
    answer, received, ended = read(api, url, Range="bytes=1000-1999")
    assert (answer.status_code, received, ended) == (206, whole[1000:1250], False)
    api.misbehave({"on": "media", "fault": "drop_mid_body", "at": 0})
    assert read(api, url)[1:] == (b"", False)


@pytest.mark.parametrize(("length", "ended"), [(10**12, False), (1000, True)])
def test_wrong_length_lies_about_it(api: Api, done: str, length: int, *, ended: bool) -> None:
    """A Content-Length may be absurd, and then the body ends early; or short, and then it is cut unseen."""
    whole = api.anonymous.get(f"/media/{done}.mp4").content
    api.misbehave({"on": "media", "fault": "wrong_length", "length": length})
    answer, received, whole_came = read(api, f"/media/{done}.mp4")
    assert (answer.headers["content-length"], whole_came) == (str(length), ended)
    assert received == whole[:length]
    assert api.anonymous.head(f"/media/{done}.mp4").status_code == 200


def test_trickle_is_whole_but_slow(api: Api, done: str) -> None:
    """A body may come at so many bytes a second."""
    whole = api.anonymous.get(f"/media/{done}.mp4").content
    api.misbehave({"on": "media", "fault": "trickle", "bytes_per_second": 4 * len(whole)})
    answer, received, ended = read(api, f"/media/{done}.mp4")
    assert (received, ended) == (whole, True)
    assert answer.elapsed.total_seconds() >= 0.2


def test_no_range_answers_the_whole(api: Api, done: str) -> None:
    """A host may not know Range."""
    api.misbehave({"on": "media", "fault": "no_range"})
    answer = api.anonymous.get(f"/media/{done}.mp4", headers={"Range": "bytes=5-9"})
    assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["content-length"]))
    assert len(answer.content) > 5
