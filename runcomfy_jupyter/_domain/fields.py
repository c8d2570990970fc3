"""One input of a model: what it takes, and what a word of a line or a value of Python means for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.legal import called, is_null, kind_of, legal, shown
from runcomfy_jupyter._domain.plain import NotPlainError, is_plain, plain
from runcomfy_jupyter._domain.refusal import meant, refusal, sorry, unsayable
from runcomfy_jupyter._domain.texts import MisreadError, value_of
from runcomfy_jupyter._domain.verdict import Misfit, misfit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcomfy_jupyter._domain.legal import Rules
    from runcomfy_jupyter.errors import InputError

_NUMBERS = ("integer", "number")
_NOUNS = {"integer": " as a whole number", "number": " as a number"}
_OTHER_THAN_TEXT = (*_NUMBERS, "boolean", "any")


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a model.

    `kind`: a type of JSON Schema, or "any" where values of several types fit. `medium`: "image",
    "video" or "audio" where it takes the public https address of such a file, or a list of them.
    `more`: what else values have to fit, as JSON Schema keywords.
    """

    name: str
    title: str
    kind: str
    required: bool = False
    nullable: bool = False
    enum: tuple[Any, ...] = ()
    default: Any = None
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    medium: str = ""
    item: Field | None = None
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, name: str, rules: Rules, **facts: Any) -> Field:
        """Make the field of a name that takes what fits these rules; a default that does not is dropped."""
        kind, items = kind_of(rules), rules.get("items", {})
        types = rules.get("type", ())
        own = {"enum"} | ({"type"} if kind != "any" else set()) | ({"medium"} if kind == "string" else set())
        own |= {"minimum", "maximum", "multipleOf"} if kind in _NUMBERS else set()
        own |= {"items"} if kind == "array" else set()
        field = cls(
            name=name,
            kind=kind,
            nullable="null" in types if types else any(map(is_null, rules.get("anyOf", ()))),
            enum=tuple(value for value in rules.get("enum", ()) if value is not None),
            minimum=rules.get("minimum") if kind in _NUMBERS else None,
            maximum=rules.get("maximum") if kind in _NUMBERS else None,
            step=rules.get("multipleOf") if kind in _NUMBERS else None,
            medium=rules.get("medium", "") or items.get("medium", ""),
            item=cls.of(name, items, title=facts["title"]) if kind == "array" else None,
            more={key: value for key, value in rules.items() if key not in own},
            **{**facts, "default": None},
        )
        default = facts.get("default")
        fits = default is not None and is_plain(default) and misfit(field.rules, default) is None
        return dataclasses.replace(field, default=default) if fits else field

    @property
    def rules(self) -> Rules:
        """What values have to fit, as a JSON Schema without references and patterns."""
        rules: Rules = {}
        if self.kind != "any":
            rules["type"] = [self.kind, "null"] if self.nullable else self.kind
        if self.enum:
            rules["enum"] = [*self.enum, *([None] if self.nullable else [])]
        limits = {"minimum": self.minimum, "maximum": self.maximum, "multipleOf": self.step}
        rules |= {key: limit for key, limit in limits.items() if limit is not None}
        if self.kind == "array" and (items := self.one.rules):
            rules["items"] = items
        elif self.medium:
            rules["medium"] = self.medium
        return rules | dict(self.more)

    @property
    def sweeps(self) -> bool:
        """Whether a comma list means several values: lists to choose from, and numbers; never free text."""
        return bool(self.enum) or self.kind in {*_NUMBERS, "boolean"}

    def legal(self) -> str:
        """Name what the field takes, in words."""
        return legal(self.rules, null=self.required or self.default is not None)

    def from_text(self, text: str) -> Any:
        """Return what a word of a command line means here; raise `InputError`.

        The schema decides: `10` is text where text is listed. A list or an object is written as
        JSON; a field of several types reads JSON where that fits, else takes the word as text.
        """
        try:
            value = value_of(self, text)
        except MisreadError:
            raise refusal(self.name, Misfit((), text, "type", self.rules), self.legal()) from None
        self.check(value)
        return value

    def from_texts(self, texts: Sequence[str]) -> Any:
        """Return what an option means that is given several times: a list; raise `InputError`."""
        if len(texts) == 1:
            return self.from_text(texts[0])
        if self.kind != "array":
            raise sorry(f"{called(self.name)} takes one value, not {len(texts):,}.")
        values = [self.one.from_text(text) for text in texts]
        self.check(values)
        return values

    def check(self, value: Any) -> None:
        """Raise `InputError`, naming what is legal, unless a value of Python fits as it is."""
        found = misfit(self.rules, self._plain(value))
        if found is not None:
            raise self.refusal(found)

    def meant(self, value: Any) -> Any:
        """Return a value of Python in JSON's types, not yet checked; raise `InputError` where it has none.

        A number stands for its digits where a list of texts has them: 10 for "10". Nothing else
        is turned into another type.
        """
        copy = self._plain(value)
        if isinstance(copy, int | float) and not isinstance(copy, bool) and self.kind == "string":
            return next((legal for legal in self.enum if legal == str(copy)), copy)
        return copy

    def refusal(self, found: Misfit) -> InputError:
        """Return the error for what does not fit this field."""
        # Of parts that all have to fit, the one that does not says more than the whole.
        takes = "" if found.rules in self.more.get("allOf", ()) else self.legal()
        text = found.value
        if found.path or not isinstance(text, str) or self.kind not in _OTHER_THAN_TEXT:
            return refusal(self.name, found, takes)
        try:
            number = value_of(self, text)
        except MisreadError:
            return refusal(self.name, found, takes)
        if misfit(self.rules, number) is not None:
            return refusal(self.name, found, takes)
        # In most messages the text '4' would look like the number.
        noun = _NOUNS.get(self.kind, "") if self.enum else ""
        return sorry(f"{called(self.name)} takes {takes}{noun}, not the text {shown(text)}.", meant(number))

    @property
    def one(self) -> Field:
        """A value of a list."""
        kind = "string" if self.medium else "any"
        return self.item or Field(self.name, self.title, kind, medium=self.medium)

    def _plain(self, value: Any) -> Any:
        try:
            return plain(value)
        except NotPlainError as reason:
            raise unsayable(self, value, reason) from None
