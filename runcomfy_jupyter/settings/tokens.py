"""The token: where it is found, where `%sora login` puts it, and how it does not print."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from runcomfy_jupyter.errors import StorageError, TokenError
from runcomfy_jupyter.settings.surroundings import way_on

TOKEN_VARIABLES = ("RUNCOMFY_TOKEN", "RUNCOMFY_API_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN")
_COLAB = "google.colab"
# What a header can carry and JSON does not escape.
_SENDABLE = re.compile(r"[!#-\[\]-~]+")


def is_sendable(text: str) -> bool:
    """Tell whether a token can be sent, and be found again in what comes back."""
    return _SENDABLE.fullmatch(text) is not None


class Secret:
    """A token that does not print: not in a repr, a format, a pickle or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        """Return the token itself; only the client's authorization header has use for it."""
        return self._value

    def check(self) -> None:
        """Raise `TokenError` for a token that cannot be sent."""
        if not is_sendable(self._value):
            message = "The RunComfy token holds characters that no token has; it may be cut or mangled."
            raise TokenError(
                message, hint="Copy it anew from your profile on runcomfy.com. Nothing was sent."
            )

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> Any:
        message = "a token is not pickled: whoever needs it takes it from its own environment"
        raise TypeError(message)


def token_source() -> str | None:
    """Say where the token comes from, or None; never the token."""
    found = _search_token()
    return found[0] if found else None


def find_token() -> Secret:
    """Return the token; raise `TokenError` if there is none, naming where it was looked for."""
    if found := _search_token():
        return found[1]
    places = [*TOKEN_VARIABLES, *(["Colab's secrets"] if _COLAB in sys.modules else [])]
    message = f"No RunComfy token: {', '.join(places)} and {token_file()} were looked at."
    hint = way_on(
        "%sora login asks for it and keeps it; or set RUNCOMFY_TOKEN before the kernel starts, or try "
        "without one: %sora sandbox on.",
        "Set RUNCOMFY_TOKEN, or try without one: RUNCOMFY_SANDBOX=1.",
    )
    raise TokenError(message, hint=f"{hint} Nothing was sent.")


def _search_token() -> tuple[str, Secret] | None:
    for name in TOKEN_VARIABLES:
        if value := os.environ.get(name, "").strip():
            return name, Secret(value)
    if value := _colab_secret():
        return "Colab's secrets", Secret(value)
    if value := _file_token():
        return str(token_file()), Secret(value)
    return None


def token_file() -> Path:
    """Return the official CLI's token file."""
    if folder := os.environ.get("RUNCOMFY_CONFIG_DIR"):
        return Path(folder).expanduser() / "token.json"
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(config).expanduser() / "runcomfy" / "token.json"


def _file_token() -> str:
    try:
        stored = json.loads(token_file().read_text(encoding="utf-8"))
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


def store(token: Secret) -> Path:
    """Keep a token where the official CLI keeps its own, readable by its owner alone; return the file.

    Raises `StorageError` where it cannot be written.
    """
    path = token_file()
    rest = {"refresh_token": None, "expires_at": None, "user_email": None}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A file of its own first, never readable by others, so that a cut leaves the old one whole.
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as stream:
            # In no variable: tools that report errors keep those of every frame.
            json.dump({"access_token": token.reveal(), **rest}, stream)
        draft.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
    else:
        return path
    raise StorageError(message, hint="Set RUNCOMFY_TOKEN before the kernel starts instead.")
