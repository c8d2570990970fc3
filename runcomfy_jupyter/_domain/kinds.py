"""Which types a field has, in JSON Schema's words, from the words that catalogues use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain import mediums
from runcomfy_jupyter._domain.plain import is_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_TYPES = 20
_KINDS = {
    **dict.fromkeys(["string", "str", "text"], "string"),
    **dict.fromkeys(["integer", "int", "int32", "int64", "long"], "integer"),
    **dict.fromkeys(["number", "float", "double", "decimal", "float32", "float64"], "number"),
    **dict.fromkeys(["boolean", "bool"], "boolean"),
    **dict.fromkeys(["array", "list"], "array"),
    **dict.fromkeys(["object", "dict"], "object"),
    **dict.fromkeys(["null", "none"], "null"),
}
_SIGNS = (
    ("array", ("items", "minItems", "maxItems", "uniqueItems")),
    ("object", ("properties", "additionalProperties")),
    ("string", ("minLength", "maxLength", "pattern")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)


def kind_of_value(value: Any) -> str:
    """Return the type of a JSON value."""
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def kinds_of(told: Mapping[str, Any], *, infer: bool) -> tuple[list[str], bool]:
    """Return the types of a part, none where any will do, and whether null fits besides.

    `infer`: where no type is told, guess from what else is told.
    """
    declared = told.get("type")
    words = declared[:_MOST_TYPES] if isinstance(declared, list) else [declared]
    kinds = [_KINDS.get(word.lower(), "") if isinstance(word, str) else "" for word in words]
    null = "null" in kinds or told.get("nullable") is True
    kinds = list(dict.fromkeys(kind for kind in kinds if kind != "null"))
    if "" in kinds:  # a type of its own, or none told
        kinds = [_inferred(told)] if infer and declared is None and "unions" not in told else [""]
    return ([] if "" in kinds else kinds), null and "" not in kinds


def _inferred(told: Mapping[str, Any]) -> str:
    if "enum" in told or "const" in told:
        return ""  # the values say it
    form = told.get("format")
    if named := mediums.by_format(form):
        return "array" if named[1] else "string"
    for kind, signs in _SIGNS:
        if any(sign in told for sign in signs):
            return kind
    if (default := told.get("default")) is not None:
        kind = kind_of_value(default)
        # A default of 1 may stand for any number.
        return "number" if kind == "integer" else kind
    return "string" if isinstance(form, str) else ""


def legal_values(
    told: Mapping[str, Any], kinds: list[str], *, null: bool
) -> tuple[list[Any], list[str], bool]:
    """Return the values that are listed (none: no list), the types that then count, and whether null fits.

    A list that has none of the told type goes before the type.
    """
    listed = [told["const"]] if "const" in told else told.get("enum")
    if not isinstance(listed, list) or not listed:
        return [], kinds, null
    values = list({json.dumps(value, sort_keys=True): value for value in listed if is_plain(value)}.values())
    null = told.get("nullable") is True or (None in values and (null or not kinds))
    values = [value for value in values if value is not None]
    fitting = [_in_type(value, kinds) for value in values if _fits(value, kinds)]
    if fitting or not values:
        return fitting, kinds, null
    return values, list(dict.fromkeys(kind_of_value(value) for value in values)), null


def unwrapped(listed: Any, declared: Any) -> Any:
    """Return listed values without their titles: of `{"const": "a", "title": "A"}`, "a".

    Where objects are meant they stay as they are.
    """
    if not isinstance(listed, list) or "object" in (declared if isinstance(declared, list) else [declared]):
        return listed
    return [_unwrapped(value) for value in listed]


def _unwrapped(value: Any) -> Any:
    for key in ("const", "value"):
        if isinstance(value, dict) and key in value:
            return value[key]
    return value


def _fits(value: Any, kinds: list[str]) -> bool:
    kind = kind_of_value(value)
    whole = kind == "number" and float(value).is_integer()
    return kind in kinds or (kind == "integer" and "number" in kinds) or (whole and "integer" in kinds)


def _in_type(value: Any, kinds: list[str]) -> Any:
    return int(value) if kinds == ["integer"] else value
