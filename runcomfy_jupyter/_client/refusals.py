"""What an answer that is not the asked-for reply means, and who can mend it.

The codes and their meaning are those of RunComfy's public pages: a body of `error_code`,
`error_message` and `detail`, at any HTTP status, 200 included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from runcomfy_jupyter._client.retries import retry_after
from runcomfy_jupyter._client.words import plain, said
from runcomfy_jupyter.errors import (
    BadReply,
    BalanceError,
    Busy,
    InputError,
    ModelError,
    RequestGone,
    RunComfyError,
    ServiceError,
    SubmissionUnconfirmed,
    TokenError,
)
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOT_READY = 400005
# A 303 says that the request was taken and its outcome lies elsewhere, so it is not among these.
_REDIRECTED_UNREAD = frozenset({301, 302, 307, 308})
# Timed out, in conflict with another copy, too early, given up: none says what became of it.
_UNCLEAR = frozenset({408, 409, 425, 499})


class Answer(NamedTuple):
    """One HTTP answer, whole. `received_at`: seconds since the epoch; it dates `Retry-After`."""

    http: int
    headers: Mapping[str, str]
    body: bytes
    received_at: float = 0.0

    @property
    def fine(self) -> bool:
        """Whether HTTP calls it a success; the body may still disagree."""
        return 200 <= self.http < 300  # noqa: PLR2004 - the HTTP class of success

    @property
    def retry_after(self) -> float | None:
        """The seconds that the service asked to wait, if it did."""
        return retry_after(self.headers.get("retry-after"), self.received_at)


class Refusal(NamedTuple):
    """What the tables below have to go by: the answer, its words, and the model asked for."""

    answer: Answer
    words: str
    model: str

    def saying(self, message: str) -> str:
        """Return our message with the service's words behind it, if it said any."""
        return f"{message}: {self.words}" if self.words else f"{message}."


def error_code(body: Mapping[str, Any]) -> int | None:
    """Return a body's error code, -1 for one that is no number, None where there is none."""
    code = body.get("error_code")
    if code in (None, "", 0):
        return None
    if isinstance(code, str) and code.isdecimal() and len(code) < 10:  # noqa: PLR2004 - no number of theirs
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else -1


def not_ready(body: Mapping[str, Any]) -> bool:
    """Tell whether an error body says only that the result is not there yet."""
    return error_code(body) == _NOT_READY


def refusal(answer: Answer, body: Mapping[str, Any], model: str = "") -> RunComfyError:
    """Return the error that an answer amounts to; `model`: the id that was asked for, if one was."""
    case = Refusal(answer, said(body), model)
    code = error_code(body)
    kind = _kind(answer.http, code)
    if model and kind == 404:  # noqa: PLR2004 - no model of that name has no code of its own
        return _no_model(case)
    if make := _BY_CODE.get(code or 0) or _BY_KIND.get(kind):
        return make(case)
    if kind >= 500:  # noqa: PLR2004 - the HTTP class of the service's own faults
        message = case.saying(f"RunComfy is in trouble (HTTP {kind})")
        return BadReply(message, retry_after=answer.retry_after)
    if 300 <= kind < 400:  # noqa: PLR2004 - the HTTP class of redirects
        return _redirect(case)
    return ServiceError(case.saying(f"RunComfy refused the request ({_number(answer.http, code)})"))


def certainly_refused(answer: Answer, body: Mapping[str, Any]) -> bool:
    """Tell whether an answer to a submission proves that it was not accepted.

    Only then may it be sent again, or the job be called failed. A 5xx is no proof: what stands
    in front of the service may give up while the service goes on.
    """
    http, family = answer.http, (error_code(body) or 0) // 1000
    signs = [sign for sign in (http, family) if sign >= 400]  # noqa: PLR2004 - HTTP's classes
    if any(sign in _UNCLEAR or sign >= 500 for sign in signs):  # noqa: PLR2004 - HTTP's classes
        return False
    return http in _REDIRECTED_UNREAD or (bool(signs) and (answer.fine or http in signs))


def unconfirmed(reason: str) -> SubmissionUnconfirmed:
    """Return the error of a submission that nobody knows the fate of; `reason` ends without a stop."""
    hint = (
        "It may be running, and billed: look under Generations on runcomfy.com. "
        "It is not sent again by itself."
    )
    return SubmissionUnconfirmed(f"The request was sent, but {reason}.", hint=hint)


def _kind(http: int, code: int | None) -> int:
    """Return the HTTP status that an answer means: the first half of its code, if HTTP is vaguer."""
    family = (code or 0) // 1000
    return family if 400 <= family < 600 and http < 500 else http  # noqa: PLR2004 - HTTP's classes


def _number(http: int, code: int | None) -> str:
    return f"HTTP {http}" if code is None or code < 0 else f"HTTP {http}, error {code}"


def _no_model(case: Refusal) -> RunComfyError:
    hint = "Another model: --model ID, or rc.submit(…, model=ID). Nothing was generated or billed."
    name = case.model or "of that name"
    if case.model.startswith("openai/sora-2"):
        hint = f"OpenAI announced the end of sora-2 and its Videos API for 24 September 2026. {hint}"
    return ModelError(case.saying(f"RunComfy has no model {name}"), hint=hint)


def _no_balance(case: Refusal) -> RunComfyError:
    message = case.saying("Your RunComfy balance does not cover this request")
    return BalanceError(message, hint="Nothing was generated. Top up at runcomfy.com.")


def _bad_token(case: Refusal) -> RunComfyError:
    message = case.saying("RunComfy does not accept the token; it may be mistyped, expired or revoked")
    hint = "Tokens are made in your profile on runcomfy.com and set as RUNCOMFY_TOKEN"
    hint += way_on(
        " before the kernel starts. To try without one: %sora sandbox on.",
        ". To try without one: RUNCOMFY_SANDBOX=1.",
    )
    return TokenError(message, hint=hint)


def _gone(case: Refusal) -> RunComfyError:
    message = case.saying("RunComfy has no such request for this token")
    return RequestGone(message, hint="It was deleted, has expired, or belongs to another account.")


def _bad_input(case: Refusal) -> RunComfyError:
    return InputError(case.saying("RunComfy refused the input"), hint="Nothing was generated.")


def _busy(case: Refusal) -> RunComfyError:
    wait = case.answer.retry_after
    hint = "" if wait is None else f"It asks for {wait:.0f} s."
    return Busy(case.saying("RunComfy asks to come back later"), hint=hint, retry_after=wait)


def _redirect(case: Refusal) -> RunComfyError:
    """Name the redirect that was not followed: the token is for the API's own address alone."""
    target = plain(case.answer.headers.get("location"))
    try:
        host = urlsplit(target).hostname or "another address of its own"
    except ValueError:
        host = "an address that cannot be read"
    message = (
        f"RunComfy answered with a redirect (HTTP {case.answer.http}) to {host}, which was not followed."
    )
    return ServiceError(message, hint="The token goes to the API's own address alone.")


_BY_CODE: dict[int, Callable[[Refusal], RunComfyError]] = {
    400001: _no_model,
    400002: _no_balance,
    400004: _bad_token,
    403001: _gone,
    404001: _gone,
}
_BY_KIND: dict[int, Callable[[Refusal], RunComfyError]] = {
    401: _bad_token,
    402: _no_balance,
    408: _busy,
    422: _bad_input,
    425: _busy,
    429: _busy,
}
