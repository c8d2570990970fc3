from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter.errors import InputError
from runcomfy_jupyter.settings.endpoints import endpoint, normalise_base

OFFICIAL = "https://model-api.runcomfy.net/v1"
ACCOUNT = "https://api.runcomfy.net/prod/v2"


@pytest.mark.parametrize(
    ("written", "base"),
    [
        (OFFICIAL, OFFICIAL),
        ("https://model-api.runcomfy.net", OFFICIAL),
        ("https://model-api.runcomfy.net/", OFFICIAL),
        (" https://model-api.runcomfy.net/v1//\n", OFFICIAL),
        ("HTTPS://Model-API.RunComfy.net:443/v1/", OFFICIAL),
        ("https://example.com:8443/api", "https://example.com:8443/api/v1"),
        ("https://example.com/API/v1", "https://example.com/API/v1"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/v1"),
        ("http://LocalHost:8787/v1/", "http://localhost:8787/v1"),
        ("http://[::1]:8787", "http://[::1]:8787/v1"),
        ("http://127.0.0.1:80/v1", "http://127.0.0.1/v1"),
    ],
)
def test_one_address_has_one_spelling(written: str, base: str) -> None:
    """The base has its `/v1` and no slash at the end, so that one service is recognised as one."""
    assert normalise_base(written) == base
    assert normalise_base(base) == base


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "model-api.runcomfy.net/v1",
        "//model-api.runcomfy.net/v1",
        "https://",
        "https:///v1",
        "ftp://example.com/v1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://example.com:notaport/v1",
        "https://example.com:99999/v1",
        "https://[::1/v1",
        "https://hunter2@example.com/v1",
        "https://user:hunter2@example.com/v1",
        "https://:hunter2@example.com/v1",
        "https://@example.com/v1",
        "https://example.com/v1?key=hunter2",
        "https://example.com/v1?",
        "https://example.com/v1#hunter2",
        "https://example.com/v1#",
        "https://exa\nmple.com/hunter2/v1",
        "https://example.com/a b/hunter2",
        "https://example.com\\hunter2/v1",
        "https://example.com/\x00hunter2",
        "http://user:hunter2@127.0.0.1/v1",
    ],
)
def test_what_is_no_plain_address_is_refused_unquoted(written: str) -> None:
    """Credentials, queries, fragments, other schemes: refused, and not repeated in the message."""
    with pytest.raises(InputError) as told:
        normalise_base(written)
    assert "hunter2" not in str(told.value)
    assert str(told.value) == (
        f"The API's base is not an address such as {OFFICIAL}. "
        "RUNCOMFY_MODEL_API_BASE sets it. Nothing was sent."
    )


@pytest.mark.parametrize(
    "written",
    [
        "http://model-api.runcomfy.net/v1",
        "http://127.0.0.1.example.com",
        "http://192.168.0.2:8787",
        "http://0.0.0.0",
    ],
)
def test_plain_http_is_for_this_machine_alone(written: str) -> None:
    """Over http the token would be read on the way: only loopback is exempt."""
    with pytest.raises(InputError, match=r"would show your token to the network: use https\. .*Nothing was"):
        normalise_base(written)


@given(written=st.text() | st.from_regex(r"https?://[a-z@:.\[\]?#/\\0-9 ]{0,20}"))
def test_any_text_is_a_safe_address_or_refused(written: str) -> None:
    """A base that is accepted is https or loopback, without credentials, and stays as it is."""
    try:
        base = normalise_base(written)
    except InputError:
        return
    assert base.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]"))
    assert base.endswith("/v1")
    assert not set(base) & set("@?#\\ ")
    assert normalise_base(base) == base


@pytest.mark.usefixtures("home")
def test_the_base_comes_from_argument_environment_or_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is nearer to the call wins."""
    assert endpoint("token").base_url == OFFICIAL
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "https://proxy.example/v1")
    assert endpoint("token").base_url == "https://proxy.example/v1"
    assert endpoint("token", "https://other.example").base_url == "https://other.example/v1"
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "")
    assert endpoint("token").base_url == OFFICIAL


@pytest.mark.usefixtures("home")
def test_the_balance_has_a_host_of_its_own() -> None:
    """For the official API the account's official host is asked, however the base was spelled."""
    assert endpoint("token").account_url == ACCOUNT
    assert endpoint("token", "https://MODEL-API.runcomfy.net:443/").account_url == ACCOUNT


@pytest.mark.parametrize(
    ("base", "account"),
    [
        ("https://proxy.example:8443/runcomfy/v1", "https://proxy.example:8443/prod/v2"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/prod/v2"),
        ("http://[::1]:8787", "http://[::1]:8787/prod/v2"),
    ],
)
@pytest.mark.usefixtures("home")
def test_an_overridden_base_keeps_the_token_to_itself(base: str, account: str) -> None:
    """A token meant for another service does not go to the official host for its balance."""
    assert endpoint("token", base).account_url == account


@pytest.mark.parametrize(
    ("named", "account"),
    [
        ("https://api.runcomfy.net", ACCOUNT),
        ("https://api.runcomfy.net/prod/v1", ACCOUNT),
        ("https://api.runcomfy.net/prod/v2/", ACCOUNT),
        ("https://account.example:8443/prod/v1/", "https://account.example:8443/prod/v2"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/prod/v2"),
        ("", "https://proxy.example/prod/v2"),
    ],
)
@pytest.mark.usefixtures("home")
def test_the_accounts_host_can_be_named(monkeypatch: pytest.MonkeyPatch, named: str, account: str) -> None:
    """`RUNCOMFY_SERVERLESS_API_BASE` is taken with `/prod/v1`, with `/prod/v2`, or without."""
    monkeypatch.setenv("RUNCOMFY_SERVERLESS_API_BASE", named)
    assert endpoint("token", "https://proxy.example").account_url == account


@pytest.mark.parametrize("named", ["http://account.example", "https://user:hunter2@account.example"])
@pytest.mark.usefixtures("home")
def test_an_unsafe_account_host_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """The error names the variable to mend, and quotes no password."""
    monkeypatch.setenv("RUNCOMFY_SERVERLESS_API_BASE", named)
    with pytest.raises(InputError, match="RUNCOMFY_SERVERLESS_API_BASE sets it") as told:
        endpoint("token")
    assert "hunter2" not in str(told.value)
