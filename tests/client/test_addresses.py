from __future__ import annotations

import pytest

from runcomfy_jupyter._client.addresses import is_local

PLAIN = [
    *("localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.0.0.1.", "127.9.9.9", "10.1.2.3"),
    *("172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255"),
    "0.0.0.0",  # noqa: S104 - an address to refuse
]
SIXES = [
    *("::1", "[::1]", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:224.0.0.1"),
]
DISGUISED = ["127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.01", "evil.0x7f"]


@pytest.mark.parametrize("host", [*PLAIN, *SIXES, *DISGUISED])
def test_addresses_inside_are_known_in_every_disguise(host: str) -> None:
    """Loopback, private, link-local and reserved addresses are local, however they are written."""
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "playgrounds-storage-public.runcomfy.net",
        "8.8.8.8",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "localhost.example",
        "10.0.0.1.example",
        "my-localhost",
        "a1",
        "example.com.",
    ],
)
def test_what_is_outside_is_not_local(host: str) -> None:
    """Names and addresses of the open internet are not local."""
    assert not is_local(host)
