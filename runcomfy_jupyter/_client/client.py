"""The async client of RunComfy's Model API, usable alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_jupyter import settings
from runcomfy_jupyter._client import wire
from runcomfy_jupyter._client.connections import Closing, Timeouts
from runcomfy_jupyter._client.exchange import Exchange
from runcomfy_jupyter._client.lanes import Lanes
from runcomfy_jupyter._client.paths import model_path, request_path
from runcomfy_jupyter._client.refusals import Answer, unconfirmed
from runcomfy_jupyter._client.retries import READS, SUBMISSION, Clock, persist
from runcomfy_jupyter._client.words import plain
from runcomfy_jupyter.errors import BadReply, InputError, TokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.replies import Balance, Cancellation, Receipt, Result, Status

_T = TypeVar("_T")
_PAGE = 200
_MOST_PAGES = 25
_MOST_READS, _MOST_SUBMISSIONS = 200, 100
_KEPT = 60.0
# A kept connection that the other side has just closed takes a request and answers nothing: for
# a submission a false "unconfirmed". So each submission opens a connection of its own.
_FRESH = 0.0


class Client(Closing):
    """Talk to the Model API: `async with Client() as client: …`.

    `token`, `base_url`: None takes them from the settings; `base_url` has its `/v1` in it.
    `endpoint` stands for both. Every call but `submit` is repeated, up to four times in half a
    minute, after what may pass. All errors are those of `runcomfy_jupyter.errors`: `TokenError`,
    `RequestGone`, `Unreachable`, `Busy` (with `retry_after` in seconds), `BadReply`, …

    Source: the API page of `openai/sora-2/text-to-video`, "3. API reference".
    """

    def __init__(
        self,
        token: str | None = None,
        base_url: str | None = None,
        *,
        endpoint: settings.Endpoint | None = None,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Open no connection yet.

        Raises `TokenError` without a token that a header can carry, `InputError` for a base
        that is no address. `clock`, `timeouts` and `transport` are for other surroundings than
        a usual machine: a test, a browser.
        """
        if endpoint is None and base_url is None and settings.sandbox_asked_for():
            message = "RUNCOMFY_SANDBOX is on, and a client alone starts no sandbox: name its base_url."
            raise InputError(message, hint="python -m runcomfy_jupyter.sandbox says it. Nothing was sent.")
        if token is not None and not token.strip():
            message = "The token is empty."
            raise TokenError(message, hint="None takes it from the settings. Nothing was sent.")
        self._endpoint = endpoint or settings.endpoint(token, base_url)
        self._clock = clock or Clock()
        times = timeouts or Timeouts()

        def exchange(pause: float, most: int, keep: float) -> Exchange:
            lanes = transport or Lanes(most=most, keep=keep)
            return Exchange(self._endpoint, self._clock, times, lanes, pause=pause)

        self._reads = exchange(times.read, _MOST_READS, _KEPT)
        self._submissions = exchange(times.submission, _MOST_SUBMISSIONS, _FRESH)

    def __repr__(self) -> str:
        return f"Client(base_url={self._endpoint.base_url!r})"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._reads.aclose()
        await self._submissions.aclose()

    async def submit(self, model: str, inputs: Mapping[str, Any]) -> Receipt:
        """Send one paid request, and return the service's receipt.

        `inputs`: the fields of the model's input schema; they are the body, unwrapped, of
        `POST /v1/models/{model}`. It is sent again only where it certainly was not accepted: no
        connection came about, or the service said 429. Raises `SubmissionUnconfirmed` where
        nobody can know, and the service's reason (`InputError`, `ModelError`, `BalanceError`,
        `TokenError`, …) where it was refused.
        """
        url = self._endpoint.base_url + model_path(model)
        body = _body(inputs)

        async def attempt() -> Receipt:
            answer = await self._submissions.send("POST", url, body=body)
            if isinstance(answer, str):
                raise unconfirmed(answer)
            return wire.receipt(answer, model)

        return await persist(attempt, SUBMISSION, self._clock)

    async def status(self, request_id: str) -> Status:
        """Return where a request stands: `GET /v1/requests/{request_id}/status`."""
        url = self._endpoint.base_url + request_path(request_id, "status")
        return await self._read("GET", url, wire.status)

    async def result(self, request_id: str) -> Result:
        """Return a request's outcome, or its state while there is none yet.

        `GET /v1/requests/{request_id}/result`. `cost_usd` is in US dollars, and may come later
        than the rest.
        """
        url = self._endpoint.base_url + request_path(request_id, "result")
        return await self._read("GET", url, wire.result, {"include_cost": "true"})

    async def cancel(self, request_id: str) -> Cancellation:
        """Ask to cancel: `POST /v1/requests/{request_id}/cancel`. Only a queued request can be."""
        url = self._endpoint.base_url + request_path(request_id, "cancel")
        return await self._read("POST", url, wire.cancellation)

    async def models(
        self, search: str | None = None, *, category: str | None = None, kind: str | None = None
    ) -> list[ModelCard]:
        """Return the catalogue's cards: `GET /v1/models`, all pages of it, 5000 models at most.

        `kind`: model, workflow or inference.
        """
        asked = {"search": plain(search), "category": plain(category), "kind": plain(kind)}
        query = {name: value for name, value in asked.items() if value} | {"include_schema": "true"}
        found: dict[str, ModelCard] = {}
        seen = 0
        for _ in range(_MOST_PAGES):
            place = {"limit": str(_PAGE), "offset": str(seen)}
            url = f"{self._endpoint.base_url}/models"
            page = await self._read("GET", url, wire.models, {**query, **place})
            before, seen = len(found), seen + page.entries
            found.update((card.model_id, card) for card in page.cards)
            # Without a total a short page ends; a service that ignores the offset repeats itself.
            last = page.entries < _PAGE if page.total is None else seen >= page.total
            if last or len(found) == before:
                break
        return list(found.values())

    async def model(self, model_id: str) -> ModelCard:
        """Return one model's card, with its live input schema: `GET /v1/models/{model_id}`."""
        url = self._endpoint.base_url + model_path(model_id)
        return await self._read("GET", url, lambda answer: wire.model(answer, model_id))

    async def balance(self) -> Balance:
        """Return what is left in the account, in US dollars. The call has a base of its own."""
        return await self._read("GET", f"{self._endpoint.account_url}/balance", wire.balance)

    async def _read(
        self, method: str, url: str, read: Callable[[Answer], _T], query: Mapping[str, str] | None = None
    ) -> _T:
        """Make a call that does no harm when it is repeated."""

        async def attempt() -> _T:
            answer = await self._reads.send(method, url, query=query)
            if isinstance(answer, str):
                message = f"RunComfy did not answer: {answer}."
                raise BadReply(message)
            return read(answer)

        return await persist(attempt, READS, self._clock)


def _body(inputs: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(dict(inputs), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        reason = plain(str(error), 120)
    message = f"The inputs cannot be written as JSON: {reason}."
    raise InputError(message, hint="Nothing was sent.")
