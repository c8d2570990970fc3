from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter.sandbox.faults import FAULTS
from runcomfy_jupyter.sandbox.scenarios import CALLS, PRESETS, BadRuleError, Rule, Scenarios

KNOWN = {name: fault.parameters for name, fault in FAULTS.items()}


def strikes(rule: Rule, calls: int) -> list[int]:
    """Return which of so many calls go wrong, counted from 0."""
    return [n for n in range(calls) if rule.strikes()]


@pytest.mark.parametrize(
    ("given", "struck"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"times": 2}, [0, 1]),
        ({"after": 3}, [3, 4]),
        ({"after": 1, "times": 1}, [1]),
        ({"times": 0}, []),
        ({"rate": 0.0}, []),
        ({"allowed": 3}, [3, 4]),
        ({"allowed": 0, "times": 1}, [0]),
        ({"allowed": 2, "after": 1}, [3, 4]),
    ],
)
def test_a_rule_strikes_after_some_and_so_many_times(given: dict[str, Any], struck: list[int]) -> None:
    """`after` lets the first pass, `times` bounds, `rate` 0 never strikes."""
    assert strikes(Rule(on="status", fault="hang", **given), 5) == struck


def test_so_many_calls_pass_in_any_window() -> None:
    """Beyond the allowed number a call is refused until the oldest has left the window; it says how long."""
    rule = Rule(on="submit", fault="too_many", allowed=2, window=10)
    assert [rule.strikes(now) for now in (100, 101, 102, 109.9)] == [False, False, True, True]
    assert rule.wait(102) == 8
    assert [rule.strikes(now) for now in (110, 110.5, 111)] == [False, True, False]
    assert Rule(on="submit", fault="too_many").wait(5) == 0


def test_chance_is_repeatable() -> None:
    """A rate strikes about as often as it says, and the same seed strikes the same calls."""
    one, same, other = (strikes(Rule(on="*", fault="hang", rate=0.1, seed=seed), 2000) for seed in (1, 1, 2))
    assert one == same != other
    assert 140 <= len(one) <= 260


def test_rules_are_for_calls_and_requests() -> None:
    """A rule speaks of one call or of all, and of one request if it says so."""
    assert Rule(on="status", fault="hang").is_for("status", "a")
    assert not Rule(on="status", fault="hang").is_for("result", "a")
    assert Rule(on="*", fault="hang").is_for("balance", None)
    assert not Rule(on="*", fault="hang", request_id="a").is_for("status", "b")
    sora = Rule(on="*", fault="hang", model="openai/sora-2")
    assert sora.is_for("submit", None, "openai/sora-2/pro/text-to-video")
    assert not sora.is_for("submit", None, "sandbox/postcard/text-to-image")
    assert not sora.is_for("models", None, None)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"on": "status", "fault": "fire"}, "no such fault: 'fire'; there are drop_before_read"),
        ({"on": "lunch", "fault": "hang"}, "a rule is on one of submit, status"),
        ({"fault": "hang"}, "not on None"),
        ({"on": "status", "fault": "hang", "second": 1}, "hang has no second; it has on, fault, times"),
        ({"on": "status", "fault": "hang", "rate": "often"}, "rate must be a number"),
        ({"on": "status", "fault": "hang", "times": 1.5}, "times must be a whole number"),
        ({"on": "status", "fault": "hang", "seconds": "long"}, "seconds must be a number"),
        ({"on": "status", "fault": "too_many", "allowed": "few"}, "allowed must be a whole number"),
        ({"on": "status", "fault": "too_many", "window": None}, "window must be a number"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, Any], words: str) -> None:
    """A slip in a rule is told with what is known, and no rule is changed."""
    scenarios = Scenarios()
    scenarios.set_rules([{"on": "*", "fault": "hang"}], KNOWN)
    with pytest.raises(BadRuleError) as caught:
        scenarios.set_rules([rule], KNOWN)
    assert words in str(caught.value)
    assert len(scenarios.rules) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_made_of_known_faults(name: str) -> None:
    """Every named scenario can be put in force."""
    scenarios = Scenarios()
    scenarios.set_rules(PRESETS[name], KNOWN)
    assert {rule.on for rule in scenarios.rules} <= {"*", *CALLS}
    assert scenarios.rules[0].to_dict()["struck"] == 0
