"""The words behind a `%sora` command, and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.display import display

from runcomfy_jupyter._display.bundles import bundle
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from runcomfy_jupyter._display.shapes import Block


def tell(*blocks: Block) -> None:
    """Show cards, tables and lines that stay as they are."""
    display(bundle(blocks), raw=True)


def one(words: list[str], usage: str) -> str:
    """Return the only word, which names a job; raise `InputError` where there is none, or more."""
    if len(words) != 1:
        raise InputError(f"Write %sora {usage}.", hint="%sora jobs lists the ids.")
    return words[0]


def at_most(words: list[str], most: int, usage: str) -> None:
    """Raise `InputError` where more is said than a command takes."""
    if len(words) > most:
        raise InputError(f"Write %sora {usage}.")


def option(words: list[str], name: str, usage: str) -> str | None:
    """Return what an option says that is all a command takes: `--model ID` or `--model=ID`."""
    if not words:
        return None
    first, equals, value = words[0].partition("=")
    said = [value] if equals else words[1:2]
    if first != f"--{name}" or len(words) + bool(equals) != 2 or not said[0]:  # noqa: PLR2004 - a name and a value
        raise InputError(f"Write %sora {usage}.")
    return said[0]
