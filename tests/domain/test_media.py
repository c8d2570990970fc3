from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.media import HEAD_SIZE, KNOWN, sniff, stem

HEADS = {
    b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00": "video/mp4",
    b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81": "video/webm",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR": "image/png",
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01": "image/jpeg",
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00": "image/gif",
    b"RIFF\x24\x00\x00\x00WEBPVP8 ": "image/webp",
    b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00": "image/avif",
    b"\x00\x00\x00\x1cftypavis\x00\x00\x00\x00": "image/avif",
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00": "image/heic",
    b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00": "image/heic",
    b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00": "audio/mp4",
    b"ID3\x04\x00\x00\x00\x00\x00\x23TSSE\x00\x00": "audio/mpeg",
    b"\xff\xfb\x90\x64\x00\x0f\xf0\x00\x00\x69\x00\x00\x00\x08\x00\x00": "audio/mpeg",
    b"\xff\xf1\x50\x80\x02\x1f\xfc\xde\x02\x00\x4c\x61\x76\x63\x36\x30": "audio/aac",
    b"RIFF\x24\x00\x00\x00WAVEfmt ": "audio/wav",
    b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x5a\x2e": "audio/ogg",
    b"fLaC\x00\x00\x00\x22\x10\x00\x10\x00\x00\x00\x0e\x00": "audio/flac",
}
PAGES = [
    b"<!DOCTYPE html><",
    b'{"error_code": 4',
    b"\n\t <html>\r\n<hea",
    b"\xef\xbb\xbf<!doctype ht",
    "Größe überschr".encode()[:HEAD_SIZE],
    "动画视频错误".encode()[:HEAD_SIZE],
    "<html>".encode("utf-16"),
    b"\xfe\xff\x00<\x00h\x00t\x00m\x00l",
]
# The ledger's ids: consonants and digits, four to begin with, longer where those are taken.
IDS = st.text("bcdfghjkmnpqrstvwxz23456789", min_size=4, max_size=12)
PROMPTS = st.text() | st.text(st.sampled_from('../\\:*?"<>|~$%\x00\n con nul aux com1 Größe é 🐼 a-B9_.'))


@pytest.mark.parametrize(("head", "name"), HEADS.items())
def test_a_medium_is_told_by_its_first_bytes(head: bytes, name: str) -> None:
    """Whatever its host calls it, the bytes decide."""
    for declared in ("", "text/html", "video/mp4", "image/png"):
        found = sniff(head, declared)
        assert found is not None
        assert found.name == name


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        (
            "image/heic",
            [b"\0\0\0\x18ftyp" + brand for brand in (b"heix", b"heim", b"heis", b"hevc", b"hevx", b"msf1")],
        ),
        ("audio/mp4", [b"\0\0\0\x18ftypM4B "]),
        # MPEG-1, -2 and -2.5, layer III, with and without a checksum.
        ("audio/mpeg", [bytes([0xFF, second]) for second in (0xFA, 0xF2, 0xF3, 0xE2, 0xE3)]),
        # MPEG-2 and -4, with and without a checksum.
        ("audio/aac", [bytes([0xFF, second]) for second in (0xF0, 0xF8, 0xF9)]),
    ],
)  # fmt: skip
def test_a_medium_is_told_in_all_its_forms(name: str, heads: list[bytes]) -> None:
    """Brands of one container, and versions of one sound."""
    found = [sniff(head + b"\x80" * (HEAD_SIZE - len(head))) for head in heads]
    assert [kind and kind.name for kind in found] == [name] * len(heads)


def test_every_type_has_the_ending_by_which_a_system_knows_it() -> None:
    """A file opens on a double click."""
    assert {kind.name: kind.suffix for kind in KNOWN} == {
        "video/mp4": ".mp4",
        "video/webm": ".webm",
        "image/png": ".png",
        "image/jpeg": ".jpg",
        "image/gif": ".gif",
        "image/webp": ".webp",
        "image/avif": ".avif",
        "image/heic": ".heic",
        "audio/mpeg": ".mp3",
        "audio/aac": ".aac",
        "audio/mp4": ".m4a",
        "audio/wav": ".wav",
        "audio/ogg": ".ogg",
        "audio/flac": ".flac",
    }


