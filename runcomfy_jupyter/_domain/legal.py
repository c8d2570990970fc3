"""What a field takes, in words: short however long the list, plain whoever wrote it.

`rules` are a JSON Schema as `normalise` writes it.
"""

from __future__ import annotations

import difflib
import json
import unicodedata
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Rules = dict[str, Any]

_LISTED = 12
_SAID_FORMS = 4
_VALUE_LENGTH = 40
_SHOWN_LENGTH = 60
# As many are compared with a slip: comparing is slow, and a list that is longer is not typed by hand.
_COMPARED = 1000
_LONGEST_SLIP = 100
_FILES = {"image": ("an image", "images"), "video": ("a video", "videos"), "audio": ("a sound", "sounds")}
# Characters that turn the direction of what stands around them.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidy(text: Any, length: int) -> str:
    """Put somebody else's words on one line of at most `length` characters, free of control characters."""
    if not isinstance(text, str | int | float):
        return ""
    kept = [" " if _unfit(mark) else mark for mark in str(text)[: 4 * length]]
    return shorten("".join(kept), length)


def _unfit(mark: str) -> bool:
    return mark in _TURNING or unicodedata.category(mark) in {"Cc", "Cs"}


def called(name: str) -> str:
    """Write a field's name as a message can show it."""
    tidied = tidy(name, _SHOWN_LENGTH)
    return tidied if tidied == name and name else shown(name)


def in_words(values: Sequence[Any], joint: str = "or") -> str:
    """Join values as a person would: "4, 8 or 12"; the first of a long list, and its length."""
    said = [_value(value) for value in values[:_LISTED]]
    if len(values) > _LISTED:
        return f"{', '.join(said)} … ({len(values):,} in all)"
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {joint} {said[-1]}"


def _value(value: Any) -> str:
    if isinstance(value, str):
        text = tidy(value, _VALUE_LENGTH)
        return text if text == value and value else shorten(repr(value[: 4 * _VALUE_LENGTH]), _VALUE_LENGTH)
    return shorten(json.dumps(value, ensure_ascii=False), _VALUE_LENGTH)


def shown(value: Any) -> str:
    """Show what was given, shortly; what JSON has no word for is named by its type."""
    if isinstance(value, str):
        return shorten(repr(value[: 4 * _SHOWN_LENGTH]), _SHOWN_LENGTH)
    if value is not None and not isinstance(value, bool | int | float | list | tuple | dict):
        return f"a value of type {tidy(type(value).__name__, _SHOWN_LENGTH)}"
    try:
        return shorten(str(value), _SHOWN_LENGTH)
    except (ValueError, RecursionError):  # more digits than Python writes; deeper than it goes
        return "a value too long to show"


def nearest(given: Any, legal: Iterable[Any], cutoff: float = 0.75) -> Any:
    """Return the legal value that was likely meant, if one is near."""
    slip = _folded(str(given)) if isinstance(given, str | int | float) else ""
    if not slip or len(slip) > _LONGEST_SLIP:
        return None
    candidates: dict[str, Any] = {}
    for value in legal:
        if not isinstance(value, str | int | float):
            continue
        word = _folded(str(value)[: 2 * _LONGEST_SLIP])
        if word == slip:
            return value
        if len(candidates) < _COMPARED and abs(len(word) - len(slip)) <= max(len(word), len(slip)) // 2:
            candidates.setdefault(word, value)
    near = difflib.get_close_matches(slip, candidates, n=1, cutoff=cutoff)
    return candidates[near[0]] if near else None


def _folded(text: str) -> str:
    return text.strip().lower().replace("×", "x").replace(" ", "")


def kind_of(rules: Mapping[str, Any]) -> str:
    """Return the one type of the values that fit, null set aside; "any" where there is not one."""
    types = rules.get("type", ())
    kinds = {types} if isinstance(types, str) else set(types) - {"null"}
    if kinds == {"integer", "number"}:
        return "number"
    if not kinds and "anyOf" in rules:
        kinds = {kind_of(rule) for rule in rules["anyOf"] if not is_null(rule)}
    return kinds.pop() if len(kinds) == 1 else "any"


