"""The sandbox's HTTP: the calls of the API page, catalogue, balance and clips."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from . import catalogue, control
from .desk import ApiError, Desk, NotJsonError, read_json
from .misfits import misfits
from .renderer import RenderError

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest

    from .clip import Clip
    from .request_queue import Request
    from .service import Sandbox

_NOTICE = (
    "This is a clip of the RunComfy sandbox on your own machine, not a generated video. "
    "Nothing was billed; any cost is made up."
)
_BALANCE_USD = 100
_CATALOGUE_PAGE = 500


class _File(FileResponse):
    """A file in few large pieces: each costs a hop to a thread, which shows when a thousand are fetched."""

    chunk_size = 1 << 20


def build(sandbox: Sandbox) -> Starlette:
    """Make the ASGI application that serves one sandbox."""

    def route(path: str, method: str, handler: Any, on: str) -> Route:
        return Route(path, Desk(sandbox, on, handler), methods=[method])

    everything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(
        routes=[
            route("/v1/models", "GET", _models, "models"),
            route("/v1/models/categories", "GET", _categories, "models"),
            route("/v1/models/{model_id:path}", "GET", _model, "models"),
            route("/v1/models/{model_id:path}", "POST", _submit, "submit"),
            route("/v1/requests/{request_id}/status", "GET", _status, "status"),
            route("/v1/requests/{request_id}/result", "GET", _result, "result"),
            route("/v1/requests/{request_id}/cancel", "POST", _cancel, "cancel"),
            route("/prod/v2/balance", "GET", _balance, "balance"),
            route("/media/{request_id}.{suffix}", "GET", _media, "media"),
            route("/media/{request_id}/{number:int}.{suffix}", "GET", _media, "media"),
            *control.routes(sandbox),
            Route("/{path:path}", Desk(sandbox, "unknown", _unknown), methods=everything),
        ]
    )


async def _submit(sandbox: Sandbox, http: HttpRequest) -> Response:
    card = _card(http)
    try:
        body = read_json(await http.body())
    except NotJsonError as error:
        raise ApiError(422, 422001, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError(422, 422001, "the body must be a JSON object that holds the model's fields")
    wrong = [] if card.is_lenient else misfits(card.schema, body)
    if wrong:
        detail = [{"loc": ["body", *misfit.path], "msg": misfit.message} for misfit in wrong]
        raise ApiError(422, 422001, "; ".join(f"{misfit.field} {misfit.message}" for misfit in wrong), detail)
    request = sandbox.submit(card, body)
    urls = {
        f"{what}_url": f"{http.base_url}v1/requests/{request.id}/{what}"
        for what in ("status", "result", "cancel")
    }
    return JSONResponse({"request_id": request.id, **urls})


async def _status(sandbox: Sandbox, http: HttpRequest) -> Response:
    return JSONResponse(_state(sandbox, _request(sandbox, http)))


async def _result(sandbox: Sandbox, http: HttpRequest) -> Response:
    request = _request(sandbox, http)
    told = _state(sandbox, request) | {
        "status": request.outcome,
        "created_at": _iso(request.created_at),
        "finished_at": _iso(request.finished_at),
        "sandbox": _NOTICE,
    }
    if request.outcome == "succeeded":
        told["output"] = request.card.output(
            [(clip.medium, f"{http.base_url}media/{name}") for name, clip in _named(request).items()]
        )
    if request.error is not None:
        told["error"] = request.error
    if request.has_ended and http.query_params.get("include_cost") == "true":
        has_cost = request.outcome == "succeeded"
        told["cost"] = request.card.cost_usd(request.clips, request.inputs) if has_cost else 0.0
    return JSONResponse(told)


async def _cancel(sandbox: Sandbox, http: HttpRequest) -> Response:
    request = _request(sandbox, http)
    taken = sandbox.cancel(request) or request.state == "cancelled"
    outcome = "cancelled" if taken else "not_cancellable"
    return JSONResponse({"request_id": request.id, "status": request.state, "outcome": outcome}, 202)


async def _media(sandbox: Sandbox, http: HttpRequest) -> Response:
    if "authorization" in http.headers:
        raise ApiError(400, 400000, "this URL carries its own permission: send no Authorization header")
    request = _request(sandbox, http)
    clip = _named(request).get(http.url.path.removeprefix("/media/"))
    if request.outcome != "succeeded" or clip is None:
        raise ApiError(404, 404000, "no such clip")
    try:
        path = await sandbox.file(clip)
    except RenderError as error:
        raise ApiError(404, 404000, f"the clip is gone: {error}") from error
    return _File(path, media_type=f"{clip.medium}/{clip.suffix}")


async def _models(sandbox: Sandbox, http: HttpRequest) -> Response:  # noqa: ARG001 - one shape for all handlers
    asked = http.query_params
    asked_for = (asked.get(name, "") for name in ("search", "category", "kind"))
    found = catalogue.search(*asked_for, with_hidden=http.scope["state"].get("show_hidden", False))
    limit = _whole(http, "limit", default=50, least=1, most=_CATALOGUE_PAGE)
    offset = _whole(http, "offset", default=0, least=0, most=10**9)
    include_schema = asked.get("include_schema") == "true"
    page = [card.to_dict(include_schema=include_schema) for card in found[offset : offset + limit]]
    return JSONResponse({"models": page, "total": len(found), "limit": limit, "offset": offset})


async def _categories(sandbox: Sandbox, http: HttpRequest) -> Response:  # noqa: ARG001
    return JSONResponse({"categories": catalogue.categories()})


async def _model(sandbox: Sandbox, http: HttpRequest) -> Response:  # noqa: ARG001
    return JSONResponse(_card(http).to_dict(include_schema=True))


async def _balance(sandbox: Sandbox, http: HttpRequest) -> Response:  # noqa: ARG001
    micro = _BALANCE_USD * 1_000_000
    return JSONResponse(
        {"balance_usd": float(_BALANCE_USD), "balance_microdollars": micro, "currency": "USD"}
    )


async def _unknown(sandbox: Sandbox, http: HttpRequest) -> Response:  # noqa: ARG001
    raise ApiError(404, 404000, f"the sandbox has no {http.method} {http.url.path}")


def _card(http: HttpRequest) -> catalogue.Card:
    model_id = http.path_params["model_id"]
    card = catalogue.find(model_id)
    if card is None:
        raise ApiError(
            400, 400001, f"no such model: {model_id}; the sandbox has {', '.join(catalogue.cards())}"
        )
    return card


def _request(sandbox: Sandbox, http: HttpRequest) -> Request:
    request = sandbox.find(http.path_params["request_id"])
    if request is None:
        raise ApiError(404, 404001, "no such request, or it was deleted or has expired")
    return request


def _named(request: Request) -> dict[str, Clip]:
    """Say what each file of a request is called: the first by the request's id, the others also by number."""
    return {
        f"{request.id}.{clip.suffix}" if not number else f"{request.id}/{number}.{clip.suffix}": clip
        for number, clip in enumerate(request.clips)
    }


def _state(sandbox: Sandbox, request: Request) -> dict[str, Any]:
    told: dict[str, Any] = {"request_id": request.id, "status": request.state}
    position = sandbox.position(request)
    return told if position is None else told | {"queue_position": position}


def _whole(http: HttpRequest, name: str, *, default: int, least: int, most: int) -> int:
    text = http.query_params.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ApiError(422, 422001, f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _iso(seconds: float | None) -> str | None:
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    )
