"""What a `%%sora` line means, for any model. Pure."""

from __future__ import annotations

import keyword
import re
import shlex
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.models import is_model_id
from runcomfy_jupyter._domain.refusal import NOTHING_SENT
from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter._notebook.options import OPTIONS, field_named, ours, own_word, values
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.schema import Schema

MOST_TAKES = 1000

_SHOWN_LENGTH = 60
# What some editors make of two hyphens counts as one.
_DASHES = ("-", "–", "—")
_DOLLARS = re.compile(r"\$?([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})")
_WHOLE = re.compile(r"[0-9]{1,9}")
_TAKES = {
    "ID": "the id of a model, such as %sora models lists",
    "VAR": "the name of a variable",
    "N": f"a whole number from 1 to {MOST_TAKES:,}",
    "USD": "dollars above 0, such as 2.50",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One `%%sora` line.

    `choices`: for each field named, in the order of the line, the values it takes, typed by the
    schema; one but for a comma list. `wait` is None where nothing is said.
    """

    variable: str | None = None
    model: str | None = None
    choices: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    inputs_from: str | None = None
    wait: bool | None = None
    again: bool = False
    dry_run: bool = False
    help: bool = False
    max_cost: Decimal | None = None
    takes: int = 1
    each: str | None = None

    @property
    def inputs(self) -> dict[str, Any]:
        """The fields that have one value on this line."""
        return {name: values[0] for name, values in self.choices.items() if len(values) == 1}

    @property
    def multiplies(self) -> bool:
        """Whether the line, whatever stands below it, asks for a batch."""
        several = any(len(values) > 1 for values in self.choices.values())
        return several or self.takes > 1 or self.each is not None


def model_named(line: str) -> str | None:
    """Return what `--model` says, without a schema: which fields there are depends on it.

    A line that cannot be read names none; `parse` says what is wrong with it.
    """
    try:
        return model_among(_split(line))
    except InputError:
        return None


def model_among(words: Sequence[str]) -> str | None:
    """Return what `--model` says among the words of a line."""
    for place, word in enumerate(words):
        name, equals, text = word.removeprefix("--").partition("=")
        if word.startswith("--") and ours(name) == "model":
            following = words[place + 1] if place + 1 < len(words) else ""
            value = text if equals else "" if following.startswith("--") else following
            return value.strip() or None
    return None


def parse(line: str, schema: Schema) -> Command:
    """Read a `%%sora` line; raise `InputError` for what it cannot mean."""
    variable: str | None = None
    own: dict[str, str] = {}
    given: dict[str, tuple[Field, list[str]]] = {}
    words = deque(_split(line))
    while words:
        word = words.popleft()
        if not word.startswith(_DASHES):
            variable = _variable(word, variable, own, schema)
            continue
        name, equals, text = _option(word)
        known = ours(name)
        if known is None:
            one = field_named(name, schema)
            told = text if equals else _following(words, name, one.legal())
            given.setdefault(one.name, (one, []))[1].append(told)
        elif not OPTIONS[known].takes:
            if equals:
                raise InputError(f"--{name} takes no value.", hint=own_word(name, schema) + NOTHING_SENT)
            own[known] = ""
        elif known in own:
            raise InputError(f"--{name} stands there twice.", hint=NOTHING_SENT)
        else:
            told = text if equals else _following(words, name, _TAKES[OPTIONS[known].takes])
            own[known] = _checked(known, told, schema)
    choices = {name: values(one, texts) for name, (one, texts) in given.items()}
    return _command(variable, choices, own)


def _command(variable: str | None, choices: dict[str, tuple[Any, ...]], own: dict[str, str]) -> Command:
    if "wait" in own and "no-wait" in own:
        raise InputError("--wait and --no-wait exclude each other.", hint=NOTHING_SENT)
    return Command(
        variable=variable,
        model=own.get("model"),
        choices=choices,
        inputs_from=own.get("inputs"),
        wait=True if "wait" in own else False if "no-wait" in own else None,
        again="again" in own,
        dry_run="dry-run" in own,
        help="help" in own,
        max_cost=Decimal(own["max-cost"]) if "max-cost" in own else None,
        takes=int(own.get("takes", 1)),
        each=own.get("each"),
    )


def _option(word: str) -> tuple[str, str, str]:
    """Take an option apart: its name, the `=` if one stands there, what stands behind it."""
    if word == "-h":
        return "help", "", ""
    if not word.startswith("--"):
        message = f"{shorten(repr(word), _SHOWN_LENGTH)} is no option: an option begins with two hyphens."
        raise InputError(message, hint=NOTHING_SENT)
    return word.removeprefix("--").partition("=")


def _following(words: deque[str], name: str, takes: str) -> str:
    """Take the word behind an option; it may begin with one hyphen, as a number does."""
    if words and not words[0].startswith("--"):
        return words.popleft()
    raise InputError(f"--{name} needs a value: {takes}.", hint=NOTHING_SENT)


def _checked(name: str, text: str, schema: Schema) -> str:
    """Return the text of an option of ours as `Command` reads it; raise `InputError`."""
    takes = OPTIONS[name].takes
    text = text.strip()
    fits = {
        "ID": is_model_id(text),
        "VAR": _is_name(text),
        "N": _WHOLE.fullmatch(text) is not None and 1 <= int(text) <= MOST_TAKES,
        "USD": _DOLLARS.fullmatch(text) is not None and Decimal(text.removeprefix("$")) > 0,
    }
    if fits[takes]:
        return text.removeprefix("$") if takes == "USD" else text
    message = f"--{name} takes {_TAKES[takes]}, not {shorten(repr(text), _SHOWN_LENGTH)}."
    raise InputError(message, hint=own_word(name, schema) + NOTHING_SENT)


def _variable(word: str, before: str | None, own: Iterable[str], schema: Schema) -> str:
    """Return the variable that receives the job."""
    if before is None and _is_name(word):
        return word
    shown = shorten(repr(word), _SHOWN_LENGTH)
    message = f"{shown} is no option and no variable's name; the prompt goes into the lines below."
    hint = next((told for name in own if (told := own_word(name, schema))), "")
    raise InputError(message, hint=hint + NOTHING_SENT)


def _is_name(word: str) -> bool:
    return word.isidentifier() and not keyword.iskeyword(word)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        message = f"The line after %%sora cannot be read: {str(error).lower()}."
        raise InputError(message, hint=f"The prompt goes into the lines below. {NOTHING_SENT}") from None
