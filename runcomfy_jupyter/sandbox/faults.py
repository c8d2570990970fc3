"""The named faults of a scenario: how each turns a true answer into a wrong one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from .tampering import Tampered, Unanswered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest

    from .request_queue import Request
    from .service import Sandbox


@dataclass(frozen=True, slots=True)
class Call:
    """A call about to be answered: what was asked, about which request, and the true answer if wanted."""

    http: HttpRequest
    subject: Request | None
    answer: Callable[[], Awaitable[Response]]
    """Take the call in earnest: a submission is accepted once this was called."""
    sandbox: Sandbox
    wait: float = 0.0
    """In how many seconds one more such call would be let through."""

    async def answered_json(self) -> tuple[Response, dict[str, Any]]:
        """Return the true answer together with its JSON."""
        response = await self.answer()
        return response, json.loads(bytes(response.body))


async def _drop_before_read(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001 - one shape
    return Unanswered(call.sandbox.stopping, reset=True)


async def _drop_after_read(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001
    await call.answer()
    return Unanswered(call.sandbox.stopping)


async def _hang(call: Call, given: dict[str, Any]) -> Response:
    if given["taken"]:
        await call.answer()
    return Unanswered(call.sandbox.stopping, seconds=given["seconds"])


async def _slow(call: Call, given: dict[str, Any]) -> Response:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(call.sandbox.stopping.wait(), given["seconds"])
    return await call.answer()


async def _status_code(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001
    return PlainTextResponse("the sandbox was told to fail", given["code"], headers=given["headers"])


async def _error(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001
    body = {"error_code": given["error_code"], "error_message": given["message"]}
    return JSONResponse(body, given["code"], headers=given["headers"])


async def _garbage(call: Call, given: dict[str, Any]) -> Response:
    if given["taken"]:
        await call.answer()
    return Response(given["text"], media_type=given["type"])


async def _html(call: Call, given: dict[str, Any]) -> Response:
    if given["taken"]:
        await call.answer()
    return HTMLResponse(given["text"], given["code"])


async def _json(call: Call, given: dict[str, Any]) -> Response:
    video = f"{call.http.base_url}media/{call.subject.id}.mp4" if call.subject else ""
    request_id = call.subject.id if call.subject else ""
    if given["taken"]:
        _, told = await call.answered_json()
        request_id = str(told.get("request_id", request_id))
    text = json.dumps(given["json"]).replace("{request_id}", request_id).replace("{video}", video)
    return Response(text, given["code"], media_type="application/json")


async def _redirect(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001
    return Response(status_code=given["code"], headers={"location": given["to"]})


async def _failed(call: Call, given: dict[str, Any]) -> Response:
    assert call.subject is not None  # noqa: S101 - FAULTS says that it needs an ended request
    call.subject.error = given["error"]
    call.sandbox.keep(call.subject)
    return await call.answer()


async def _without(call: Call, given: dict[str, Any]) -> Response:
    response, told = await call.answered_json()
    return JSONResponse(
        {key: value for key, value in told.items() if key != given["key"]}, response.status_code
    )


async def _late_cost(call: Call, given: dict[str, Any]) -> Response:
    assert call.subject is not None  # noqa: S101 - FAULTS says that it needs an ended request
    seconds = given["seconds"]
    if seconds is not None and call.sandbox.now() >= (call.subject.finished_at or 0) + seconds:
        return await call.answer()
    return await _without(call, {"key": "cost"})


async def _too_many(call: Call, given: dict[str, Any]) -> Response:
    seconds = max(1, math.ceil(call.wait))
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    told = format_datetime(at, usegmt=True) if given["as_date"] else str(seconds)
    body = {"error_code": 429000, "error_message": "too many requests"}
    return JSONResponse(body, 429, headers={"retry-after": told})


async def _cards(call: Call, given: dict[str, Any]) -> Response:
    """Change every card of an answer: take keys out, put others in, hide some, name the list otherwise."""
    response, told = await call.answered_json()

    def changed(card: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in card.items() if key not in given["drop"]}
        return {**kept, **given["put"]}

    if "model_id" in told:
        return JSONResponse(changed(told), response.status_code)
    if "models" not in told:
        return response
    hidden = given["hide"]
    cards = [card for card in told["models"] if hidden is None or not card["model_id"].startswith(hidden)]
    total = told["total"] - (len(told["models"]) - len(cards))
    listed = [changed(card) for card in cards]
    if not given["envelope"]:
        return JSONResponse(listed, response.status_code)
    rest = {"total": total, "limit": told["limit"], "offset": told["offset"]}
    return JSONResponse({given["envelope"]: listed} | rest, response.status_code)


async def _hidden_cards(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001
    call.http.scope["state"]["show_hidden"] = True
    return await call.answer()


async def _word(call: Call, given: dict[str, Any]) -> Response:
    response, told = await call.answered_json()
    return JSONResponse(told | {"status": given["word"]}, response.status_code)


async def _drop_mid_body(call: Call, given: dict[str, Any]) -> Response:
    return Tampered(await call.answer(), at=given["at"])


async def _wrong_length(call: Call, given: dict[str, Any]) -> Response:
    return Tampered(await call.answer(), length=given["length"])


async def _trickle(call: Call, given: dict[str, Any]) -> Response:
    return Tampered(await call.answer(), bytes_per_second=given["bytes_per_second"])


async def _no_range(call: Call, given: dict[str, Any]) -> Response:  # noqa: ARG001
    scope = call.http.scope
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"range"]
    return await call.answer()


@dataclass(frozen=True, slots=True)
class Fault:
    """One named fault: how it is done, its parameters with their defaults, and when it can strike."""

    act: Callable[[Call, dict[str, Any]], Awaitable[Response]]
    parameters: dict[str, Any] = field(default_factory=dict)
    needs_ended: bool = False
    """It strikes only a call about a request that has succeeded, where there is something to spoil."""


_NOT_READY = {"code": 400, "error_code": 400005, "message": "the result is not ready", "headers": None}
_GONE = {"code": 404, "error_code": 404001, "message": "no such request, or it has expired", "headers": None}

FAULTS: dict[str, Fault] = {
    "drop_before_read": Fault(_drop_before_read),
    "drop_after_read": Fault(_drop_after_read),
    "hang": Fault(_hang, {"seconds": 3600, "taken": False}),
    "slow": Fault(_slow, {"seconds": 1}),
    "status_code": Fault(_status_code, {"code": 503, "headers": None}),
    "error": Fault(_error, {"code": 400, "error_code": 400000, "message": "told to fail", "headers": None}),
    "error_200": Fault(
        _error, {"code": 200, "error_code": 500001, "message": "told to fail", "headers": None}
    ),
    "not_ready_400": Fault(_error, _NOT_READY),
    "expired": Fault(_error, _GONE),
    "garbage": Fault(_garbage, {"text": "\x00not json", "type": "application/json", "taken": True}),
    "html": Fault(_html, {"code": 200, "text": "<!doctype html><title>Sign in</title>", "taken": True}),
    "json": Fault(_json, {"code": 200, "json": {}, "taken": True}),
    "redirect": Fault(_redirect, {"code": 302, "to": "https://example.invalid/"}),
    "word": Fault(_word, {"word": "processing"}),
    "failed": Fault(_failed, {"error": {"code": 3043, "message": "AiError: told to fail"}}, needs_ended=True),
    "no_output": Fault(_without, {"key": "output"}, needs_ended=True),
    "late_cost": Fault(_late_cost, {"seconds": None}, needs_ended=True),
    "too_many": Fault(_too_many, {"as_date": False}),
    "cards": Fault(_cards, {"drop": [], "put": {}, "hide": None, "envelope": "models"}),
    "hidden_cards": Fault(_hidden_cards),
    "drop_mid_body": Fault(_drop_mid_body, {"at": 0.5}),
    "wrong_length": Fault(_wrong_length, {"length": 10**12}),
    "trickle": Fault(_trickle, {"bytes_per_second": 200_000}),
    "no_range": Fault(_no_range),
}
