"""How large, how long and how many: the limits of a field, from JSON Schema's words and the catalogue's own.

The catalogue's `validations` are lists of `{validation_rule, validation_value, validation_error}`.
Their rules are not documented: what can be understood is held to, what cannot (`file_size_mb<`) is
left to the service. So are patterns: a hostile one would keep Python's `re` busy for ever, and an
honest one is written for another dialect.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.legal import Rules, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Number = int | float

_LARGEST = 10**300  # floats end above; longer whole numbers are no limits
_MOST_VALIDATIONS = 50
_SAID_LENGTH = 200
_MOST_NOTES = 5
_ANY = ["number", "string", "array"]
_STEP = {">": 1, "<": -1}
_KEYWORDS = {
    "value": {">=": "minimum", "<=": "maximum", ">": "exclusiveMinimum", "<": "exclusiveMaximum"},
    "length": {">=": "minLength", "<=": "maxLength"},
    "items": {">=": "minItems", "<=": "maxItems"},
}
_NAMED = {
    **dict.fromkeys(["min", "minimum", "minvalue", "gte", "ge"], ("value", ">=")),
    **dict.fromkeys(["max", "maximum", "maxvalue", "lte", "le"], ("value", "<=")),
    **dict.fromkeys(["gt", "greaterthan", "exclusiveminimum"], ("value", ">")),
    **dict.fromkeys(["lt", "lessthan", "exclusivemaximum"], ("value", "<")),
    **dict.fromkeys(["minlength", "minlen", "minchars", "mincharacters"], ("length", ">=")),
    **dict.fromkeys(["maxlength", "maxlen", "maxchars", "maxcharacters"], ("length", "<=")),
    **dict.fromkeys(["minitems", "mincount"], ("items", ">=")),
    **dict.fromkeys(["maxitems", "maxcount"], ("items", "<=")),
}
_SUBJECTS = {
    **dict.fromkeys(["", "value", "number"], "value"),
    **dict.fromkeys(["length", "len", "characters", "chars", "textlength"], "length"),
    **dict.fromkeys(["items", "count", "itemcount"], "items"),
}
_COMPARISON = re.compile(r"(.*?)(<=|>=|<|>|≤|≥)")
_LONGEST_RULE = 60


def limits(told: Mapping[str, Any], kinds: list[str]) -> Rules:
    """Return the limits of a field of these types, as JSON Schema keywords, in the types' own steps.

    Beside them `says`: what the catalogue wants said where a keyword fails.
    """
    kinds = kinds or _ANY  # each limit then is for the values that it can be about
    rules: Rules = {}
    said: dict[str, str] = {}
    for keyword, limit, text in [*_standard(told, kinds), *_catalogue(told, kinds)]:
        known = rules.get(keyword)
        if known is None or (limit > known if keyword in _LEAST else limit < known):
            rules[keyword] = limit
            said[keyword] = text
        elif limit == known:
            said[keyword] = said[keyword] or text
    step = number(told.get("multipleOf"))
    if step is not None and step > 0 and {"integer", "number"} & set(kinds):
        rules["multipleOf"] = step
    if told.get("uniqueItems") is True and "array" in kinds:
        rules["uniqueItems"] = True
    if says := {keyword: text for keyword, text in said.items() if text}:
        rules["says"] = says
    return rules


_LEAST = {"minimum", "exclusiveMinimum", "minLength", "minItems"}


def notes(told: Mapping[str, Any]) -> list[str]:
    """Return what the catalogue says of the file that a field takes; only the service can look at it."""
    texts = (tidy(entry.get("validation_error"), _SAID_LENGTH) for entry in _validations(told))
    return [text for text in texts if text][:_MOST_NOTES]


def number(value: Any) -> Number | None:
    """Return a number that can be a limit, or None; a string of digits counts."""
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= _LONGEST_RULE else None
        except ValueError:
            return None
        value = int(value) if value is not None and value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -_LARGEST < value < _LARGEST else None  # also no NaN


def _standard(told: Mapping[str, Any], kinds: list[str]) -> Iterator[tuple[str, Number, str]]:
    """Yield what JSON Schema says, in any draft: in the oldest a limit is exclusive by a flag."""
    for keyword, subject, sign in (
        ("minimum", "value", ">="), ("maximum", "value", "<="),
        ("exclusiveMinimum", "value", ">"), ("exclusiveMaximum", "value", "<"),
        ("minLength", "length", ">="), ("maxLength", "length", "<="),
        ("minItems", "items", ">="), ("maxItems", "items", "<="),
    ):  # fmt: skip
        limit = number(told.get(keyword))
        if limit is not None:
            flag = told.get(f"exclusive{keyword.capitalize()}") is True
            yield from _limit(subject, sign[0] if flag else sign, limit, "", kinds)


def _catalogue(told: Mapping[str, Any], kinds: list[str]) -> Iterator[tuple[str, Number, str]]:
    """Yield what the catalogue's own validations say, as far as it is understood."""
    for entry in _validations(told):
        rule, limit = entry.get("validation_rule"), number(entry.get("validation_value"))
        if not isinstance(rule, str) or len(rule) > _LONGEST_RULE or limit is None:
            continue
        match = _COMPARISON.fullmatch(rule.strip())
        plain = re.sub(r"[\s_-]", "", match[1] if match else rule).lower()
        if match:
            subject, sign = _SUBJECTS.get(plain), match[2].replace("≤", "<=").replace("≥", ">=")
        else:
            subject, sign = _NAMED.get(plain, (None, ""))
        if subject is not None:
            text = tidy(entry.get("validation_error"), _SAID_LENGTH)
            yield from _limit(subject, sign, limit, text, kinds)


def _validations(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries = told.get("validations")
    listed = entries[:_MOST_VALIDATIONS] if isinstance(entries, list) else []
    return [entry for entry in listed if isinstance(entry, dict)]


def _limit(
    subject: str, sign: str, limit: Number, text: str, kinds: list[str]
) -> Iterator[tuple[str, Number, str]]:
    """Write one limit for the types that it is about; whole numbers, lengths and counts in whole steps."""
    if subject == "length" and "string" not in kinds:
        subject = "items"
    about = {"value": {"integer", "number"}, "length": {"string"}, "items": {"array"}}[subject]
    if not about & set(kinds):
        return
    if subject != "value" or "number" not in kinds:
        rounded = math.ceil(limit) if sign[0] == ">" else math.floor(limit)
        # Above 4 is from 5 on; above 4.5, too.
        limit = rounded + _STEP.get(sign, 0) * (rounded == limit)
        sign = f"{sign[0]}="
    if subject == "value" or limit > 0 or sign == "<=":
        yield _KEYWORDS[subject][sign], limit, text
