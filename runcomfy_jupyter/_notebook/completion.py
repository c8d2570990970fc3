"""Tab completion in IPython: where `candidates` is asked, in a kernel and in a terminal."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from IPython.core import completer as ipython

from runcomfy_jupyter._notebook.candidates import Completion, Facts, complete

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell


def install(shell: InteractiveShell, facts: Facts) -> Callable[[], None]:
    """Complete our lines in this shell; return what takes that away again.

    Both lists that a matcher is put into are IPython's own for that purpose. Its first answer wins there, so
    that neither names of Python nor of files stand between a model's legal values.
    """
    completer = shell.Completer
    if hasattr(ipython, "context_matcher"):  # from IPython 8.6 on
        matchers, matcher = completer.custom_matchers, _matcher(facts)
    else:
        matchers, matcher = completer.magic_arg_matchers, _argument_matcher(completer, facts)
    matchers.append(matcher)

    def remove() -> None:
        with suppress(ValueError):
            matchers.remove(matcher)

    return remove


def _asked(line: str, cursor: int, facts: Facts) -> Completion:
    try:
        return complete(line, cursor, facts)
    except Exception:  # noqa: BLE001 - whatever is wrong, a key press is no place to say it
        return Completion()


def _matcher(facts: Facts) -> Any:
    """Make a matcher as IPython 8.6 and later take it."""

    @ipython.context_matcher(identifier="runcomfy_jupyter")
    def matcher(context: Any) -> dict[str, Any]:
        found = _asked(context.line_with_cursor, context.cursor_position, facts)
        if not found.words:
            return {"completions": []}
        completions = [ipython.SimpleCompletion(text=word, type="param") for word in found.words]
        return {
            "completions": completions,
            "matched_fragment": found.fragment,
            "suppress": True,
            "ordered": True,
        }

    return matcher


def _argument_matcher(completer: Any, facts: Facts) -> Any:
    """Make a matcher of a magic's arguments as IPython 7.34 to 8.5 take it."""

    def runcomfy_jupyter(line: str) -> list[str]:
        before = completer.text_until_cursor
        found = _asked(line, len(before), facts)
        # IPython puts the answer in place of what it takes for the word: that ends at a colon, too.
        token = completer.splitter.split_line(before, len(before))
        return [word for text in found.words if (word := _in_place_of(token, found.fragment, text))]

    return runcomfy_jupyter


def _in_place_of(token: str, fragment: str, text: str) -> str | None:
    """Return what to put in place of `token`, so that the line reads as with `text` in place of `fragment`.

    Both end at the cursor. None: that cannot be, because `text` does not begin as the line does.
    """
    if len(token) >= len(fragment):
        return token[: len(token) - len(fragment)] + text
    kept = fragment[: len(fragment) - len(token)]
    return text[len(kept) :] if text.startswith(kept) else None
