"""A model's input schema: fields, types, defaults, checks.

The magic's options, the help text and the checks come from here. Source of the shape: the
"Input schema" of RunComfy's API pages, a JSON Schema object with `properties` and `required`.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter.errors import InputError

_TRUE = {"true", "yes", "on", "1"}
_SHOWN_LENGTH = 60
_FALSE = {"false", "no", "off", "0"}
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def in_words(values: tuple[Any, ...]) -> str:
    """Join legal values as a person would: "4, 8 or 12"."""
    words = [str(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a model. `kind` is a JSON Schema type name, or "any" where none is given."""

    name: str
    title: str
    kind: str
    required: bool = False
    enum: tuple[Any, ...] = ()
    default: Any = None
    description: str = ""

    def from_text(self, text: str) -> Any:
        """Turn a word of a command line into the field's type; raise `InputError`."""
        try:
            if self.kind == "integer":
                return int(text)
            if self.kind == "number":
                return float(text)
            if self.kind == "boolean":
                return _boolean(text)
        except ValueError:
            self._refuse(text)
        return text

    def check(self, value: Any) -> None:
        """Raise `InputError`, naming the legal values, unless `value` fits."""
        types = _PYTHON_TYPES.get(self.kind)
        # In Python a boolean is an integer; in JSON it is not.
        wrong_type = types and (
            not isinstance(value, types) or (isinstance(value, bool) and bool not in types)
        )
        unsayable = isinstance(value, float) and not math.isfinite(value)  # JSON has no word for it
        if isinstance(value, str):
            _check_text(self.name, value)
        if wrong_type or unsayable or (self.enum and not self._listed(value)):
            self._refuse(value)

    def _listed(self, value: Any) -> bool:
        return any(
            value == legal and isinstance(value, bool) == isinstance(legal, bool) for legal in self.enum
        )

    def legal(self) -> str:
        """Name what the field takes, in words."""
        if self.enum:
            return in_words(self.enum)
        return {
            "string": "text",
            "integer": "a whole number",
            "number": "a number",
            "boolean": "true or false",
        }.get(self.kind, "any JSON value")

    def _refuse(self, value: Any) -> None:
        hint = f"Did you mean {near}?" if (near := self._nearest(value)) is not None else ""
        shown = shorten(repr(value) if isinstance(value, str) else str(value), _SHOWN_LENGTH)
        message = f"{self.name} takes {self.legal()}, not {shown}."
        raise InputError(message, hint=f"{hint} Nothing was sent.".strip())

    def _nearest(self, value: Any) -> Any:
        """Return the legal value that was likely meant, if one is near."""
        words = {str(legal).lower(): legal for legal in self.enum}
        text = str(value).strip().lower().replace("×", "x").replace(" ", "")
        near = difflib.get_close_matches(text, words, n=1, cutoff=0.75)
        return words[near[0]] if near else None


@dataclass(frozen=True, slots=True)
class Schema:
    """The inputs that a model takes, in the order of its page."""

    fields: tuple[Field, ...]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Schema:
        """Read a JSON Schema object; what is not understood is kept open rather than refused."""
        required, properties = raw.get("required"), raw.get("properties")
        named = required if isinstance(required, list) else []
        fields = properties.items() if isinstance(properties, Mapping) else ()
        return cls(tuple(_field(name, spec, name in named) for name, spec in fields))

    def field(self, name: str) -> Field:
        """Return the field of that name, `-` and `_` being the same; raise `InputError`."""
        wanted = name.replace("-", "_")
        for field in self.fields:
            if field.name.replace("-", "_") == wanted:
                return field
        names = [field.name for field in self.fields]
        near = difflib.get_close_matches(wanted, names, n=1)
        hint = f"It takes {in_words(tuple(names))}." if names else "It takes none."
        if near:
            hint = f"Did you mean {near[0]}?"
        message = f"This model has no input {name!r}."
        raise InputError(message, hint=f"{hint} Nothing was sent.")

    def check(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs to send, or raise `InputError`. What is not set is not sent."""
        checked = {}
        for name, value in inputs.items():
            field = self.field(name)
            field.check(value)
            checked[field.name] = value
        for field in self.fields:
            given = checked.get(field.name)
            if field.required and (given is None or (isinstance(given, str) and not given.strip())):
                message = f"The {field.name} is empty."
                raise InputError(message, hint=f"{field.title} is required. Nothing was sent.")
        return checked

    def resolve(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs with the schema's defaults filled in, in the schema's order."""
        defaults = {field.name: field.default for field in self.fields}
        filled = {name: inputs.get(name, default) for name, default in defaults.items()}
        set_ones = {name: value for name, value in filled.items() if name in inputs or value is not None}
        return {**set_ones, **inputs}


def _field(name: str, spec: Any, required: bool) -> Field:  # noqa: FBT001 - a schema's word
    told = spec if isinstance(spec, Mapping) else {}
    kind, enum = told.get("type"), told.get("enum")
    return Field(
        name=name,
        title=str(told.get("title") or name),
        kind=kind if isinstance(kind, str) else "any",
        required=required,
        enum=tuple(enum) if isinstance(enum, list) else (),
        default=told.get("default"),
        description=str(told.get("description") or ""),
    )


def _check_text(name: str, text: str) -> None:
    """Refuse half a character, which neither a service nor a page can be sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"{name} holds a character that is not whole (a lone surrogate)."
        raise InputError(message, hint="Nothing was sent.") from None


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(word)
    return word in _TRUE
