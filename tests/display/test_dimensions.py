from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._display.dimensions import dimensions

if TYPE_CHECKING:
    from collections.abc import Mapping

Image = pytest.importorskip("PIL.Image")
FORMATS: dict[str, Mapping[str, object]] = {
    "PNG": {},
    "GIF": {},
    "JPEG": {},
    "JPEG progressive": {"progressive": True},
    "JPEG with a long comment": {"comment": b"x" * 60_000},
    "JPEG with EXIF": {"exif": b"Exif\0\0" + bytes(5000)},
    "WEBP": {},
    "WEBP lossless": {"lossless": True},
    "WEBP extended": {"exif": b"Exif\0\0II*\0"},
}
SIZES = [(1, 1), (1216, 832), (90, 160), (4097, 3)]


def picture(name: str, size: tuple[int, int]) -> bytes:
    """Return a picture as other programs write it."""
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, name.split(maxsplit=1)[0], **FORMATS[name])
    return file.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_tells_its_size(name: str, size: tuple[int, int]) -> None:
    """Width and height are read as another reader reads them."""
    assert dimensions(picture(name, size)) == size


def test_what_stands_before_a_jpegs_frame_is_passed() -> None:
    """Tables, and segments without a length, are not taken for the frame."""
    tables = b"".join(
        b"\xff" + bytes([mark]) + b"\x00\x06\x01\x02\x03\x04" for mark in (0xC4, 0xC8, 0xCC, 0xDB)
    )
    frame = b"\xff\xc2\x00\x11\x08\x00\x10\x00\x20"
    assert dimensions(b"\xff\xd8\xff\x01" + tables + frame) == (32, 16)


@pytest.mark.parametrize("name", FORMATS)
def test_half_a_head_tells_nothing(name: str) -> None:
    """A picture that is cut before its size is shown without it."""
    head = picture(name, (1216, 832))
    assert {dimensions(head[:length]) for length in range(min(400, len(head)))} <= {None, (1216, 832)}
    assert dimensions(head[:8]) is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"RIFF1234WEBPVP9 " + bytes(40),
        b"RIFF1234WEBPVP8 " + bytes(40),
        b"GIF89a" + bytes(10),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
        b"\xff\xd8" + b"\xff\xd0" * 9,
        b"\xff\xd8\x00\x00",
        b"\x00\x00\x00\x20ftypisom",
    ],
)
def test_what_is_no_picture_tells_nothing(head: bytes) -> None:
    """Videos, nonsense and sizes that nobody has are no sizes."""
    assert dimensions(head) is None


@given(
    start=st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF1234WEBP"]), rest=st.binary()
)
def test_no_bytes_break_it(start: bytes, rest: bytes) -> None:
    """Whatever follows, a size is of sane numbers or none."""
    size = dimensions(start + rest)
    assert size is None or all(0 < side <= 100_000 for side in size)
