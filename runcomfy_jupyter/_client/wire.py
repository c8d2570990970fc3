"""What comes back from RunComfy's Model API: bytes in, replies of the domain out.

Pure: no clock, no network. Each function takes one whole `Answer` and returns a reply, or raises
the error that the answer amounts to; whatever the bytes are, nothing else comes out. The shapes
are those of the given API page of `openai/sora-2/text-to-video` and of RunComfy's other public
pages; where those are silent or disagree, this reads leniently.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._client.moments import moment
from runcomfy_jupyter._client.outputs import urls
from runcomfy_jupyter._client.paths import is_request_id
from runcomfy_jupyter._client.refusals import (
    Answer,
    certainly_refused,
    error_code,
    not_ready,
    refusal,
    unconfirmed,
)
from runcomfy_jupyter._client.words import plain, said
from runcomfy_jupyter._domain.models import ModelCard, is_model_id
from runcomfy_jupyter._domain.replies import Balance, Cancellation, Outcome, Phase, Receipt, Result, Status
from runcomfy_jupyter.errors import BadReply

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_DESCRIPTION = 2000
_LARGEST_AMOUNT = Decimal(10) ** 9
_LARGEST_COUNT = 10**9

_PHASES = {
    "in_queue": Phase.IN_QUEUE,
    "queued": Phase.IN_QUEUE,
    "pending": Phase.IN_QUEUE,
    "waiting": Phase.IN_QUEUE,
    "in_progress": Phase.IN_PROGRESS,
    "starting": Phase.IN_PROGRESS,
    "processing": Phase.IN_PROGRESS,
    "running": Phase.IN_PROGRESS,
    "cancellation_requested": Phase.IN_PROGRESS,
    "completed": Phase.COMPLETED,
    "succeeded": Phase.SUCCEEDED,
    "failed": Phase.FAILED,
    "cancelled": Phase.CANCELLED,
    "canceled": Phase.CANCELLED,
}
_OUTCOMES = {
    "cancelled": Outcome.CANCELLED,
    "canceled": Outcome.CANCELLED,
    "not_cancellable": Outcome.NOT_CANCELLABLE,
    "not_cancelable": Outcome.NOT_CANCELLABLE,
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the catalogue. `entries` counts what it held, unreadable cards included."""

    cards: tuple[ModelCard, ...]
    entries: int
    total: int | None


def receipt(answer: Answer, model: str) -> Receipt:
    """Read the answer to a submission.

    Raises the service's reason where it certainly did not accept it, and
    `SubmissionUnconfirmed` for everything that is neither that nor a clear acceptance.
    """
    body = _object(answer.body)
    if certainly_refused(answer, body or {}):
        raise refusal(answer, body or {}, model)
    if body is None:
        reason = f"the answer (HTTP {answer.http}) is not what the API answers"
    elif not answer.fine or error_code(body) is not None:
        reason = f"the answer (HTTP {answer.http}) does not say whether it was accepted"
        reason = f"{reason}: {words}" if (words := said(body).rstrip(".")) else reason
    elif is_request_id(found := body.get("request_id")):
        return Receipt(found)
    else:
        reason = "the answer holds no request id that can be used"
    raise unconfirmed(reason)


def status(answer: Answer) -> Status:
    """Read where a request stands."""
    body = _reply(answer)
    phase, word = _phase(body)
    return Status(phase, _count(body.get("queue_position")), word)


def result(answer: Answer) -> Result:
    """Read a request's result; while there is none, the state to go on asking from.

    `completed` means "has finished": with an address it succeeded, whatever it says besides, since
    what was paid for must not count as failed and be bought again; with an error alone it failed;
    with neither it stays `completed`, since the output may come a little later.
    """
    body = _object(answer.body) or {}
    if not_ready(body) and answer.http < 500:  # noqa: PLR2004 - the HTTP class of the service's own faults
        return Result(Phase.IN_PROGRESS)
    if not (answer.fine and _PHASES.get(_word(body)) is Phase.FAILED):
        body = _reply(answer)
    output, error = urls(body.get("output")), _failure(body)
    phase = Phase.COMPLETED
    if _word(body) or not (output or error):
        phase, _ = _phase(body)
    if phase is Phase.COMPLETED and (output or error):
        phase = Phase.SUCCEEDED if output else Phase.FAILED
    times = moment(body.get("created_at")), moment(body.get("finished_at"))
    return Result(phase, output, error, _amount(body.get("cost"), least=Decimal(0)), *times)


