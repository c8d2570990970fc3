"""The way to RunComfy: the sandbox in its place, the token, the address, the account, the model."""

from __future__ import annotations

import os
import shlex
import ssl
import stat
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.reports import Check
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._session.login import flaw
from runcomfy_jupyter._session.sandbox import lacking
from runcomfy_jupyter._session.waiting import answer
from runcomfy_jupyter.errors import InputError, ModelError, RunComfyError, ServiceError, TokenError

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._client.probe import Probe
    from runcomfy_jupyter._session.session import Session

# Less than all that the doctor has, so that the reason is still told.
_PATIENCE = 4.5
_ASKED_ONCE = 3.0
_WRONG_BY = 120
# How the library that checks a certificate says that it does not hold.
_UNVOUCHED = "CERTIFICATE_VERIFY_FAILED"
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_PRIVATE = stat.S_IRWXG | stat.S_IRWXO


def sandbox(session: Session) -> list[Check]:
    """Tell whether the sandbox stands in for RunComfy, and whether it can."""
    checks = []
    try:
        settings.sandbox_asked_for()
    except RunComfyError as error:
        mend = "Set it to 1 or 0 before the kernel starts; `%sora sandbox on` turns the sandbox on now."
        checks.append(Check(Kind.BAD, "Sandbox", error.message, mend))
    absent = lacking()
    if absent:
        told = f"the sandbox lacks {', '.join(absent)}"
        mend = 'Run `%pip install "runcomfy_jupyter[sandbox]"`.'
        if session.sandbox_on:
            return [*checks, Check(Kind.BAD, "Sandbox", f"on, but {told}", mend)]
        return [*checks, Check(Kind.OVER, "Sandbox", f"off; {told}", f"To try without a token: {mend}")]
    if session.sandbox_on:
        told = "on: requests go to this machine; no token is needed, nothing is billed"
        return [*checks, Check(Kind.GOOD, "Sandbox", told, "`%sora sandbox off` goes back to RunComfy.")]
    return [*checks, Check(Kind.OVER, "Sandbox", "off: requests are sent with your token, and billed")]


def token(session: Session) -> list[Check]:
    """Say where the token is found, and whether it looks like one; never the token."""
    source = settings.token_source()
    checks = _file(settings.token_file(), source)
    if source is None:
        if session.sandbox_on:
            return [*checks, Check(Kind.OVER, "Token", "none found; the sandbox needs none")]
        told = f"none found: {', '.join(settings.TOKEN_VARIABLES)} and {settings.token_file()} were looked at"
        mend = "`%sora login` asks for one and keeps it; `%sora sandbox on` works without."
        return [*checks, Check(Kind.BAD, "Token", told, mend)]
    if reason := flaw(settings.find_token()):
        told = f"the one of {source} cannot be a token: {reason}"
        return [*checks, Check(Kind.BAD, "Token", told, _another(source))]
    others = [
        name for name in settings.TOKEN_VARIABLES if name != source and os.environ.get(name, "").strip()
    ]
    unused = f"; not used: {', '.join(others)}" if others else ""
    return [*checks, Check(Kind.GOOD, "Token", f"found in {source}{unused}")]


def _file(path: Path, source: str | None) -> list[Check]:
    """Look at the official CLI's token file, where there is one."""
    if not os.access(path, os.F_OK):
        return []
    if source is None:
        told = f"{path} is there, but no token in it can be read"
        return [Check(Kind.CARE, "Token", told, "`%sora login` writes it anew.")]
    if source == str(path) and os.name == "posix" and path.stat().st_mode & _PRIVATE:
        told = f"{path} can be read by other users of this machine"
        return [Check(Kind.CARE, "Token", told, f"Run `!chmod 600 {shlex.quote(str(path))}`.")]
    return []


def _another(source: str) -> str:
    made = "Copy it anew from your profile on runcomfy.com"
    if source in settings.TOKEN_VARIABLES:
        return f"{made}, and set {source} before the kernel starts; or take {source} away, and `%sora login`."
    return f"{made}: `%sora login` asks for it and keeps it." if "Colab" not in source else f"{made}."


def address(session: Session) -> list[Check]:
    """Look whether something that speaks as the API does answers, and when it thinks it is."""
    if unread := _certificates():
        return unread
    if session.sandbox_on:
        base = session.sandbox.base_url()
        if base is None:
            return [Check(Kind.GOOD, "Address", "the sandbox starts with the first request")]
    else:
        # Both addresses are looked at; the word in the token's place goes nowhere.
        base = settings.endpoint(token="unknown").base_url  # noqa: S106 - see above
    from runcomfy_jupyter._client.probe import probe  # noqa: PLC0415 - httpx comes with the first use

    try:
        look = probe(f"{base}/models?limit=1", _ASKED_ONCE)
        found = answer(session.engine.background.run(look), _PATIENCE, "Look at the network or the proxy.")
    except ServiceError as error:
        if session.sandbox_on:
            return [Check(Kind.GOOD, "Address", f"the sandbox sleeps; the next request starts it at {base}")]
        mend = _INTERCEPTED if _UNVOUCHED in error.message else error.hint
        return [Check(Kind.BAD, "Address", error.message, _what_sets(mend))]
    return _judged(base, found)


