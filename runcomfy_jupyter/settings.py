"""Where each setting comes from: argument › %config › environment › file › default."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runcomfy_jupyter.errors import InputError, TokenError

OFFICIAL_BASE = "https://model-api.runcomfy.net/v1"
OFFICIAL_ACCOUNT_BASE = "https://api.runcomfy.net/prod/v2"
TOKEN_VARIABLES = ("RUNCOMFY_TOKEN", "RUNCOMFY_API_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN")
# What a header can carry and JSON does not escape.
_SENDABLE = re.compile(r"[!#-\[\]-~]+")
_COLAB = "google.colab"
_PORTS = {"http": 80, "https": 443}
# Credentials, queries, fragments; a backslash is a slash to some readers.
_NO_PART_OF_A_BASE = set("@?#\\ ")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Secret:
    """A token that does not print: not in a repr, a format, a pickle or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        """Return the token itself; only the client's authorization header has use for it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> Any:
        message = "a token is not pickled: whoever needs it takes it from its own environment"
        raise TypeError(message)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An API's base (with its `/v1`), the account API's base, and the token for both."""

    base_url: str
    account_url: str
    token: Secret


@dataclass(slots=True)
class Options:
    """What `%config Sora.<name>` sets. Every value passes `check_option` first."""

    save_dir: str = "videos"
    embed_limit_mb: float = 20.0
    wait: str = "auto"
    max_download_mb: float = 2048.0


def check_option(name: str, value: Any) -> Any:
    """Return the value an option takes; raise `InputError` with the reason otherwise."""
    if name == "wait" and value not in ("auto", "yes", "no"):
        message = f"Sora.wait takes auto, yes or no, not {value!r}."
        raise InputError(message)
    if name.endswith("_mb") and not _is_size(value):
        message = f"Sora.{name} takes a number of megabytes above 0, not {value!r}."
        raise InputError(message)
    if name == "save_dir" and not (isinstance(value, str) and value.strip() and "\0" not in value):
        message = f"Sora.save_dir takes the name of a folder, not {value!r}."
        raise InputError(message)
    return value


def _is_size(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value > 0


def on_colab() -> bool:
    """Tell whether this is a kernel of Google Colab, whose pages cannot read the kernel's files."""
    return "google.colab" in sys.modules


def on_vscode() -> bool:
    """Tell whether VS Code started this kernel; its notebooks play a video without its AAC sound."""
    return "VSCODE_PID" in os.environ


def notebook() -> str:
    """Name the notebook of this kernel: its path as Jupyter's server tells it, else the folder."""
    if path := os.environ.get("JPY_SESSION_NAME"):
        return path
    try:
        return str(Path.cwd())
    except OSError:  # the folder is gone
        return ""


def home() -> Path:
    """Return the folder of the ledger: `RUNCOMFY_JUPYTER_HOME`, or the platform's data folder."""
    if named := os.environ.get("RUNCOMFY_JUPYTER_HOME"):
        return Path(named).expanduser().absolute()
    import platformdirs  # noqa: PLC0415 - importing the package costs next to nothing

    return Path(platformdirs.user_data_dir("runcomfy_jupyter", appauthor=False))


_YES = {"1", "true", "yes", "on"}
_NO = {"", "0", "false", "no", "off"}


def sandbox_asked_for() -> bool:
    """Tell whether `RUNCOMFY_SANDBOX` turns the sandbox on; raise `InputError` for what is no answer.

    A slip of the pen must not mean that requests are billed.
    """
    word = os.environ.get("RUNCOMFY_SANDBOX", "").strip().lower()
    if word not in _YES | _NO:
        message = f"RUNCOMFY_SANDBOX takes 1 or 0, not {word!r}."
        raise InputError(message)
    return word in _YES


def endpoint(token: str | None = None, base_url: str | None = None) -> Endpoint:
    """Return where to send requests and with which token; raise `TokenError` if there is none."""
    base = normalise_base(base_url or os.environ.get("RUNCOMFY_MODEL_API_BASE") or OFFICIAL_BASE)
    secret = Secret(token) if token and token.strip() else _find_token()
    if not _SENDABLE.fullmatch(secret.reveal()):
        # Here rather than on the wire: nothing has been recorded yet that would look sent.
        message = "The RunComfy token holds characters that no token has; it may be cut or mangled."
        raise TokenError(message, hint="Copy it anew from your profile on runcomfy.com. Nothing was sent.")
    return Endpoint(base, _account_base(base), secret)


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
    if parts.scheme == "http" and host not in _LOOPBACK:
        message = f"The API's base http://{host} would show your token to the network: use https."
        raise InputError(message, hint=f"{variable} sets it. Nothing was sent.")
    netloc = f"[{host}]" if ":" in host else host
    if port not in (None, _PORTS[parts.scheme]):
        netloc += f":{port}"
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{netloc}{path if path.endswith('/v1') else f'{path}/v1'}"


def token_source() -> str | None:
    """Say where the token comes from, or None; never the token."""
    found = _search_token()
    return found[0] if found else None


def _account_base(base: str) -> str:
    """Return the base of the balance call.

    It has a host of its own; where the API's base is overridden, the token must not go to the
    official host unasked, so the override's own origin stands in.
    """
    if named := os.environ.get("RUNCOMFY_SERVERLESS_API_BASE"):
        trimmed = named.strip().rstrip("/").removesuffix("/prod/v1").removesuffix("/prod/v2")
        base = normalise_base(trimmed, "RUNCOMFY_SERVERLESS_API_BASE")
        return f"{base.removesuffix('/v1')}/prod/v2"
    if base == OFFICIAL_BASE:
        return OFFICIAL_ACCOUNT_BASE
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}/prod/v2"


def _find_token() -> Secret:
    if found := _search_token():
        return found[1]
    places = [*TOKEN_VARIABLES, *(["Colab's secrets"] if _COLAB in sys.modules else [])]
    message = f"No RunComfy token: {', '.join(places)} and {_token_file()} were looked at."
    hint = (
        "Set RUNCOMFY_TOKEN before the kernel starts, or try without one: %sora sandbox on. Nothing was sent."
    )
    raise TokenError(message, hint=hint)


def _search_token() -> tuple[str, Secret] | None:
    for name in TOKEN_VARIABLES:
        if value := os.environ.get(name, "").strip():
            return name, Secret(value)
    if value := _colab_secret():
        return "Colab's secrets", Secret(value)
    if value := _file_token():
        return str(_token_file()), Secret(value)
    return None


def _token_file() -> Path:
    """Return the official CLI's token file."""
    if folder := os.environ.get("RUNCOMFY_CONFIG_DIR"):
        return Path(folder).expanduser() / "token.json"
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(config).expanduser() / "runcomfy" / "token.json"


def _file_token() -> str:
    try:
        stored = json.loads(_token_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    value = stored.get("access_token") if isinstance(stored, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _colab_secret() -> str:
    """Read Colab's secrets, where there are any: the module exists on Colab alone."""
    userdata = getattr(sys.modules.get(_COLAB), "userdata", None)
    if userdata is None:
        return ""
    for name in TOKEN_VARIABLES:
        try:
            value = userdata.get(name)
        except Exception:  # noqa: BLE001, S112 - Colab raises its own types for "absent" and "not allowed"
            continue
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