def is_null(rules: Mapping[str, Any]) -> bool:
    """Tell whether nothing but null fits."""
    return rules.get("type") == ["null"]


def legal(rules: Mapping[str, Any], *, null: bool = True) -> str:
    """Name what fits, in words. `null`: say that null does, where it does."""
    said = _legal(rules)
    return f"{said} or null" if null and "null" in rules.get("type", ()) and not is_null(rules) else said


def _legal(rules: Mapping[str, Any]) -> str:
    kind = kind_of(rules)
    if "enum" in rules:
        return in_words([value for value in rules["enum"] if value is not None] or [None])
    if forms := _forms(rules):
        said = list(dict.fromkeys(_legal(form) for form in forms[:_SAID_FORMS]))
        return " or ".join([*said, *(["more"] if len(forms) > _SAID_FORMS else [])])
    for words, kinds, keywords in _WORDS:
        if kind in kinds or (kind == "any" and not keywords.isdisjoint(rules)):
            return words(rules)
    return "null" if is_null(rules) else _PLAIN.get(kind, "any JSON value")


def _forms(rules: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the forms of which one has to fit, a type each where there are several."""
    if "anyOf" in rules:
        return [form for form in rules["anyOf"] if not is_null(form)]
    types = rules.get("type", ())
    several = [] if isinstance(types, str) else [kind for kind in types if kind != "null"]
    return [{**rules, "type": kind} for kind in several] if len(several) > 1 else []


def _text(rules: Mapping[str, Any]) -> str:
    if "medium" in rules:
        return f"the public https URL of {_FILES[rules['medium']][0]}"
    length = _range(rules, "minLength", "maxLength")
    return f"text of {length} {_unit(rules, 'Length', 'character')}" if length else "text"


def _list(rules: Mapping[str, Any]) -> str:
    items = rules.get("items", {})
    number = _range(rules, "minItems", "maxItems")
    if "medium" in items:
        return f"a list of {number} public https URLs of {_FILES[items['medium']][1]}".replace("  ", " ")
    listed = f"a list of {number} {_unit(rules, 'Items', 'value')}" if number else "a list"
    return f"{listed}, each {legal(items)}" if items else listed


def _unit(rules: Mapping[str, Any], what: str, unit: str) -> str:
    last = rules.get(f"max{what}", rules.get(f"min{what}"))
    return unit if last == 1 else f"{unit}s"


def _range(rules: Mapping[str, Any], least: str, most: str) -> str:
    low, high = rules.get(least), rules.get(most)
    if high is not None and low:
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"at most {high:,}" if high is not None else f"at least {low:,}" if low else ""


def _number(rules: Mapping[str, Any]) -> str:
    low, high = rules.get("minimum"), rules.get("maximum")
    parts = []
    if low is not None and high is not None:
        parts.append(f"from {shown(low)} to {shown(high)}")
    elif low is not None:
        parts.append(f"of at least {shown(low)}")
    elif high is not None:
        parts.append(f"of at most {shown(high)}")
    parts += [f"{word} {shown(rules[key])}" for key, word in _OPEN.items() if key in rules]
    step = f", a multiple of {shown(rules['multipleOf'])}" if rules.get("multipleOf", 1) != 1 else ""
    noun = "a whole number" if kind_of(rules) == "integer" else "a number"
    return f"{noun} {' and '.join(parts)}".strip() + step


_OPEN = {"exclusiveMinimum": "above", "exclusiveMaximum": "below"}
_PLAIN = {"boolean": "true or false", "object": "a JSON object"}
_WORDS: tuple[tuple[Callable[[Mapping[str, Any]], str], set[str], set[str]], ...] = (
    (_list, {"array"}, {"minItems", "maxItems", "items"}),
    (_text, {"string"}, {"minLength", "maxLength", "medium"}),
    (_number, {"integer", "number"}, {"minimum", "maximum", "multipleOf", *_OPEN}),
)