def cancellation(answer: Answer) -> Cancellation:
    """Read what came of asking to cancel; `Outcome.UNKNOWN` if the service does not say."""
    body = _object(answer.body)
    if answer.fine and not answer.body.strip():
        return Cancellation(Outcome.UNKNOWN)
    known = _OUTCOMES.get(_word(body or {}, "outcome")) or _OUTCOMES.get(_word(body or {}))
    # A conflict is how HTTP says "too late to cancel"; any other refusal is an error.
    if known and (answer.http == 409 or answer.fine) and error_code(body or {}) is None:  # noqa: PLR2004
        return Cancellation(known)
    _reply(answer)
    return Cancellation(Outcome.UNKNOWN)


def models(answer: Answer) -> Page:
    """Read one page of the catalogue; a card that cannot be read is left out."""
    body = _reply(answer)
    entries = body.get("models")
    if not isinstance(entries, list):
        raise _unreadable(answer, "a list of models")
    cards = tuple(card for entry in entries if (card := _card(entry)))
    return Page(cards, len(entries), _count(body.get("total")))


def model(answer: Answer, model_id: str) -> ModelCard:
    """Read one model's card."""
    card = _card(_reply(answer, model_id))
    if card is None:
        raise _unreadable(answer, "a model's card")
    return card


def balance(answer: Answer) -> Balance:
    """Read what is left in the account: `balance_usd`, or else millionths of a dollar."""
    body = _reply(answer)
    usd = _amount(body.get("balance_usd"))
    if usd is None and (micro := _amount(body.get("balance_microdollars"))) is not None:
        usd = micro / 10**6
    if usd is None:
        raise _unreadable(answer, "a balance")
    return Balance(usd)


def _object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a body is, or None. JSON is UTF-8 here, not guessed."""
    try:
        value = json.loads(body.decode("utf-8-sig", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _reply(answer: Answer, model_id: str = "") -> dict[str, Any]:
    """Return the body of a success; raise the error that any other answer amounts to."""
    body = _object(answer.body)
    if not answer.fine or (body is not None and error_code(body) is not None):
        raise refusal(answer, body or {}, model_id)
    if body is None:
        raise _unreadable(answer, "a JSON object")
    return body


def _unreadable(answer: Answer, wanted: str) -> BadReply:
    return BadReply(f"RunComfy's answer (HTTP {answer.http}) cannot be understood: it is not {wanted}.")


def _word(body: Mapping[str, Any], key: str = "status") -> str:
    return plain(body.get(key), 60).lower().replace("-", "_").replace(" ", "_")


def _phase(body: Mapping[str, Any]) -> tuple[Phase, str]:
    """Return the state that a body names, and the service's own word for it."""
    word = plain(body.get("status"), 60)
    if not word:
        message = "RunComfy's answer cannot be understood: it names no state."
        raise BadReply(message)
    return _PHASES.get(_word(body), Phase.UNKNOWN), word


def _failure(body: Mapping[str, Any]) -> str:
    """Return why a result is none, in one line; empty if it does not say that it failed."""
    error = body.get("error")
    return said(error) or plain(body.get("error_message")) or ("no reason was given" if error else "")


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < _LARGEST_COUNT else None


def _amount(value: object, *, least: Decimal = -_LARGEST_AMOUNT) -> Decimal | None:
    """Return an amount of money as the digits that were sent say it, or None for what is none."""
    if not isinstance(value, int | float | str):
        return None
    try:
        # A boolean is an integer to Python, but its word is no number.
        amount = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() and least <= amount <= _LARGEST_AMOUNT else None


def _card(entry: object) -> ModelCard | None:
    """Return the card of one entry, with its texts made safe to show, or None."""
    if not isinstance(entry, dict) or not is_model_id(entry.get("model_id")):
        return None
    price = _amount(entry.get("base_price_usd"), least=Decimal(0))
    texts = {key: plain(entry.get(key)) for key in ("display_name", "kind", "price_unit", "pricing_note")}
    description = plain(entry.get("description"), _LONGEST_DESCRIPTION)
    return ModelCard.parse({**entry, **texts, "description": description, "base_price_usd": price})
