"""A schema as the catalogue writes it → the part of JSON Schema that is held to.

What comes out, the `rules`, holds only keywords that this project knows, no reference and no
pattern; so the library that judges by it neither fetches nor hangs. Where a schema says more, the
rules are looser, never stricter: therefore `not`, `if` and the "exactly" of `oneOf`, which turn
loose into strict, are left out. Reading is bounded in depth and in parts, whatever a schema holds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sized
from itertools import islice
from typing import Any
from urllib.parse import unquote

from runcomfy_jupyter._domain import limits, mediums
from runcomfy_jupyter._domain.kinds import kinds_of, legal_values, unwrapped
from runcomfy_jupyter._domain.legal import Rules, kind_of
from runcomfy_jupyter._domain.plain import is_plain

MOST_FIELDS = 1000

_DEEPEST = 10
_MOST_PARTS = 30_000
_MOST_OF_ONE = 12_000  # a field that never ends leaves something for the others
_LONGEST_POINTER = 1000
_MOST_TOGETHER = 50
_BESIDE = ("title", "description", "default", "format", "pattern", "nullable", "properties")
_STRICT = (
    "type", "enum", "const", "items", "additionalProperties",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
)  # fmt: skip
_ADDED = ("required", "validations")
# What can be long counts, too: it is gone through wherever a reference leads to it.
_LONG = ("enum", "required", "properties")
_CHEAPER = 3


class Flat(dict[str, Any]):
    """A part of a schema without references, made by `Reader.flat`: nobody else can write its `unions`."""


class Reader:
    """Reads one schema."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = _MOST_PARTS

    def flat(self, spec: Any, depth: int = 0) -> Flat:
        """Follow the references of a part and put it together with what it is made of.

        Parts that say different things of the same stay apart, in `allOf`; forms of which one has
        to fit, in `unions`.
        """
        if isinstance(spec, Flat):
            return spec
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST or not isinstance(spec, Mapping):
            return Flat()
        told = Flat({key: spec[key] for key in (*_BESIDE, *_STRICT) if key in spec})
        told |= {key: spec[key] for key in _ADDED if isinstance(spec.get(key), list)}
        self._left -= sum(len(_sized(told.get(key))) for key in _LONG) // _CHEAPER
        if "enum" in told:
            told["enum"] = unwrapped(told["enum"], told.get("type"))
        parts = _listed(spec.get("allOf"))[:_MOST_TOGETHER]
        if isinstance(reference := spec.get("$ref"), str):
            parts = [self._target(reference), *parts]
        for part in parts:
            told = _together(told, self.flat(part, depth + 1))
        for forms in (spec.get("anyOf"), spec.get("oneOf")):
            told = self._united(told, _listed(forms), depth)
        return told

    def rules(self, spec: Any, name: str = "", depth: int = 0, *, infer: bool = True) -> Rules:
        """Return the rules for the values of a part. `infer`: guess a type that is not told."""
        told = self.flat(spec, depth)
        if not told:
            return {}
        kinds, null = kinds_of(told, infer=infer)
        values, kinds, null = legal_values(told, kinds, null=null)
        rules: Rules = {}
        if kinds or null:
            types = [*kinds, "null"] if null else kinds
            rules["type"] = types[0] if types == kinds[:1] else types
        if values:
            rules["enum"] = [*values, *([None] if null else [])]
        rules |= limits.limits(told, kinds)
        if "array" in kinds or not kinds:
            self._items(rules, told, name, depth)
        if "object" in kinds or not kinds:
            rules |= self._parts(told, depth)
        self._medium(rules, told, name, kinds)
        apart = [self.rules(part, name, depth + 1, infer=False) for part in told.get("allOf", ())]
        for forms in told.get("unions", ()):
            form = [self.rules(form, name, depth + 1, infer=False) for form in forms]
            apart.append({"anyOf": form} if all(form) else {})  # what one without rules allows is everything
        apart = [part for part in apart if part]
        if len(apart) == 1 and list(apart[0]) == ["anyOf"]:
            return rules | apart[0]
        return rules | ({"allOf": apart} if apart else {})

    def field(self, spec: Any, name: str) -> tuple[Flat, Rules]:
        """Return what is told of one field, and its rules; however much that is, others have their share."""
        with self._share():
            told = self.flat(spec)
            return told, self.rules(told, name)

    def whole(self) -> Flat:
        """Return what is told of the whole."""
        with self._share():
            return self.flat(self._root)

    @contextlib.contextmanager
    def _share(self) -> Iterator[None]:
        share = min(self._left, _MOST_OF_ONE)
        rest, self._left = self._left - share, share
        yield
        self._left = rest + max(0, self._left)

    def properties(self, told: Flat) -> dict[str, Any] | None:
        """Return the parts of the whole, those of all its forms together; None where none can be read."""
        forms = [form for several in told.get("unions", ()) for form in several]
        parts = [part["properties"] for part in (told, *forms) if _has_properties(part)]
        if not parts:
            return None
        found: dict[str, Any] = {}
        for part in parts:
            for name, spec in islice(part.items(), MOST_FIELDS):
                found.setdefault(name, spec)
        return found

    def together(self, told: Flat) -> Rules:
        """Return what the parts of the whole have to fit together."""
        kept = Flat({key: told[key] for key in ("unions", "allOf") if key in told})
        return self.rules(kept)

    def _united(self, told: Flat, forms: list[Any], depth: int) -> Flat:
        """Add forms of which one has to fit: one that may be null, a list of constants, or really several."""
        flats = [self.flat(form, depth + 1) for form in forms if form is not False]
        some = [flat for flat in flats if flat.get("type") != "null"]
        if not some or self._left < 0:
            return told
        null = len(some) < len(flats)
        simple = not (null and set(_STRICT) & set(told))  # else null would have to fit twice
        if simple and all(_is_choice(flat) for flat in some):
            values = [value for flat in some for value in _listed(flat.get("enum", [flat.get("const")]))]
            told = _together(told, Flat(enum=values))
        elif simple and len(some) == 1:
            told = _together(told, some[0])
        else:
            return _together(told, Flat(unions=[[*some, Flat(type="null")] if null else some]))
        return Flat(told, nullable=True) if null else told

    def _target(self, reference: str) -> Any:
        """Return the part that a local reference names; nothing for another's, which is never fetched."""
        if not reference.startswith("#") or len(reference) > _LONGEST_POINTER:
            return None
        part = self._root
        for step in reference[1:].split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(part, list) and key.isdecimal() and int(key) < len(part):
                part = part[int(key)]
            else:
                part = part.get(key) if isinstance(part, Mapping) else None
        return part

    def _items(self, rules: Rules, told: Mapping[str, Any], name: str, depth: int) -> None:
        items = self.rules(told.get("items"), name, depth + 1)
        named = mediums.by_format(told.get("format"))
        if named and kind_of(items) in {"any", "string"} and not {"enum", "anyOf"} & set(items):
            items = {"type": "string", **items, "medium": named[0]}
        if "medium" in items:
            self._noted(rules, told)
        if items:
            rules["items"] = items

    def _parts(self, told: Mapping[str, Any], depth: int) -> Rules:
        """Return the rules for the parts of an object."""
        properties, required = told.get("properties"), told.get("required")
        rules: Rules = {}
        if told.get("additionalProperties") is False and not isinstance(properties, Mapping):
            properties = {}
        if isinstance(properties, Mapping):
            named = [(name, spec) for name, spec in islice(properties.items(), MOST_FIELDS) if is_plain(name)]
            rules["properties"] = {name: self.rules(spec, name, depth + 1) for name, spec in named}
            if told.get("additionalProperties") is False and len(named) == len(properties):
                rules["additionalProperties"] = False
        if lacking := [name for name in _listed(required)[:MOST_FIELDS] if isinstance(name, str)]:
            rules["required"] = lacking
        return rules

    def _medium(self, rules: Rules, told: Mapping[str, Any], name: str, kinds: list[str]) -> None:
        if kinds not in ([], ["string"]) or "enum" in rules:
            return
        named = mediums.by_format(told.get("format"))
        medium = mediums.by_name(name, told) if kinds and not named else ""
        if named and not named[1]:
            medium = named[0]
        if medium:
            rules["medium"] = medium
            self._noted(rules, told)

    def _noted(self, rules: Rules, told: Mapping[str, Any]) -> None:
        if notes := limits.notes(told):
            rules["notes"] = notes


