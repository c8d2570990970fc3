"""The sandbox's own routes, which RunComfy does not have: its journal, its scenarios, its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .desk import NotJsonError, read_json
from .faults import FAULTS
from .scenarios import BadRuleError

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest

    from .service import Sandbox


def routes(sandbox: Sandbox) -> list[Route]:
    """Make the routes under `/_sandbox/`; they ask for no token and are not in the journal."""

    async def journal(http: HttpRequest) -> Response:
        if http.method == "DELETE":
            sandbox.journal.clear()
        limit = http.query_params.get("limit")
        if limit is not None and not limit.isdecimal():
            return JSONResponse({"error_code": 422001, "error_message": "limit must be a whole number"}, 422)
        newest = None if limit is None else int(limit)
        return JSONResponse(sandbox.journal.to_list(on=http.query_params.get("on"), newest=newest))

    async def scenarios(http: HttpRequest) -> Response:
        if http.method == "DELETE":
            sandbox.scenarios.rules = []
        elif http.method == "POST":
            try:
                set_rules(sandbox, read_json(await http.body()))
            except (NotJsonError, BadRuleError) as error:
                return JSONResponse({"error_code": 422001, "error_message": str(error)}, 422)
        return JSONResponse({"rules": [rule.to_dict() for rule in sandbox.scenarios.rules]})

    async def figures(http: HttpRequest) -> Response:  # noqa: ARG001 - Starlette hands it over
        return JSONResponse(
            {"clips_rendered": sandbox.clips_rendered, "idle_seconds": sandbox.idle_seconds()}
        )

    return [
        Route("/_sandbox/journal", journal, methods=["GET", "DELETE"]),
        Route("/_sandbox/scenarios", scenarios, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/figures", figures, methods=["GET"]),
    ]


def set_rules(sandbox: Sandbox, given: Any) -> None:
    """Put the rules of `{"rules": [...]}` in force, in place of those before.

    Raises:
        BadRuleError: It is not of that form, or a rule says something unknown.

    """
    rules = given.get("rules") if isinstance(given, dict) else None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        message = 'a body like {"rules": [{"on": "status", "fault": "hang"}]} is wanted'
        raise BadRuleError(message)
    sandbox.scenarios.set_rules(rules, {name: fault.parameters for name, fault in FAULTS.items()})
