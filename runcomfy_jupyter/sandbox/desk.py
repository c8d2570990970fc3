"""What every call passes through: journal, authorization, a scenario's faults, errors in the API's form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from .faults import FAULTS, Call
from .tampering import Unanswered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from .request_queue import Request
    from .scenarios import Rule
    from .service import Sandbox

    Handler = Callable[[Sandbox, HttpRequest], Awaitable[Response]]

_OPEN = {"media", "unknown"}
"""Calls that want no token: a clip's URL is like a pre-signed one, and refuses it."""


class ApiError(Exception):
    """A call is answered with an error in the API's form."""

    def __init__(
        self, status: int, error_code: int, message: str, detail: list[dict[str, Any]] | None = None
    ) -> None:
        """Give the HTTP status, the API's own code, and words."""
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error_code": error_code, "error_message": message}
        if detail is not None:
            self.body["detail"] = detail


class Desk:
    """Answer one kind of call, `on`, by its handler or by the fault that strikes it."""

    def __init__(self, sandbox: Sandbox, on: str, handler: Handler) -> None:
        """Serve `handler` for `sandbox`."""
        self._sandbox = sandbox
        self._on = on
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application."""
        http = HttpRequest(scope, receive)
        now = self._sandbox.now()
        self._sandbox.last_active = now
        request_id = http.path_params.get("request_id")
        entry = self._sandbox.journal.open(
            on=self._on,
            method=http.method,
            target=(http.url.path, http.url.query),
            at=now,
            authorization=http.headers.get("authorization"),
        )
        entry.request_id, entry.range = request_id, http.headers.get("range")
        try:
            entry.body = read_json(await http.body())
        except ClientDisconnect:
            return
        except NotJsonError:
            pass

        async def answer() -> Response:
            response = await self._true_answer(http)
            if self._on == "submit":
                entry.request_id = json.loads(bytes(response.body)).get("request_id")
            return response

        subject = self._sandbox.find(request_id) if request_id else None
        rule = self._striking(http, subject, now)
        if rule is None:
            response = await answer()
        else:
            entry.fault = rule.fault
            call = Call(http, subject, answer, self._sandbox, rule.wait(now))
            response = await FAULTS[rule.fault].act(call, rule.parameters)
        entry.answered = None if isinstance(response, Unanswered) else response.status_code
        await response(scope, receive, send)

    async def _true_answer(self, http: HttpRequest) -> Response:
        try:
            if self._on not in _OPEN:
                _require_token(http)
            return await self._handler(self._sandbox, http)
        except ApiError as error:
            return JSONResponse(error.body, error.status)

    def _striking(self, http: HttpRequest, subject: Request | None, now: float) -> Rule | None:
        request_id = http.path_params.get("request_id")
        model_id = subject.card.model_id if subject is not None else http.path_params.get("model_id")
        has_succeeded = subject is not None and subject.outcome == "succeeded"
        for rule in self._sandbox.scenarios.rules:
            if not rule.is_for(self._on, request_id, model_id) or self._on == "unknown":
                continue
            if (has_succeeded or not FAULTS[rule.fault].needs_ended) and rule.strikes(now):
                return rule
        return None


class NotJsonError(ValueError):
    """A body is not JSON that every reader would read alike."""


def read_json(body: bytes) -> Any:
    """Read a body as JSON, without the NaN and the halves of characters that Python alone would take.

    Raises:
        NotJsonError: It is something else, or nothing.

    """
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error
    return value


def _require_token(http: HttpRequest) -> None:
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, 400004, "no token: send Authorization: Bearer <token> (the sandbox takes any)")
