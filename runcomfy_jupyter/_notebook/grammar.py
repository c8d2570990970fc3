"""What a `%%sora` line and its body mean. Pure."""

from __future__ import annotations

import difflib
import keyword
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_jupyter._domain.schema import Schema

NOTHING_SENT = "Nothing was sent."

# Options of ours; the others are the fields of the model's input schema.
FLAGS = {
    "wait": "stay in the cell until the video is here",
    "no-wait": "return at once, also where nobody watches",
    "again": "pay for a new take of a request that is bought already",
    "help": "show this help",
}
_SHOWN_LENGTH = 60
_EXCLUDING = {"wait", "no-wait"}

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Command:
    """One `%%sora` line. `inputs` are typed by the schema; `wait` is None where nothing is said."""

    variable: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    wait: bool | None = None
    again: bool = False
    help: bool = False


def parse(line: str, schema: Schema) -> Command:
    """Read a `%%sora` line; raise `InputError` for what it cannot mean."""
    words = _split(line)
    variable: str | None = None
    flags: set[str] = set()
    inputs: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            variable = _variable(word, variable)
            continue
        name, equals, text = ("help", "", "") if word == "-h" else word.lstrip("-").partition("=")
        if (flag := name.replace("_", "-")) in FLAGS and not equals:
            flags.add(flag)
            continue
        known = _known_field(name, schema)
        if known in inputs:
            message = f"--{name} stands there twice."
            raise InputError(message, hint=NOTHING_SENT)
        if not equals:
            if not words or words[0].startswith("--"):
                message = f"--{name} needs a value: {schema.field(known).legal()}."
                raise InputError(message, hint=NOTHING_SENT)
            text = words.pop(0)
        inputs[known] = _typed(known, text, schema)
    if flags >= _EXCLUDING:
        message = "--wait and --no-wait exclude each other."
        raise InputError(message, hint=NOTHING_SENT)
    wait = True if "wait" in flags else False if "no-wait" in flags else None
    return Command(variable, inputs, wait, "again" in flags, "help" in flags)


def _variable(word: str, before: str | None) -> str:
    """Return the variable that receives the job."""
    if before is not None or not word.isidentifier() or keyword.iskeyword(word):
        message = f"{word!r} is no option and no variable's name; the prompt goes into the lines below."
        raise InputError(message, hint=NOTHING_SENT)
    return word


def fill(template: str, names: Mapping[str, Any]) -> str:
    """Put values in place of `{name}`; `{{` and `}}` are braces.

    No attributes, no expressions, no formats: a prompt goes to a service, and `{os.environ[KEY]}`
    would put a secret into it. Everything else stays exactly as written.
    """

    def value(match: re.Match[str]) -> str:
        text = match.group()
        if text in ("{{", "}}"):
            return text[0]
        name = match.group(1)
        if name is None or not name.isidentifier():
            message = f"{shorten(repr(text), _SHOWN_LENGTH)} in the prompt is not a variable in braces."
            raise InputError(message, hint=f"Double the braces, {{{{ and }}}}, to mean them. {NOTHING_SENT}")
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            likely = f"Did you mean {{{near[0]}}}? " if near else ""
            message = f"There is no variable {name!r} for {text} in the prompt."
            hint = f"{likely}Double the braces, {{{{ and }}}}, to mean them. {NOTHING_SENT}"
            raise InputError(message, hint=hint)
        return str(names[name])

    return _PLACEHOLDER.sub(value, template)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        message = f"The line after %%sora cannot be read: {str(error).lower()}."
        raise InputError(message, hint=NOTHING_SENT) from None


def _known_field(name: str, schema: Schema) -> str:
    wanted = name.replace("-", "_")
    if wanted.replace("_", "-") in FLAGS:
        raise InputError(f"--{name} takes no value.", hint=NOTHING_SENT)
    options = [entry.name for entry in schema.fields if entry.name != "prompt"]
    for option in options:
        if option.replace("-", "_") == wanted:
            return option
    every = [*options, *FLAGS]
    near = difflib.get_close_matches(wanted, every, n=1)
    listed = ", ".join(f"--{option}" for option in every)
    hint = f"Did you mean --{near[0]}?" if near else f"There are {listed}."
    if wanted == "prompt":
        hint = "The prompt goes into the lines below."
    if "token" in wanted or "key" in wanted:
        hint = "A token never stands in a cell: set RUNCOMFY_TOKEN before the kernel starts."
    message = f"%%sora has no option --{name}."
    raise InputError(message, hint=f"{hint} {NOTHING_SENT}")


def _typed(name: str, text: str, schema: Schema) -> Any:
    try:
        value = schema.field(name).from_text(text)
        schema.field(name).check(value)
    except InputError as error:
        raise InputError(f"--{error.message}", hint=error.hint) from None
    return value
