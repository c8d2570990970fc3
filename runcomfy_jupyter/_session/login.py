"""A token that somebody hands over: looked at, tried, and kept where the official CLI keeps its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_jupyter import settings
from runcomfy_jupyter.errors import RunComfyError, ServiceError, TokenError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_jupyter._domain.replies import Balance
    from runcomfy_jupyter._session.session import Session

# The curly ones come with texts that a word processor has had in its hands.
_QUOTES = "'\"`\u2018\u2019\u201c\u201d"
_MADE = "Tokens are made in your profile on runcomfy.com."
_NOT_KEPT = "Nothing was stored."


class Kept(NamedTuple):
    """A token that was accepted and stored. `wins`: where another one is, which is used instead."""

    path: Path
    balance: Balance
    wins: str | None


def flaw(token: settings.Secret) -> str:
    """Say what is wrong with a token as it was pasted, empty where nothing is seen; never the token."""
    text = token.reveal()
    return next((words for is_so, words in _FLAWS if is_so(text)), "")


def keep(session: Session, token: settings.Secret) -> Kept:
    """Try a token by the balance call, which costs nothing, and store it.

    Raises `TokenError` for one that is none or that the service does not accept, `ServiceError`
    where the service cannot be asked, `StorageError`: then nothing was stored.
    """
    if reason := flaw(token):
        raise TokenError(f"This is no token: {reason}.", hint=f"{_NOT_KEPT} {_MADE}")
    # Not as an argument: no frame of an error on the way shall hold it as plain text.
    endpoint = replace(settings.endpoint(token="unknown"), token=token)  # noqa: S106 - a word in its place
    try:
        balance = session.balance(endpoint)
    except RunComfyError as error:
        failure = error
    else:
        path = settings.store(token)
        return Kept(path, balance, _winner(path, token))
    # Not inside the handler: the error would carry the call along as its context.
    raise type(failure)(failure.message, hint=_why_not(failure))


def _winner(path: Path, token: settings.Secret) -> str | None:
    """Return where a token comes from that is found before the stored one, unless it is the same."""
    source = settings.token_source()
    if source == str(path):
        return None
    try:
        same = settings.endpoint().token == token
    except TokenError:  # the one that is found first is mangled
        same = False
    return None if same else source


def _why_not(failure: RunComfyError) -> str:
    if isinstance(failure, TokenError):
        return f"{_NOT_KEPT} {_MADE}"
    if isinstance(failure, Unreachable):
        return f"{_NOT_KEPT} Look at the network or the proxy, then try again; %sora doctor looks along."
    if isinstance(failure, ServiceError):
        return f"{_NOT_KEPT} A token is tried by asking for the balance; try again, or see %sora doctor."
    return f"{failure.hint} {_NOT_KEPT}".strip()


def _names_a_variable(text: str) -> bool:
    name = text.removeprefix("export").strip().partition("=")[0].strip()
    return name in settings.TOKEN_VARIABLES


_FLAWS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: not text, "it is empty"),
    (_names_a_variable, "it is a variable's name, or has one before it"),
    (lambda text: text.lower().startswith("bearer "), "it begins with the word Bearer"),
    (lambda text: text[0] in _QUOTES or text[-1] in _QUOTES, "quotation marks were copied along with it"),
    (lambda text: any(mark.isspace() for mark in text), "there is a space or a line break in it"),
    (lambda text: not settings.is_sendable(text), "it holds characters that no token has"),
    (lambda text: text[0] in "<[{$%" or text[-1] in ">]}", "it is a placeholder, not the token itself"),
)
