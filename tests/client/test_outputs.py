from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._client.outputs import is_address, urls

A, B, C, D, E = (f"https://files.example/{name}.mp4" for name in "abcde")


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ({"video": A}, (A,)),
        ({"image": A, "images": [B], "videos": [C, D], "video": E}, (E, C, D, A, B)),
        ({"audio": A, "video": B, "mask": C}, (B, A, C)),
        ({"video": A, "videos": [A, B, A]}, (A, B)),
        ({"video": {"url": A}}, (A,)),
        ({"videos": [{"url": A}, [[B]], 5, None]}, (A, B)),
        ({"input": {"image_url": A}, "inputs": [B], "video": C}, (C,)),
        ({"note": "done", "seed": 5, "video": f" {A}\n"}, (A,)),
        (A, (A,)),
        ([A, [B, [C]]], (A, B, C)),
        ("no address", ()),
        ({}, ()),
        ([], ()),
        (None, ()),
        (7, ()),
    ],
)
def test_every_address_of_an_output_is_found_once_and_in_order(output: Any, found: tuple[str, ...]) -> None:
    """The given schema's keys come first, the others follow, the request's own inputs are left out."""
    assert urls(output) == found


def test_nesting_does_not_exhaust_the_stack() -> None:
    """However deep the service nests, the address in it is found."""
    output: Any = A
    for _ in range(100_000):
        output = [output]
    assert urls(output) == (A,)
    while isinstance(output, list):
        # Taken apart by hand, since freeing such a nest recurses too.
        output = output.pop()


@pytest.mark.parametrize(
    "text",
    [
        A,
        "http://127.0.0.1:8787/files/1.mp4",
        "HTTPS://Files.Example/x?sig=%20a&b=c#d",
        "https://[2001:db8::1]/x",
        "https://münchen.example/x",
        "https://a_b.example:8443/x",
        "https://files.example/" + "x" * 8000,
    ],
)
def test_an_address_is_http_with_a_host(text: str) -> None:
    """Absolute http and https URLs are addresses."""
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "files.example/a.mp4",
        "//files.example/a.mp4",
        "/a.mp4",
        "https:///a.mp4",
        "https://",
        "ftp://files.example/a.mp4",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:video/mp4;base64,AAAA",
        "https://user:password@files.example/a.mp4",
        "https://user@files.example/a.mp4",
        "https://@files.example/a.mp4",
        "https://good.example\\@evil.example/",
        "https://files.example:99999/a.mp4",
        "https://files.example:port/a.mp4",
        "https://[::1/a.mp4",
        "https://%5b::1/a.mp4",
        "https://files example/a.mp4",
        "https://[fe80::1%25eth0]/a.mp4",
        "https://files.example/a\nb",
        "https://files.example/a\x00b",
        "https://files.example/\u202e4pm.exe",
        "https://files.example/" + "x" * 8192,
    ],
)
def test_what_is_no_plain_http_address_is_refused(text: str) -> None:
    """Other schemes, credentials, control characters, missing hosts and endless ones are no addresses."""
    assert not is_address(text)


@pytest.mark.parametrize("key", ["video", "videos", "image", "images"])
def test_what_was_made_comes_before_what_goes_with_it(key: str) -> None:
    """Whatever else the service names first: the first file is the one that is shown."""
    assert urls({"thumbnail": "https://h/t.png", key: ["https://h/it"]}) == (
        "https://h/it",
        "https://h/t.png",
    )
