"""Inputs → the text of a cell that asks for the same. Pure."""

from __future__ import annotations

import keyword
import re
import shlex
import unicodedata
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.plain import same
from runcomfy_jupyter._domain.prompts import fill, split_prompts
from runcomfy_jupyter._domain.texts import spelled
from runcomfy_jupyter._notebook.grammar import parse
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_jupyter._domain.schema import Schema

# Lines that IPython changes before a cell magic sees them: blanks alone, prompts of a shell.
_CHANGED = re.compile(r"^(?:[^\S\n]+$|\s*(?:>>>|\.\.\.|In \[|In:))", re.MULTILINE)
# Parameters of `submit` that a field cannot be given as.
_TAKEN = {"prompt", "model", "again", "max_cost", "inputs"}


def as_cell(schema: Schema, inputs: Mapping[str, Any], *, model: str | None = None) -> str:
    """Write the cell that asks for these inputs: a `%%sora` cell, or Python where a line cannot say them.

    `model`: the model's id, where it is not the one that a cell uses by itself. A default is left
    out: it asks for the same.
    """
    body = schema.body.name if schema.body is not None else None if schema.readable else "prompt"
    defaults = {field.name: field.default for field in schema.fields if field.default is not None}
    told = {
        name: value
        for name, value in inputs.items()
        if name not in defaults or not same(value, defaults[name])
    }
    prompt = told.pop(body, "") if body is not None else ""
    cell = _magic(schema, prompt, told, model) if isinstance(prompt, str) else None
    if cell is not None:
        return cell
    if not isinstance(prompt, str):
        told, prompt = {str(body): prompt, **told}, ""
    return _python(prompt, told, model)


def _magic(schema: Schema, prompt: str, options: Mapping[str, Any], model: str | None) -> str | None:
    """Write the cell with a magic; None where it would not be read back as it is meant."""
    words = [f"--model {shlex.quote(model)}"] if model else []
    words += [_option(name, spelled(value)) for name, value in options.items()]
    line = " ".join(words)
    body = prompt.replace("{", "{{").replace("}", "}}")
    try:
        command = parse(line, schema)
        prompts = [fill(text, {}) for text in split_prompts(body)]
    except InputError:
        return None
    if not same(command.inputs, dict(options)) or command.multiplies or prompts != [prompt]:
        return None
    if not _passes(line) or not _passes(body, "\n\t") or _CHANGED.search(body):
        return None
    # A cell magic without any line below it is refused by IPython.
    return f"%%sora {line}".rstrip() + "\n" + (body or "\n")


def _option(name: str, text: str) -> str:
    """Write an option so that its value is not taken for another one."""
    return f"--{name} {shlex.quote(text)}" if text and text[0] != "-" else f"--{name}={shlex.quote(text)}"


def _passes(text: str, besides: str = "") -> bool:
    """Tell whether a text passes through a cell as it is, without characters that control or end a line.

    `besides`: the control characters that do pass.
    """
    return all(mark in besides or unicodedata.category(mark) not in {"Cc", "Zl", "Zp"} for mark in text)


def _python(prompt: str, fields: Mapping[str, Any], model: str | None) -> str:
    """Write the cell in Python, which can say anything."""
    named = {
        name: value
        for name, value in fields.items()
        if name.isidentifier() and not keyword.iskeyword(name) and name not in _TAKEN
    }
    others = {name: value for name, value in fields.items() if name not in named}
    words = [repr(prompt)] if prompt else []
    words += [f"model={model!r}"] if model else []
    words += [f"{name}={value!r}" for name, value in named.items()]
    words += [f"inputs={others!r}"] if others else []
    listed = "".join(f"    {word},\n" for word in words)
    return f"import runcomfy_jupyter as rc\n\njob = rc.submit(\n{listed})\njob"
