"""The words of `%%sora --help` and `%%sora?`, from the schema and the table that the grammar reads."""

from __future__ import annotations

import re
import shlex
import textwrap
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.legal import called, in_words, tidy
from runcomfy_jupyter._domain.models import is_model_id
from runcomfy_jupyter._domain.prompts import fill
from runcomfy_jupyter._domain.texts import spelled
from runcomfy_jupyter._notebook.options import OPTIONS, by_inputs, by_option, values
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.schema import Schema

WIDTH = 100

_NAME_LENGTH = 60
_ID_LENGTH = 200
_TOLD_LENGTH = 300
_WIDEST = 24
_MOST_FIELDS = 60
_MOST_OTHERS = 12
_SHOWN_CHOICES = 2
_TRIED = 50
_MORE = " --inputs more"
_LINE = WIDTH - 4
_EMPTY_LINE = (
    "IPython refuses a %%sora cell with nothing below it: leave two empty lines for --help, or where\n"
    "--each brings the prompts; %sora --help needs none."
)
_PROMPTS = (
    "A red panda surfs a long wave at dawn, {mood}",
    "A red panda surfs",
    "red panda",
    "A red panda surfs a long wave at dawn, the sea hissing under its board",
)
_MOODS = ("", "wild and very loud")
_FILES = {
    "image": "https://example.com/picture.png",
    "video": "https://example.com/clip.mp4",
    "audio": "https://example.com/sound.mp3",
}
_ANYTHING = (1, 0, 0.5, 10, 100, -1, "text", "a longer text than that")
# Of all that can be printed, what no terminal takes for anything else; of that, what needs no quotes.
_TYPED = re.compile(r"[\w .,:;@%+=/()#*!?-]{1,60}")
_BARE = re.compile(r"[\w.,:@%+=/-]+")


def cell_help(model: ModelCard, *, named: bool = False) -> str:
    """Return what a `%%sora` cell takes, for a model. `named`: it was asked for with `--model`."""
    schema = model.schema
    who = f"{tidy(model.display_name, _NAME_LENGTH)} ({tidy(model.model_id, _ID_LENGTH)})"
    parts = [
        _paragraph(f"%%sora [NAME] [OPTIONS] sends a request to {who}."),
        textwrap.indent(example(model, named=named), "    "),
        _paragraph(f"NAME is a variable that receives the job. {_body(schema)}"),
        _sections(schema),
        f"Running the same cell again shows what it made: nothing is paid twice.\n{_EMPTY_LINE}",
    ]
    return "\n\n".join(part for part in parts if part)


def documented(function: Any, told: Callable[[], str]) -> None:
    """Let `?` show what is told when it is asked: IPython asks a function's `getdoc` before its docstring."""
    vars(function)["getdoc"] = told


def example(model: ModelCard, *, named: bool = False) -> str:
    """Return a cell that is legal for a model: what it requires, and some of what can be chosen."""
    schema = model.schema
    line = "%%sora clip"
    if named and is_model_id(model.model_id):
        line += f" --model {model.model_id}"
    known = list(islice(by_option(schema), _MOST_FIELDS))
    required = [field for field in schema.fields if field.required and field != schema.body]
    found = [_option(field) if field in known else "" for field in required]
    words = [word for word in found if word]
    more = _MORE if len(words) < len(required) else ""
    while words and len(" ".join([line, *words])) + len(more) > _LINE:
        words.pop()
        more = _MORE
    chosen = [field for field in known if not field.required and (field.enum or field.kind == "boolean")]
    for word in map(_option, chosen[:_SHOWN_CHOICES]):
        if word and len(" ".join([line, *words, word])) + len(more) <= _LINE:
            words.append(word)
    return f"{' '.join([line, *words])}{more}\n{_prompt(schema)}".rstrip()


