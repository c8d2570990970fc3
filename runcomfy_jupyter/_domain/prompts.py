"""What stands under a `%%sora` line: one prompt or several, with names in braces. Pure."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.refusal import sorry
from runcomfy_jupyter._domain.words import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN_LENGTH = 60
_SEPARATOR = re.compile(r"^[^\S\n]*---[^\S\n]*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
_DOUBLED = ("{{", "}}")
_MEAN_BRACES = "Double the braces, {{ and }}, to mean them."


def split_prompts(body: str) -> list[str]:
    """Return the prompts of a cell's body, which lines of `---` separate.

    A prompt stays as it is written, but for empty lines beside a separator or at the end. A body
    without a separator is one prompt, which may be empty; raise `InputError` for an empty one among several.
    """
    first, *others = _SEPARATOR.split(body)
    prompts = [first.rstrip("\n"), *(other.strip("\n") for other in others)]
    for number, prompt in enumerate(prompts, 1):
        if others and not prompt.strip():
            raise sorry(f"Prompt {number} of {len(prompts)} is empty: a line --- stands between two prompts.")
    return prompts


def placeholders(template: str) -> set[str]:
    """Return the names that stand in braces in a prompt."""
    return {match.group(1) for match in _PLACEHOLDER.finditer(template) if match.group(1)}


def fill(template: str, names: Mapping[str, Any]) -> str:
    """Put values in place of `{name}`; `{{` and `}}` are braces.

    No attributes, no expressions, no formats: a prompt goes to a service, and `{os.environ[KEY]}`
    would put a secret into it. Everything else stays exactly as written.
    """

    def value(match: re.Match[str]) -> str:
        text = match.group()
        if text in _DOUBLED:
            return text[0]
        name = match.group(1)
        if name is None or not name.isidentifier():
            written = shorten(repr(text), _SHOWN_LENGTH)
            raise sorry(f"{written} in the prompt is not a variable in braces.", _MEAN_BRACES)
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            likely = f"Did you mean {{{near[0]}}}? " if near else ""
            shown = shorten(name, _SHOWN_LENGTH)
            message = f"There is no variable {shown!r} for {{{shown}}} in the prompt."
            raise sorry(message, f"{likely}{_MEAN_BRACES}")
        return str(names[name])

    return _PLACEHOLDER.sub(value, template)
