"""Schemas in the notations of the wild, each with what it means, told apart from the code under test."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

SCALARS = st.none() | st.booleans() | st.integers(-30, 70) | st.floats(-9, 9).map(lambda one: round(one, 1))
WORDS = st.text("ab1é \n", max_size=6) | st.sampled_from(
    ["5", "auto", "true", "null", "[1]", '{"a": 1}', "-1"]
)
ADDRESSES = st.sampled_from(
    [
        "https://a.example/b.png",
        "http://a.example/b.png",
        "file:///b.png",
        "/b.png",
        "data:image/png;base64,AA",
    ]
)
JSON = st.recursive(
    SCALARS | WORDS | ADDRESSES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcx"), inner, max_size=3),
    max_leaves=6,
)


@dataclass(frozen=True)
class Meant:
    """A part of a schema as it is written, what fits it, and values that are worth trying."""

    spec: Any
    fits: Callable[[Any], bool]
    likely: st.SearchStrategy[Any]


def is_number(value: Any) -> bool:
    """Tell whether a value is a number in JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Tell whether a value is written as a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


@st.composite
def numbers(draw: st.DrawFn) -> Meant:
    """Draw a whole number or a number, with limits in any notation."""
    whole = draw(st.booleans())
    kinds = ["integer", "int", "INT64"] if whole else ["number", "float", "double"]
    spec: dict[str, Any] = {"type": draw(st.sampled_from(kinds))}
    low, high = sorted([draw(st.integers(-20, 60)), draw(st.integers(-20, 60))])
    notation = draw(st.sampled_from(["none", "standard", "open", "oldest", "catalogue", "compared"]))
    limited = notation != "none"
    if notation == "standard":
        spec |= {"minimum": low, "maximum": high}
    elif notation == "open":
        spec |= {"exclusiveMinimum": low - 1, "exclusiveMaximum": high + 1}
    elif notation == "oldest":
        spec |= {"minimum": low - 1, "exclusiveMinimum": True, "maximum": high}
    elif limited:
        rules = [("min", low), ("max_value", str(high))]
        if notation == "compared":
            rules = [("value>=", low), ("<=", high)]
        spec["validations"] = [{"validation_rule": rule, "validation_value": value} for rule, value in rules]
    is_open = notation in {"open", "oldest"} and not whole
    step = draw(st.sampled_from([None, None, 2, 5] if whole else [None, None, 0.1, 0.5]))
    spec |= {} if step is None else {"multipleOf": step}

    def fits(value: Any) -> bool:
        if not (is_whole if whole else is_number)(value):
            return False
        below = low - 1 < value if is_open else low <= value
        above = value < high + 1 if notation == "open" and is_open else value <= high
        multiple = step is None or Decimal(str(value)) % Decimal(str(step)) == 0
        return multiple and (not limited or (below and above))

    return Meant(spec, fits, st.integers(low - 2, high + 2) | st.sampled_from([low - 0.5, high + 0.5, 0.3]))


@st.composite
def texts(draw: st.DrawFn) -> Meant:
    """Draw text, with or without limits to its length, or the address of a file."""
    spec: dict[str, Any] = {"type": draw(st.sampled_from(["string", "str"]))}
    if draw(st.booleans()):
        spec["format"] = draw(st.sampled_from(["image_uri", "video_uri", "audio_uri", "image-url"]))

        def is_file(value: Any) -> bool:
            return isinstance(value, str) and urlsplit(value)[:2] == ("https", "a.example")

        return Meant(spec, is_file, ADDRESSES)
    low, high = sorted([draw(st.integers(0, 5)), draw(st.integers(0, 5))])
    if draw(st.booleans()):
        spec |= {"minLength": low, "maxLength": high, "pattern": "(a+)+$"}
    else:
        rules = (("length>=", low), ("max_length", high))
        spec["validations"] = [{"validation_rule": rule, "validation_value": value} for rule, value in rules]
    return Meant(spec, lambda value: isinstance(value, str) and low <= len(value) <= high, WORDS)


