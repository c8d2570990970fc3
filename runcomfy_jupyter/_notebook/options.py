"""The options of a `%%sora` line: ours, and the fields of a model's input schema. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from runcomfy_jupyter._domain.legal import in_words, nearest
from runcomfy_jupyter._domain.plain import same
from runcomfy_jupyter._domain.refusal import NOTHING_SENT
from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.schema import Schema

MOST_VALUES = 1000

_SHOWN_LENGTH = 60
_LISTED = 12
_NEAR = 0.6
# What a word of a line can be without quotes, and a message can repeat whoever wrote the schema.
_WORD = re.compile(r"\w[\w.-]{0,63}")
_OF_A_TOKEN = r"(?:runcomfy|your|my|api|access|auth|bearer|secret|private)_?"  # noqa: S105 - a pattern
_CREDENTIAL = re.compile(rf"(?:{_OF_A_TOKEN})*(?:token|key|secret|password|credentials?|bearer)")


class Option(NamedTuple):
    """An option of ours: what stands behind it (nothing behind a flag), and what it does."""

    takes: str
    does: str


OPTIONS = {
    "model": Option("ID", "use another model; %sora models lists them"),
    "inputs": Option("VAR", "take further inputs from a dict; what the cell says goes before them"),
    "each": Option("VAR", "once for each row of a list of dicts or strings, or of a DataFrame"),
    "takes": Option("N", "make each of them this many times"),
    "wait": Option("", "stay in the cell until the video is here"),
    "no-wait": Option("", "return at once, also where nobody watches"),
    "dry-run": Option("", "show the request and what it would cost, send nothing"),
    "max-cost": Option("USD", "refuse what is estimated to cost more"),
    "again": Option("", "pay for a new take of a request that is bought already"),
    "help": Option("", "show this help"),
}


def ours(name: str) -> str | None:
    """Return the name of our option that is meant, `-` and `_` being the same."""
    dashed = name.replace("_", "-")
    return dashed if dashed in OPTIONS else None


def by_option(schema: Schema) -> list[Field]:
    """Return the fields that are options by their own name."""
    body = _body(schema)
    return [field for field in schema.fields if field.name != body and _is_option(field.name)]


def by_inputs(schema: Schema) -> list[Field]:
    """Return the fields that only `--inputs VAR` reaches.

    One of ours has the name, it cannot be typed, or it is where a token would be put: cells are saved.
    """
    body = _body(schema)
    return [field for field in schema.fields if field.name != body and not _is_option(field.name)]


def find(name: str, schema: Schema) -> Field | None:
    """Return the field that an option names, `-` and `_` being the same."""
    found = [field for field in by_option(schema) if underscored(field.name) == underscored(name)]
    return next((field for field in found if field.name == name), found[0] if found else None)


def field_named(name: str, schema: Schema) -> Field:
    """Return the field that an option names; raise `InputError`, with the likely one or all of them."""
    field = find(name, schema)
    if field is None:
        hint = f"{_likely(name, schema, by_option(schema))} {NOTHING_SENT}"
        raise InputError(f"%%sora has no option --{shorten(name, _SHOWN_LENGTH)}.", hint=hint)
    return field


def values(field: Field, texts: Sequence[str]) -> tuple[Any, ...]:
    """Return the values that a field takes on a line, typed; raise `InputError` under the option's name.

    `texts`: what stands behind the option, once for each time that it is given.
    """
    try:
        if len(texts) > 1:
            return (_together(field, texts),)
        found = [field.from_text(text) for text in _parts(field, texts[0])]
    except InputError as error:
        raise InputError(f"--{error.message.removeprefix('--')}", hint=error.hint) from None
    for place, value in enumerate(found):
        if any(same(value, before) for before in found[:place]):
            hint = f"--takes 2 makes two of each. {NOTHING_SENT}"
            raise InputError(f"--{field.name} names {in_words([value])} twice.", hint=hint)
    return tuple(found)


def own_word(name: str, schema: Schema) -> str:
    """Say how a field is reached whose name is one of our options; nothing if there is none."""
    fields = [field for field in schema.fields if underscored(field.name) == underscored(name)]
    return "The model's own input of that name is set by --inputs VAR. " if fields else ""


def underscored(name: str) -> str:
    """Return a name as it is compared: `-` and `_` are the same."""
    return name.replace("-", "_")


def _is_credential(name: str) -> bool:
    return _CREDENTIAL.fullmatch(underscored(name.lower())) is not None


def _body(schema: Schema) -> str | None:
    return None if schema.body is None else schema.body.name


def _is_option(name: str) -> bool:
    # A piece of music has a key; no model has a use for a token.
    asks_for_token = name != "key" and _is_credential(name)
    return ours(name) is None and _WORD.fullmatch(name) is not None and not asks_for_token


def _likely(name: str, schema: Schema, known: list[Field]) -> str:
    """Say what was meant by an option that there is not."""
    body = _body(schema)
    held = any(underscored(field.name) == underscored(name) for field in schema.fields)
    if body is not None and underscored(name) in (underscored(body), "prompt"):
        return "The prompt goes into the lines below."
    if _is_credential(name):
        return "A token never stands in a cell: set RUNCOMFY_TOKEN before the kernel starts."
    if held or not schema.readable:
        what = "That input of the model is no option" if held else "This model's inputs are not known here"
        return f"{what}: --inputs VAR sets {'it' if held else 'them'}."
    return "This model takes no prompt." if name == "prompt" else _near(name, known)


def _near(name: str, known: list[Field]) -> str:
    every = [*(field.name for field in known), *OPTIONS]
    near = nearest(name, every, cutoff=_NEAR)
    if near is not None:
        return f"Did you mean --{near}?"
    listed = ", ".join(f"--{one}" for one in [*(field.name for field in known[:_LISTED]), *OPTIONS])
    more = f" and {len(known) - _LISTED} more, which --help lists" if len(known) > _LISTED else ""
    return f"There are {listed}{more}."


def _together(field: Field, texts: Sequence[str]) -> Any:
    """Return the list that an option makes which is given several times."""
    if field.kind != "array":
        several = f" A comma list names several: --{field.name} A,B." if field.sweeps else ""
        raise InputError(f"{field.name} stands there twice.", hint=f"{several} {NOTHING_SENT}".strip())
    return field.from_texts(texts)


def _parts(field: Field, text: str) -> list[str]:
    """Return what a comma list names; a legal value that holds a comma itself comes before a list."""
    if not field.sweeps or "," not in text:
        return [text]
    whole = {legal for legal in field.enum if isinstance(legal, str) and "," in legal}
    if text in whole:
        return [text]
    pieces = text.split(",")
    if len(pieces) > MOST_VALUES:
        message = f"{field.name} names {len(pieces):,} values, and takes at most {MOST_VALUES:,}."
        raise InputError(message, hint=NOTHING_SENT)
    parts = []
    widest = max((legal.count(",") + 1 for legal in whole), default=1)
    while pieces:
        candidates = (
            (width, ",".join(pieces[:width]).strip()) for width in range(min(widest, len(pieces)), 1, -1)
        )
        width, part = next(((n, one) for n, one in candidates if one in whole), (1, pieces[0].strip()))
        if not part:
            message = f"{field.name} has an empty place in its list {shorten(repr(text), _SHOWN_LENGTH)}."
            raise InputError(message, hint=NOTHING_SENT)
        parts.append(part)
        del pieces[:width]
    return parts
