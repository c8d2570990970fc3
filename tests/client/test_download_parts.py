from __future__ import annotations

import pytest

from client.movies import MOVIE, WHOLE, fetch, part, refused
from client.raw_server import answer, in_turn

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"etag": '"v1"', "last_modified": "Wed, 21 Oct 2026 07:28:00 GMT"}, '"v1"'),
        (
            {"etag": 'W/"v1"', "last_modified": "Wed, 21 Oct 2026 07:28:00 GMT"},
            "Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        ({"etag": 'W/"v1"'}, None),
        ({"etag": "v1"}, None),
        ({"last_modified": "Wed, 21 Oct 2026 07:28:00 GMT"}, "Wed, 21 Oct 2026 07:28:00 GMT"),
        ({}, None),
    ],
)
async def test_only_what_names_a_version_is_a_validator(
    headers: dict[str, str], validator: str | None
) -> None:
    """A strong tag comes first, then the date; a weak tag names no version."""
    body, _, _ = await fetch(answer(200, b"movie", **headers))
    assert body.validator == validator


async def test_a_download_goes_on_where_it_stopped() -> None:
    """With a validator the rest is asked for, and comes as what it is."""
    body, content, [headers] = await fetch(part(1000), offset=1000, validator='"v1"')
    assert (headers["range"], headers["if-range"]) == ("bytes=1000-", '"v1"')
    assert (body.status, body.offset, body.total, body.validator) == (206, 1000, len(MOVIE), '"v1"')
    assert content == MOVIE[1000:]


async def test_a_part_without_a_validator_of_its_own_keeps_the_old_one() -> None:
    """A host that leaves out the tag on a part has confirmed it by sending the part."""
    bare = answer(206, MOVIE[9:], content_range=f"bytes 9-{len(MOVIE) - 1}/*")
    body, _, _ = await fetch(bare, offset=9, validator='"v1"')
    assert (body.validator, body.total) == ('"v1"', None)


async def test_a_part_is_not_asked_for_without_a_validator() -> None:
    """Without it, halves of two files might be joined: the file is asked for whole."""
    for asked in ({"offset": 1000}, {"offset": 0, "validator": '"v1"'}):
        body, content, [headers] = await fetch(WHOLE, **asked)
        assert body.offset == 0
        assert content == MOVIE
        assert "range" not in headers


@pytest.mark.parametrize(
    "instead",
    [
        answer(416),
        part(999),
        part(1000, etag='"v2"'),
        answer(206, b"x", content_range="nonsense"),
        answer(206, b"x", content_type="multipart/byteranges; boundary=x"),
        WHOLE,
    ],
    ids=["416", "elsewhere", "changed", "nonsense", "multipart", "whole"],
)
async def test_what_cannot_be_continued_starts_over(instead: bytes) -> None:
    """A refused, wrong or outdated part leads to the whole file, from its beginning."""
    body, content, headers = await fetch(in_turn(instead, WHOLE), offset=1000, validator='"v1"')
    assert (body.status, body.offset) == (200, 0)
    assert content == MOVIE
    assert "range" not in headers[-1] or len(headers) == 1


async def test_an_unasked_part_is_refused() -> None:
    """A part is no file."""
    assert not (await refused(part(0))).transient
    assert not (await refused(in_turn(answer(416), part(0)), offset=5, validator='"v1"')).transient


async def test_what_is_all_here_already_is_said_so() -> None:
    """A host that has nothing behind the last byte has confirmed the rest; its error page is not the file."""
    size = len(MOVIE)
    confirmed = answer(416, b"<html>no such range</html>", content_range=f"bytes */{size}", etag='"v1"')
    body, content, [headers] = await fetch(confirmed, offset=size, validator='"v1"')
    assert headers["range"] == f"bytes={size}-"
    assert (body.offset, body.total, body.validator) == (size, size, '"v1"')
    assert content == b""


@pytest.mark.parametrize(
    "headers",
    [
        {"content_range": f"bytes */{len(MOVIE) + 1}"},
        {"content_range": f"bytes */{len(MOVIE)}", "etag": '"v2"'},
        {"content_range": "bytes */*"},
        {},
    ],
)
async def test_a_file_of_another_size_or_version_starts_over(headers: dict[str, str]) -> None:
    """What is here is all of it only if it is still the same file."""
    asked = {"offset": len(MOVIE), "validator": '"v1"'}
    body, content, _ = await fetch(in_turn(answer(416, **headers), WHOLE), **asked)
    assert (body.status, body.offset, content) == (200, 0, MOVIE)
