"""A model's input schema: its fields, and what may be sent.

The magic's options, the panel's controls, the help text and the checks come from here. Source of
the shape: the "Input schema" of RunComfy's API pages, a JSON Schema object with `properties` and
`required`; `normalise` reads what catalogues write beside it.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.legal import called, in_words, nearest, shown, tidy
from runcomfy_jupyter._domain.normalise import MOST_FIELDS, Reader
from runcomfy_jupyter._domain.plain import NotPlainError, is_plain, plain
from runcomfy_jupyter._domain.refusal import meant, sorry
from runcomfy_jupyter._domain.verdict import certain, misfit

_TITLE_LENGTH = 80
_DESCRIPTION_LENGTH = 500
_LARGEST_EXACT = 2**53
# Names under which models take a text that says what to make, the usual one first.
_BODIES = ("prompt", "text_prompt", "text", "positive_prompt", "input_text", "instruction", "instructions")


@dataclass(frozen=True, slots=True)
class Schema:
    """The inputs that a model takes, in the order of its page.

    `raw`: as it was served. `readable`: False where no fields could be read; then any JSON object
    may be sent. `together`: what the inputs have to fit beside each field for itself.
    """

    fields: tuple[Field, ...] = ()
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    readable: bool = True
    together: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def parse(cls, raw: Any) -> Schema:
        """Read a schema, whatever it is; what is not understood is kept open rather than refused."""
        kept = raw if isinstance(raw, Mapping) else {}
        reader = Reader(kept)
        told = reader.whole()
        properties = reader.properties(told)
        if properties is None:
            return cls((), kept, readable=False)
        required = {name for name in told.get("required", ()) if isinstance(name, str)}
        properties |= {name: {} for name in sorted(required - properties.keys())[:MOST_FIELDS]}
        named = [(name, spec) for name, spec in properties.items() if spec is not False and is_plain(name)]
        fields = tuple(
            _field(reader, name, spec, required=name in required) for name, spec in islice(named, MOST_FIELDS)
        )
        return cls(fields, kept, together=reader.together(told))

    @property
    def body(self) -> Field | None:
        """The field that a cell's body fills, or None if the model takes no text, or is not known."""
        by_name = {field.name.lower().replace("-", "_"): field for field in reversed(self.fields)}
        texts = (by_name[name] for name in _BODIES if name in by_name)
        return next((field for field in texts if _takes_free_text(field)), None)

    def field(self, name: Any) -> Field:
        """Return the field of that name, `-` and `_` being the same; raise `InputError`."""
        wanted = _plain_name(name)
        same = [field for field in self.fields if _plain_name(field.name) == wanted]
        for field in same:
            if field.name == name:
                return field
        if same:
            return same[0]
        near = nearest(wanted, [field.name for field in self.fields], cutoff=0.6)
        raise sorry(f"This model has no input {shown(name)}.", meant(near) or self.takes())

    def takes(self) -> str:
        """Say in a sentence which inputs there are."""
        if not self.readable:
            return "Its input schema could not be read."
        names = [field.name for field in self.fields]
        return f"It takes {in_words(names)}." if names else "It takes none."

    def check(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs to send, in JSON's types, or raise `InputError`.

        What is not set is not sent, but for a required field's default. None leaves a field
        unset where that is its default, and an empty text does so for a prompt that may lack.
        """
        if not self.readable:
            return _plain_object(inputs)
        given: dict[str, Any] = {}
        body = self.body
        for name, value in inputs.items():
            field = self.field(name)
            if field.name in given:
                raise sorry(f"{called(field.name)} is given twice.")
            given[field.name] = field.meant(value)
        for field in self.fields:
            if _is_unset(given.get(field.name), field, is_body=field is body):
                given.pop(field.name, None)
            if field.required:
                _complete(given, field, is_body=field is body)
        self._judge(given)
        return given

    def resolve(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs with the schema's defaults filled in, in the schema's order.

        A whole number is written in one way, so that 3 and 3.0 ask for the same.
        """
        known = {field.name: field for field in self.fields}
        filled = {name: inputs.get(name, field.default) for name, field in known.items()}
        resolved = {name: value for name, value in filled.items() if value is not None}
        resolved |= inputs
        return {name: _one_way(known.get(name), value) for name, value in resolved.items()}

    def files(self, inputs: Mapping[str, Any]) -> list[tuple[Field, str]]:
        """Return the addresses of files among the inputs, each with its field."""
        found = []
        for field in self.fields:
            value = inputs.get(field.name) if field.medium else None
            addresses = value if isinstance(value, list | tuple) else [value]
            found += [(field, address) for address in addresses if isinstance(address, str)]
        return found

    def _judge(self, given: Mapping[str, Any]) -> None:
        rules = {field.name: field.rules for field in self.fields if field.name in given}
        if not self.together and all(certain(rules[name], value) for name, value in given.items()):
            return
        found = misfit({"properties": rules, **self.together}, given)
        if found is None:
            return
        if found.path:
            within = dataclasses.replace(found, path=found.path[1:])
            raise self.field(found.path[0]).refusal(within)
        forms = [form.get("required", ()) for form in found.rules.get("anyOf", ())]
        if forms and all(forms):
            wanted = in_words([" and ".join(called(name) for name in form) for form in forms])
            raise sorry(f"This model needs {wanted}.")
        raise sorry("These inputs do not fit together, says the model's schema.")


def _field(reader: Reader, name: str, spec: Any, *, required: bool) -> Field:
    told, rules = reader.field(spec, name)
    return Field.of(
        name,
        rules,
        title=tidy(told.get("title"), _TITLE_LENGTH) or tidy(name, _TITLE_LENGTH) or "(no name)",
        description=tidy(told.get("description"), _DESCRIPTION_LENGTH),
        required=required,
        default=told.get("default"),
    )


def _plain_name(name: Any) -> str:
    return str(name).replace("-", "_")


def _takes_free_text(field: Field) -> bool:
    return field.kind in ("string", "any") and not field.enum and not field.medium


def _is_unset(value: Any, field: Field, *, is_body: bool) -> bool:
    """Tell whether a value means no more than leaving the field out."""
    if field.required or field.default is not None:
        return False
    return value is None or (is_body and isinstance(value, str) and not value.strip())


def _complete(given: dict[str, Any], field: Field, *, is_body: bool) -> None:
    """Put in a required field's default if it is not given; raise `InputError` where there is none."""
    value = given.get(field.name)
    if field.name not in given and field.default is not None:
        given[field.name] = copy.deepcopy(field.default)
    elif not value.strip() if isinstance(value, str) else value is None and is_body:
        raise sorry(f"The {called(field.name)} is empty, and this model needs one.")
    elif field.name not in given:
        raise sorry(f"{called(field.name)} is missing.", f"{field.title} is required: {field.legal()}.")


def _plain_object(inputs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        given: dict[str, Any] = plain(dict(inputs))
    except NotPlainError as reason:
        wrong = [called(str(name)) for name, value in inputs.items() if not is_plain(value)]
        raise sorry(f"{(wrong or ['An input'])[0]} cannot be written as JSON: {reason}.") from None
    return given


def _one_way(field: Field | None, value: Any) -> Any:
    exact = isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT
    return int(value) if exact and field is not None and field.kind == "number" else value