@st.composite
def choices(draw: st.DrawFn) -> Meant:
    """Draw a list of legal values, of one type or of several, in any notation."""
    legal = draw(
        st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)
        | st.lists(st.sampled_from(["auto", "5", "10", "a,b", "<b>"]), min_size=1, max_size=4, unique=True)
        | st.just(["auto", 5, True])
    )
    told = (
        {str: "string", int: "int", bool: "boolean"}[type(legal[0])]
        if len({*map(type, legal)}) == 1
        else None
    )
    consts = [{"const": value, "title": str(value).upper()} for value in legal]
    forms = [{"enum": [one]} for one in legal]
    notations: list[dict[str, Any]] = [{"enum": legal}, {"enum": consts}, {"oneOf": consts}, {"anyOf": forms}]
    spec = draw(st.sampled_from(notations))
    if told and draw(st.booleans()):
        spec = {"type": told, **spec}

    def fits(value: Any) -> bool:
        return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in legal)

    return Meant(spec, fits, st.sampled_from([*legal, *map(str, legal), 1, "aut"]))


BOOLEANS = st.sampled_from(["boolean", "bool"]).map(
    lambda word: Meant({"type": word}, lambda value: isinstance(value, bool), st.booleans())
)


def lists(items: st.SearchStrategy[Meant]) -> st.SearchStrategy[Meant]:
    """Draw lists of drawn parts."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Meant:
        item, most = draw(items), draw(st.integers(0, 3))
        spec = {"type": "array", "items": item.spec, "maxItems": most}

        def fits(value: Any) -> bool:
            return isinstance(value, list) and len(value) <= most and all(map(item.fits, value))

        return Meant(spec, fits, st.lists(item.likely, max_size=3))

    return drawn()


def objects(parts: st.SearchStrategy[Meant]) -> st.SearchStrategy[Meant]:
    """Draw objects of drawn parts."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Meant:
        held = {name: draw(parts) for name in draw(st.sets(st.sampled_from("abc"), max_size=2))}
        required = draw(st.sampled_from([[], sorted(held)]))
        closed = draw(st.booleans())
        spec: dict[str, Any] = {
            "type": "object",
            "properties": {name: part.spec for name, part in held.items()},
        }
        spec |= {"required": required} | ({"additionalProperties": False} if closed else {})

        def fits(value: Any) -> bool:
            if not isinstance(value, dict) or not set(required) <= value.keys():
                return False
            known = all(part.fits(value[name]) for name, part in held.items() if name in value)
            return known and (not closed or value.keys() <= held.keys())

        return Meant(spec, fits, st.fixed_dictionaries({name: part.likely for name, part in held.items()}))

    return drawn()


def or_null(parts: st.SearchStrategy[Meant]) -> st.SearchStrategy[Meant]:
    """Draw parts that may be null, in any notation."""

    def written(pair: tuple[Meant, str]) -> Meant:
        part, notation = pair
        spec: Any = {"anyOf": [part.spec, {"type": "null"}], "title": "One"}
        if notation == "flag":
            spec = {**part.spec, "nullable": True}
        if notation == "types" and isinstance(part.spec.get("type"), str) and "enum" not in part.spec:
            spec = {**part.spec, "type": [part.spec["type"], "null"]}
            spec = {"oneOf": [spec, {"type": "null"}]} if {"anyOf", "oneOf"} & set(part.spec) else spec
        return Meant(spec, lambda value: value is None or part.fits(value), part.likely | st.none())

    return st.tuples(parts, st.sampled_from(["anyOf", "flag", "types"])).map(written)


def unions(parts: st.SearchStrategy[Meant]) -> st.SearchStrategy[Meant]:
    """Draw parts of two forms."""

    def united(pair: tuple[Meant, Meant]) -> Meant:
        one, other = pair
        spec = {"anyOf": [one.spec, other.spec]}
        return Meant(spec, lambda value: one.fits(value) or other.fits(value), one.likely | other.likely)

    return st.tuples(parts, parts).map(united)


SIMPLE = numbers() | texts() | choices() | BOOLEANS
PARTS = st.recursive(
    SIMPLE,
    lambda inner: lists(inner) | objects(inner) | or_null(SIMPLE) | unions(SIMPLE),
    max_leaves=4,
)


@st.composite
def fields(draw: st.DrawFn) -> tuple[dict[str, Any], Meant]:
    """Draw a whole schema whose one field, `x`, means this; its definition may stand elsewhere."""
    meant = draw(PARTS)
    wrapping = draw(st.sampled_from(["plain", "ref", "allOf"]))
    root: dict[str, Any] = {"type": "object", "properties": {"x": meant.spec}}
    if wrapping == "ref":
        root |= {"properties": {"x": {"$ref": "#/$defs/a~1x"}}, "$defs": {"a/x": meant.spec}}
    if wrapping == "allOf":
        root |= {"properties": {"x": {"allOf": [{"$ref": "#/definitions/x"}], "title": "X"}}}
        root |= {"definitions": {"x": meant.spec}}
    return root, meant
