"""Proxies of the environment: the way out, and never the way to this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from client.raw_server import TOKEN, answer, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import certificates, proxy_for
from runcomfy_jupyter.errors import InputError, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without the proxies of whoever runs the tests."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is spoken to directly, whatever the environment says, under each of its names."""
    async with serving(answer(502)) as proxy, serving(answer(200, {"balance_usd": 1})) as server:
        for name in PROXIES[:3]:
            monkeypatch.setenv(name, proxy.origin)
        for host in ("127.0.0.1", "localhost"):
            async with Client(TOKEN, f"http://{host}:{server.port}/v1") as client:
                assert (await client.balance()).usd == 1
    assert proxy.seen == []


async def test_the_way_out_goes_through_the_proxy_without_showing_it_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy is asked for a tunnel; one that refuses has been given nothing, not even a paid request."""
    async with serving(answer(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        async with Client(TOKEN, "https://api.example/v1", clock=VirtualTime().clock) as client:
            with pytest.raises(Unreachable, match=r"api\.example cannot be reached"):
                await client.submit("a/b", {})
    assert [seen.method for seen in proxy.seen] == ["CONNECT"] * 4
    assert TOKEN not in repr(proxy.seen)


@pytest.mark.parametrize("proxy", ["gopher://proxy.example", "http://proxy.example:port"])
async def test_a_proxy_that_cannot_be_used_is_named_as_the_cause(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says where to look."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(InputError, match="HTTPS_PROXY"):
        Client(TOKEN, "https://api.example/v1")


def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A variable that names a file without certificates is an error of one line, and not OpenSSL's."""
    named = tmp_path / "empty.pem"
    named.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    with pytest.raises(InputError, match="SSL_CERT_FILE or SSL_CERT_DIR names") as caught:
        certificates.__wrapped__()
    assert "Nothing was sent." in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("exempt", "url", "through"),
    [
        ("example.com:8443", "https://example.com:8443/", None),
        ("example.com:8443", "https://example.com/", "http://proxy.example:3128"),
        (".example.com", "https://api.example.com/", None),
        ("*", "https://elsewhere.example/", None),
        ("2001:db8::1", "https://[2001:db8::1]:8443/", None),
        ("2001:db8::2", "https://[2001:db8::1]:8443/", "http://proxy.example:3128"),
    ],
)
def test_what_needs_no_proxy_may_be_named_with_its_port(
    monkeypatch: pytest.MonkeyPatch, exempt: str, url: str, through: str | None
) -> None:
    """NO_PROXY names hosts, domains, all, or one port of a host."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for(httpx.URL(url)) == through
