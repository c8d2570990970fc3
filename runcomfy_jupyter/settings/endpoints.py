"""Where requests go, and with which token."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from runcomfy_jupyter.errors import InputError
from runcomfy_jupyter.settings.tokens import Secret, find_token

_OFFICIAL_BASE = "https://model-api.runcomfy.net/v1"
_OFFICIAL_ACCOUNT_BASE = "https://api.runcomfy.net/prod/v2"
_PORTS = {"http": 80, "https": 443}
# Credentials, queries, fragments; a backslash is a slash to some readers.
_NO_PART_OF_A_BASE = set("@?#\\ ")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An API's base (with its `/v1`), the account API's base, and the token for both."""

    base_url: str
    account_url: str
    token: Secret


def endpoint(token: str | None = None, base_url: str | None = None) -> Endpoint:
    """Return where to send requests and with which token; raise `TokenError` if there is none."""
    base = base_of(base_url)
    hidden = Secret(token) if token and token.strip() else find_token()
    hidden.check()  # not only on the wire: nothing has been recorded yet that would look sent
    return Endpoint(base, _account_base(base), hidden)


def base_of(base_url: str | None = None) -> str:
    """Return the base to which requests go, which needs no token; `base_url`: instead of the settings'."""
    return normalise_base(base_url or os.environ.get("RUNCOMFY_MODEL_API_BASE") or _OFFICIAL_BASE)


def normalise_base(base_url: str, variable: str = "RUNCOMFY_MODEL_API_BASE") -> str:
    """Return the base with its `/v1` and no slash at the end; raise `InputError` if it is unsafe.

    Plain http is for this machine alone: elsewhere it would show the token to the network.
    One address has one spelling, so that a request is recognised. `variable`: what sets it.
    """
    base = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(base)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    # The address is never shown: what was pasted there may hold a password.
    if parts.scheme not in _PORTS or not host or set(base) & _NO_PART_OF_A_BASE or not base.isprintable():
        message = "The API's base is not an address such as https://model-api.runcomfy.net/v1."
        raise InputError(message, hint=f"{variable} sets it. Nothing was sent.")
    if parts.scheme == "http" and host not in LOOPBACK:
        message = f"The API's base http://{host} would show your token to the network: use https."
        raise InputError(message, hint=f"{variable} sets it. Nothing was sent.")
    netloc = f"[{host}]" if ":" in host else host
    if port not in (None, _PORTS[parts.scheme]):
        netloc += f":{port}"
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{netloc}{path if path.endswith('/v1') else f'{path}/v1'}"


def _account_base(base: str) -> str:
    """Return the base of the balance call.

    It has a host of its own; where the API's base is overridden, the token must not go to the
    official host unasked, so the override's own origin stands in.
    """
    if named := os.environ.get("RUNCOMFY_SERVERLESS_API_BASE"):
        trimmed = named.strip().rstrip("/").removesuffix("/prod/v1").removesuffix("/prod/v2")
        base = normalise_base(trimmed, "RUNCOMFY_SERVERLESS_API_BASE")
        return f"{base.removesuffix('/v1')}/prod/v2"
    if base == _OFFICIAL_BASE:
        return _OFFICIAL_ACCOUNT_BASE
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}/prod/v2"
