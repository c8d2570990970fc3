"""Faults on demand: rules that say which answers go wrong and when, and named sets of them. Pure."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, fields
from typing import Any

CALLS = ("submit", "status", "result", "cancel", "media", "models", "balance")
"""What a rule can be `on`; `*` is all of them."""


class BadRuleError(ValueError):
    """A rule says something the sandbox does not know; the text names what it does know."""


@dataclass(slots=True)
class Rule:
    """One fault: on which call, how often, and its parameters.

    Of the calls it is for, the first `after` pass; each later one goes wrong with probability `rate`, until
    `times` have (None: for ever). `request_id` restricts it to one request, `model` to the models whose ids
    begin so, `seed` fixes the chance. With `allowed`, so many pass in any `window` of seconds.
    """

    on: str
    fault: str
    times: int | None = None
    after: int = 0
    rate: float = 1.0
    seed: int = 0
    request_id: str | None = None
    model: str | None = None
    allowed: int | None = None
    window: float = 1.0
    parameters: dict[str, Any] = field(default_factory=dict)
    passed: int = 0
    struck: int = 0
    _chance: random.Random = field(init=False, repr=False)
    _let_through: deque[float] = field(default_factory=deque, repr=False)

    def __post_init__(self) -> None:
        """Seed the rule's own chance, so that rules do not disturb each other."""
        self._chance = random.Random(self.seed)  # noqa: S311 - no secret hangs on it

    def is_for(self, call: str, request_id: str | None, model_id: str | None = None) -> bool:
        """Say whether the rule speaks about this call."""
        if self.model is not None and not (model_id or "").startswith(self.model):
            return False
        return self.on in {"*", call} and self.request_id in {None, request_id}

    def strikes(self, now: float = 0.0) -> bool:
        """Decide, and count, whether this call goes wrong; `now` is in seconds."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.allowed is not None and self._lets_through(now, self.allowed):
            return False
        self.passed += 1
        if self.passed <= self.after or self._chance.random() >= self.rate:
            return False
        self.struck += 1
        return True

    def wait(self, now: float) -> float:
        """Say in how many seconds one more call would be let through."""
        return max(0.0, self._let_through[0] + self.window - now) if self._let_through else 0.0

    def _lets_through(self, now: float, allowed: int) -> bool:
        while self._let_through and self._let_through[0] <= now - self.window:
            self._let_through.popleft()
        if len(self._let_through) >= allowed:
            return False
        self._let_through.append(now)
        return True

    def to_dict(self) -> dict[str, Any]:
        """Write the rule as it can be given, with its counts."""
        own = {name: getattr(self, name) for name in (*_OWN, "passed", "struck")}
        return own | self.parameters


_STATE = {"parameters", "passed", "struck", "_chance", "_let_through"}
_OWN = tuple(part.name for part in fields(Rule) if part.name not in _STATE)


class Scenarios:
    """The rules in force; the first that strikes decides."""

    def __init__(self) -> None:
        """Begin with a service that never fails."""
        self.rules: list[Rule] = []

    def set_rules(self, given: list[dict[str, Any]], faults: dict[str, dict[str, Any]]) -> None:
        """Replace all rules; `faults` tells each fault's parameters with their defaults.

        Raises:
            BadRuleError: A rule names an unknown call, fault or parameter; then none is replaced.

        """
        self.rules = [_read(rule, faults) for rule in given]


def _read(given: dict[str, Any], faults: dict[str, dict[str, Any]]) -> Rule:
    fault = given.get("fault")
    if fault not in faults:
        message = f"no such fault: {fault!r}; there are {', '.join(faults)}"
        raise BadRuleError(message)
    if given.get("on") not in {"*", *CALLS}:
        message = f"a rule is on one of {', '.join(CALLS)} or *; not on {given.get('on')!r}"
        raise BadRuleError(message)
    parameters = {name: value for name, value in given.items() if name not in _OWN}
    unknown = set(parameters) - set(faults[fault])
    if unknown:
        message = f"{fault} has no {', '.join(sorted(unknown))}; it has {', '.join([*_OWN, *faults[fault]])}"
        raise BadRuleError(message)
    own = {name: value for name, value in given.items() if name in _OWN}
    _check_numbers(given)
    return Rule(**own, parameters=faults[fault] | parameters)


def _check_numbers(given: dict[str, Any]) -> None:
    for name, value in given.items():
        if name in _OPTIONAL and value is None:
            continue
        if name in _WHOLE and type(value) is not int:
            message = f"{name} must be a whole number, not {value!r}"
            raise BadRuleError(message)
        if name in _FRACTIONS and type(value) not in {int, float}:
            message = f"{name} must be a number, not {value!r}"
            raise BadRuleError(message)


_OPTIONAL = {"times", "allowed"}
_WHOLE = {"times", "after", "seed", "code", "error_code", "length", "allowed"}
_FRACTIONS = {"rate", "seconds", "at", "bytes_per_second", "window"}

_RETIRED = {"fault": "error", "code": 400, "error_code": 400001, "message": "model retired"}

PRESETS: dict[str, list[dict[str, Any]]] = {
    "flaky": [
        {"on": "submit", "fault": "status_code", "code": 429, "headers": {"retry-after": "1"}, "rate": 0.1},
        *(
            {"on": call, "fault": fault, "rate": 0.05, "seed": seed}
            for seed, call in enumerate(("status", "result", "media"))
            for fault in ("status_code", "drop_after_read")
        ),
    ],
    "busy": [
        {"on": "submit", "fault": "status_code", "code": 429, "headers": {"retry-after": "2"}, "times": 2}
    ],
    "rate_limited": [{"on": "submit", "fault": "too_many", "allowed": 10, "window": 5}],
    "lost_answer": [{"on": "submit", "fault": "drop_after_read"}],
    "failing": [{"on": "result", "fault": "failed"}],
    "bad_token": [
        {"on": "*", "fault": "error", "code": 401, "error_code": 400004, "message": "invalid token"}
    ],
    "no_balance": [
        {"on": "submit", "fault": "error", "code": 402, "error_code": 400002, "message": "no balance"}
    ],
    "retired": [
        {"on": "submit", "fault": "error", "code": 400, "error_code": 400001, "message": "no such model"}
    ],
    "sora_retired": [
        {"on": "submit", "model": "openai/sora-2", **_RETIRED},
        {"on": "models", "model": "openai/sora-2", **_RETIRED},
        {"on": "models", "fault": "cards", "hide": "openai/sora-2"},
    ],
    "catalogue_down": [{"on": "models", "fault": "status_code", "code": 503}],
    "catalogue_hangs": [{"on": "models", "fault": "hang"}],
    "catalogue_garbled": [{"on": "models", "fault": "garbage"}],
    "bare_catalogue": [{"on": "models", "fault": "cards", "envelope": ""}],
    "no_schemas": [{"on": "models", "fault": "cards", "drop": ["input_schema", "inputs", "required_inputs"]}],
    "no_prices": [{"on": "models", "fault": "cards", "drop": ["base_price_usd", "price_unit"]}],
    "prices_in_words": [{"on": "models", "fault": "cards", "put": {"base_price_usd": "0.25"}}],
    "late_cost": [{"on": "result", "fault": "late_cost", "seconds": 3}],
    "no_cost": [{"on": "result", "fault": "late_cost"}],
    "hostile": [{"on": "models", "fault": "hidden_cards"}],
    "cut_downloads": [{"on": "media", "fault": "drop_mid_body", "times": 2}],
    "expired_links": [{"on": "media", "fault": "status_code", "code": 403}],
}
"""Sets of rules to start with, by name."""