def _judged(base: str, found: Probe) -> list[Check]:
    """Say what kind of answer came from an address."""
    if not found.speaks_json:
        told = f"something answers at {base}, but not as RunComfy's API does (HTTP {found.http})"
        mend = _what_sets("Something may stand in between: a proxy, a log-in page.")
        return [Check(Kind.BAD, "Address", told, mend)]
    if found.http == HTTPStatus.NOT_FOUND:
        told = f"something answers at {base}, but has no list of models (HTTP {found.http})"
        return [Check(Kind.CARE, "Address", told, _what_sets("Its path may be wrong."))]
    by = f" by way of {_proxies()}" if _proxies() else ""
    return [Check(Kind.GOOD, "Address", f"{base} answers{by}"), *_clock(found.dated)]


_INTERCEPTED = (
    "Where a network puts its own certificates in between, name a file with its authority by SSL_CERT_FILE, "
    "then restart the kernel. A wrong clock does this, too."
)


def _certificates() -> list[Check]:
    """Look whether the file of certificates that the environment names can be read."""
    named = os.environ.get("SSL_CERT_FILE")
    try:
        if named:
            ssl.create_default_context(cafile=named)
    except OSError as error:
        told = f"SSL_CERT_FILE names {named}, where no certificates can be read ({error.strerror})"
        mend = "Name a file of certificates, or take the variable away; then restart the kernel."
        return [Check(Kind.BAD, "Address", told, mend)]
    return []


def _what_sets(mend: str) -> str:
    """Add what decides where requests go; of a proxy the name alone, for its address may hold a password."""
    if proxies := _proxies():
        mend += f" The proxy is set by {proxies}."
    if os.environ.get("RUNCOMFY_MODEL_API_BASE"):
        mend += " RUNCOMFY_MODEL_API_BASE sets this address: is it right?"
    return mend


def _proxies() -> str:
    return " and ".join(name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.lower()))


def _clock(dated: float | None) -> list[Check]:
    """Compare this machine's clock with that of an answer that has just come."""
    wrong = 0.0 if dated is None else time.time() - dated
    if abs(wrong) <= _WRONG_BY:
        return []
    by = f"about {words.duration(60 * round(abs(wrong) / 60))} {'ahead' if wrong > 0 else 'behind'}"
    mend = "Set it: certificates and the addresses of files go by the time."
    return [Check(Kind.CARE, "Clock", f"this machine's clock is {by}", mend)]


def account(session: Session, *, patience: float = _PATIENCE) -> list[Check]:
    """Ask for the balance: whether the token is accepted, and what is left."""
    endpoint = _usable(session)
    if endpoint is None:
        return []
    try:
        balance = answer(session.engine.ask(endpoint, lambda client: client.balance()), patience)
    except TokenError as error:
        source = settings.token_source() or ""
        told = f"the token of {source} is refused: {error.message}"
        return [Check(Kind.BAD, "Account", told, _another(source))]
    except ServiceError as error:
        return [Check(Kind.CARE, "Account", error.message, "Whether the token is accepted is not known.")]
    except InputError:
        return []  # of the way there, and `address` tells
    left = f"the token is accepted; {words.dollars(balance.usd)} left"
    if balance.usd <= 0:
        return [Check(Kind.CARE, "Account", left, "Top up at runcomfy.com: nothing is taken without.")]
    return [Check(Kind.GOOD, "Account", left)]


def model(session: Session, *, patience: float = _PATIENCE) -> list[Check]:
    """Ask whether the service has the model of the settings."""
    endpoint = _usable(session)
    name = session.options.model
    if endpoint is None:
        return []
    try:
        card = answer(session.engine.ask(endpoint, lambda client: client.model(name)), patience)
    except ModelError as error:
        mend = "`%sora models` lists what there is; `%config Sora.model = …` takes another."
        return [Check(Kind.BAD, "Model", error.message, mend)]
    except (ServiceError, TokenError, InputError):
        return []  # `address` and `account` tell
    return [Check(Kind.GOOD, "Model", f"{card.display_name} ({card.model_id}) is there")]


def _usable(session: Session) -> settings.Endpoint | None:
    """Return where to ask and with which token; None where `token` or `address` tells why not."""
    if session.sandbox_on or settings.token_source() is None:
        return None
    try:
        endpoint = settings.endpoint()
    except RunComfyError:
        return None
    return None if flaw(endpoint.token) else endpoint
