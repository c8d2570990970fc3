"""Check an input against a schema, in the notations that the catalogue uses. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One way in which an input does not fit its schema: where, and why in words."""

    path: _Path
    message: str

    @property
    def field(self) -> str:
        """The place as one word: `camera.speed`, `images.0`."""
        return ".".join(map(str, self.path))


def misfits(schema: Mapping[str, Any], body: Mapping[str, Any]) -> list[Misfit]:
    """List all ways in which `body` does not fit `schema`; an empty list when it fits."""
    return list(_object(schema, body, ()))


def _object(schema: Mapping[str, Any], value: Mapping[str, Any], path: _Path) -> Iterator[Misfit]:
    fields: Mapping[str, Any] = schema["properties"]
    for name in schema.get("required", ()):
        if name not in value:
            yield Misfit((*path, name), "is required")
    for name, inner in value.items():
        if name in fields:
            yield from _field(fields[name], inner, (*path, name))
        else:
            yield Misfit((*path, name), f"is not a field of this model; its fields are {', '.join(fields)}")


def _field(field: Mapping[str, Any], value: Any, path: _Path) -> Iterator[Misfit]:
    if value is None and "default" in field and field["default"] is None:
        return
    if "anyOf" in field:
        tried = [list(_field(option, value, path)) for option in field["anyOf"]]
        if all(tried):
            yield from min(tried, key=len)
        return
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if not any(_TYPES[name](value) for name in types):
        yield Misfit(path, f"must be of type {' or '.join(types)}{_legal(field)}")
    elif "enum" in field and value not in field["enum"]:
        yield Misfit(path, f"must be {_one_of(field)}; it is {json.dumps(value)}")
    elif value is not None:
        yield from (Misfit(path, message) for message in _out_of_bounds(field, value))
        yield from _inside(field, value, path)


def _inside(field: Mapping[str, Any], value: Any, path: _Path) -> Iterator[Misfit]:
    form = str(field.get("format", ""))
    if isinstance(value, dict) and "properties" in field:
        yield from _object(field, value, path)
    elif isinstance(value, list):
        # In the wild an array of files names their format in the plural, and has no `items`.
        items = dict(field.get("items", {"type": "string"}))
        if form.endswith("_uris"):
            items |= {"format": form[:-1], "validations": field.get("validations", [])}
        for number, item in enumerate(value):
            yield from _field(items, item, (*path, number))
    elif form.endswith("_uri"):
        yield from (Misfit(path, message) for message in _bad_address(field, value))


def _out_of_bounds(field: Mapping[str, Any], value: Any) -> Iterator[str]:
    for key, (holds, words) in _BOUNDS.items():
        if key in field and not holds(value, field[key]):
            yield words.format(field[key])


def _bad_address(field: Mapping[str, Any], value: str) -> Iterator[str]:
    medium = field["format"].removesuffix("_uri")
    address = _split(value)
    if address is None or address.scheme != "https" or not address.hostname:
        yield f"must be a public https URL of {medium}; it is {json.dumps(value[:200])}"
        return
    told = parse_qs(address.query)
    for validation in field.get("validations", ()):
        if not _holds(validation, told):
            yield str(validation["validation_error"])


def _holds(validation: Mapping[str, Any], told: Mapping[str, list[str]]) -> bool:
    """Apply a rule to what the address itself tells of its file: `…/cat.png?file_size_mb=31`.

    The sandbox fetches nothing, so this is how a file that is refused can be had. What an address does not
    tell is taken to be well.
    """
    rule, bound = str(validation["validation_rule"]), float(validation["validation_value"])
    names, sign = rule[:-1].split("/"), rule[-1]
    figures = [_number(told.get(name, [""])[0]) for name in names]
    if None in figures or 0 in figures[1:]:
        return True
    first, *rest = (figure for figure in figures if figure is not None)
    figure = first / rest[0] if rest else first
    return figure < bound if sign == "<" else figure > bound


def _split(value: str) -> Any:
    try:
        return urlsplit(value)
    except ValueError:
        return None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _is_step(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        return abs(value / step - round(value / step)) < 1e-9  # noqa: PLR2004 - the binary dust of decimals
    except OverflowError:
        return False


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}

_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, bound: value >= bound, "must be at least {}"),
    "maximum": (lambda value, bound: value <= bound, "must be at most {}"),
    "multipleOf": (_is_step, "must be a multiple of {}"),
    "minLength": (lambda value, bound: len(value) >= bound, "must have at least {} character(s)"),
    "maxLength": (lambda value, bound: len(value) <= bound, "must have at most {} character(s)"),
    "minItems": (lambda value, bound: len(value) >= bound, "must have at least {} item(s)"),
    "maxItems": (lambda value, bound: len(value) <= bound, "must have at most {} item(s)"),
}


def _legal(field: Mapping[str, Any]) -> str:
    return f", {_one_of(field)}" if "enum" in field else ""


def _one_of(field: Mapping[str, Any]) -> str:
    return f"one of {', '.join(map(json.dumps, field['enum']))}"