def _body(schema: Schema) -> str:
    """Say what stands below the line."""
    if schema.readable and schema.body is None:
        return "This model takes no prompt: leave the lines below empty."
    body = schema.body
    limits = f" ({body.legal()})" if body is not None and "maxLength" in body.rules else ""
    return (
        f"The lines below are the prompt{limits}; {{mood}} is your variable, {{{{ and }}}} are braces. "
        "A line --- stands between two prompts, a comma between two values: each goes with each."
    )


def _prompt(schema: Schema) -> str:
    """Return a prompt that the model takes; nothing if it takes none."""
    if schema.body is None:
        return "" if schema.readable else _PROMPTS[0]
    for prompt in _PROMPTS:
        with suppress(InputError):
            for mood in _MOODS:
                schema.body.check(fill(prompt, {"mood": mood}))
            return prompt
    return _PROMPTS[0]


def _option(field: Field) -> str:
    """Return an option with a value that is legal, and not the default; nothing if none is found."""
    for value in islice(_likely(field), _TRIED):
        text = spelled(value)
        if text.startswith("--") or not _TYPED.fullmatch(text):
            continue
        with suppress(InputError):
            if len(values(field, [text])) == 1:
                return f"--{field.name} {text if _BARE.fullmatch(text) else shlex.quote(text)}"
    return ""


def _likely(field: Field) -> Iterator[Any]:
    """Return values that may be legal, the best example first."""
    if field.item is not None:
        yield from _likely(field.item)
    legal = field.enum or ((True, False) if field.kind == "boolean" else ())
    yield from (value for value in legal if value != field.default)
    if field.default is not None:
        yield field.default
    yield from (limit for limit in (field.minimum, field.maximum) if limit is not None)
    yield from (_FILES[field.medium],) if field.medium else _ANYTHING


def _sections(schema: Schema) -> str:
    """List the options: the model's fields, what is no option among them, and ours."""
    known = by_option(schema)
    fields = [(f"--{field.name} …", _takes(field)) for field in known[:_MOST_FIELDS]]
    own = [(f"--{name} {one.takes}".rstrip(), one.does) for name, one in OPTIONS.items()]
    width = max(len(name) for name, _ in [*fields, *own] if len(name) <= _WIDEST)
    of_model = [line for name, what in fields for line in _entry(name, what, width)]
    if len(known) > _MOST_FIELDS:
        of_model.append(f"  … and {len(known) - _MOST_FIELDS:,} more")
    of_model += [f"  {line}" for line in textwrap.wrap(_others(schema), WIDTH - 2)]
    of_all = [line for name, what in own for line in _entry(name, what, width)]
    listed = ["Inputs of this model", *of_model, ""] if of_model else []
    return "\n".join([*listed, "Options of every model", *of_all])


def _others(schema: Schema) -> str:
    """Name the inputs that are no options."""
    if not schema.readable:
        return "They could not be read: --inputs VAR takes any dict, and sends it unchecked."
    others = by_inputs(schema)
    if not others:
        return ""
    names = ", ".join(called(field.name) for field in others[:_MOST_OTHERS])
    more = f" and {len(others) - _MOST_OTHERS:,} more" if len(others) > _MOST_OTHERS else ""
    return f"By --inputs VAR alone: {names}{more}."


def _takes(field: Field) -> str:
    """Say what a field takes: 4, 8 or 12 (default 4)."""
    notes = ["required"] if field.required else []
    if field.default not in (None, "", []):
        notes.append(f"default {in_words([field.default])}")
    title = tidy(field.title, _NAME_LENGTH) or field.name
    besides = f" ({', '.join(notes)})" if notes else ""
    return f"{title}: {tidy(field.legal(), _TOLD_LENGTH)}{besides}"


def _entry(name: str, what: str, width: int) -> list[str]:
    """Write a name and what it means in two columns; a name that is too wide has a line of its own."""
    first, *others = textwrap.wrap(what, WIDTH - width - 4)
    blank = " " * width
    begin = (
        [f"  {name.ljust(width)}  {first}"] if len(name) <= width else [f"  {name}", f"  {blank}  {first}"]
    )
    return [*begin, *(f"  {blank}  {other}" for other in others)]


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)