def _sized(value: Any) -> Sized:
    return value if isinstance(value, list | Mapping) else ()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _has_properties(part: Flat) -> bool:
    return isinstance(part.get("properties"), Mapping)


def _is_choice(flat: Flat) -> bool:
    """Tell whether a form only names its values."""
    named = {"enum", "const"}
    return not named.isdisjoint(flat) and {*_STRICT, "unions", "allOf"}.isdisjoint(
        flat.keys() - named - {"type"}
    )


def _together(near: Flat, far: Flat) -> Flat:
    """Put two parts together that both have to hold; where they differ, the far one stays apart."""
    both = Flat({**far, **near})
    for key in (*_ADDED, "unions", "allOf"):
        if key in near and key in far:
            both[key] = [*near[key], *far[key]]
    clash = any(key in near and key in far and not _agree(key, near, far) for key in _STRICT)
    one, other = near.get("properties"), far.get("properties")
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        some = dict(islice(other.items(), MOST_FIELDS))
        clash = clash or not some.keys().isdisjoint(one)
        both["properties"] = {**some, **dict(islice(one.items(), MOST_FIELDS))}
    if clash:
        both["allOf"] = [*both.get("allOf", ()), Flat({key: far[key] for key in far if key != "allOf"})]
    return both


def _agree(key: str, near: Flat, far: Flat) -> bool:
    return key == "type" and isinstance(near[key], str) and near[key] == far[key]