def test_a_picture_of_no_particular_brand_is_what_its_host_says() -> None:
    """Both of the two that share a container may call themselves just an image."""
    head = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00"
    found = [sniff(head, declared) for declared in ("image/avif", "image/heic", "")]
    assert [kind.name for kind in found if kind] == ["image/avif", "image/heic", "image/heic"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("declared", ["", "text/html", "video/mp4", "image/png"])
def test_a_page_is_no_medium_whatever_it_is_called(page: bytes, declared: str) -> None:
    """An error page under a video's name is not taken for a video, in whatever characters it is written."""
    assert sniff(page, declared) is None


@pytest.mark.parametrize(
    ("declared", "suffix"),
    [("video/mp4", ".mp4"), ("Video/WebM; codecs=vp9", ".webm"), (" image/jpeg ", ".jpg")],
)
def test_a_rarer_container_is_kept_by_its_hosts_word(declared: str, suffix: str) -> None:
    """Bytes that we do not know, and that are no text, are what their host says."""
    for head in (b"\x47\x40\x00\x10\x00\xff\x81\x00" * 2, b"FILM\x00\x01\x02\x03" * 2):
        found = sniff(head, declared)
        assert found is not None
        assert found.suffix == suffix


@pytest.mark.parametrize("declared", ["", "application/octet-stream", "application/x-msdownload", "video/"])
def test_unknown_bytes_of_an_unknown_name_are_no_medium(declared: str) -> None:
    """Nothing is given an ending that nobody vouches for."""
    assert sniff(b"\xff\x00\x00\x00BOX mif1\x00\x00\x00\x00", declared) is None
    assert sniff(b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", declared) is None


def test_an_empty_file_is_no_medium() -> None:
    """Nothing at all is not a video, whoever says so."""
    assert sniff(b"", "video/mp4") is None


@given(head=st.binary(max_size=HEAD_SIZE), declared=st.sampled_from(["", *(kind.name for kind in KNOWN)]))
def test_any_bytes_get_one_of_our_types_or_none(head: bytes, declared: str) -> None:
    """However a file begins, the answer is one of our types, or that it is none."""
    assert sniff(head, declared) in {None, *KNOWN}


@given(prompt=PROMPTS, job_id=IDS, number=st.integers(1, 99))
def test_any_prompt_gives_a_plain_short_name(prompt: str, job_id: str, number: int) -> None:
    """At most 60 of [a-z0-9-]: no folder, no dot, no option, nothing a disk refuses."""
    name = stem(prompt, job_id, number)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", name)
    # Windows keeps CON, NUL, COM1 … for itself, with any ending; ours have a dash and an id behind.
    assert "-" in name
    assert name.removesuffix(f"-{number}").endswith(f"-{job_id}")


@given(prompt=PROMPTS, job_id=IDS, numbers=st.sets(st.integers(1, 99), min_size=2, max_size=4))
def test_outputs_of_one_job_have_names_of_their_own(prompt: str, job_id: str, numbers: set[int]) -> None:
    """No output overwrites another."""
    assert len({stem(prompt, job_id, number) for number in numbers}) == len(numbers)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A red panda surfs", "red-panda-surfs-k3f9"),
        ("The end of the world", "end-world-k3f9"),
        ("To an owl and a fox with a hat, in rain on a hill at sea", "owl-fox-hat-rain-hill-sea-k3f9"),
        ("Crème brûlée, ½ burnt", "creme-brulee-12-burnt-k3f9"),
        ("one two three four five six seven", "one-two-three-four-five-six-k3f9"),
        ("word " + "x" * 39, "word-k3f9"),
        ("x" * 40, "x" * 40 + "-k3f9"),
        ("x" * 41, "video-k3f9"),
        ("小熊猫在冲浪", "video-k3f9"),
        ("../../etc/passwd", "etc-passwd-k3f9"),
        ("con", "con-k3f9"),
        ("", "video-k3f9"),
    ],
)
def test_a_name_holds_the_first_telling_words(prompt: str, name: str) -> None:
    """Up to six words that fit, without articles and accents, then the id; `video` where there are none."""
    assert stem(prompt, "k3f9", 1) == name
    assert stem(prompt, "k3f9", 2) == f"{name}-2"
