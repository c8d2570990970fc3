"""Completion in a real shell, as a front end and as a terminal ask for it."""

from __future__ import annotations

import atexit
import builtins
import sys
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from IPython.terminal.ptutils import IPythonPTCompleter
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from traitlets.config import Config

from runcomfy_jupyter._notebook.completion import _argument_matcher, _in_place_of, install
from support.facts import OTHER, Broken, Facts

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def terminal() -> Iterator[Any]:
    """Make a terminal's shell, with a variable whose name begins like an option; forget it afterwards."""
    known, config = dict(vars(builtins)), Config()
    config.HistoryManager.enabled = False
    config.TerminalInteractiveShell.simple_prompt = True  # no terminal is needed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", list(sys.path))
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        made: Any = TerminalInteractiveShell(config=config)
        made.user_ns["size"] = 1
        yield made
        made.restore_sys_module_state()
    atexit.unregister(made.atexit_operations)
    made.atexit_operations()
    for name in vars(builtins).keys() - known.keys():
        delattr(builtins, name)


@pytest.fixture
def shell(terminal: Any) -> Iterator[Any]:
    """Have a shell that nobody completes in."""
    completer = terminal.Completer
    matchers, arguments = list(completer.custom_matchers), list(completer.magic_arg_matchers)
    yield terminal
    completer.custom_matchers[:], completer.magic_arg_matchers[:] = matchers, arguments
    completer.use_jedi = True


def in_a_page(shell: Any, text: str, cursor: int | None = None) -> list[str]:
    """Return the texts that a front end offers: what the code would be up to the cursor."""
    place = len(text) if cursor is None else cursor
    with provisionalcompleter():
        found = list(rectify_completions(text, shell.Completer.completions(text, place)))
    assert all(one.end == place for one in found)
    return [text[: one.start] + one.text for one in found]


def in_a_terminal(shell: Any, text: str) -> list[str]:
    """Return the texts that a terminal offers: what the code would be up to the cursor."""
    terminals: Any = IPythonPTCompleter
    completer = terminals(shell=shell)
    found = list(completer.get_completions(Document(text, len(text)), CompleteEvent()))
    return [text[: len(text) + one.start_position] + one.text for one in found]


LINES = [
    ("%%sora --se", ["%%sora --seconds"]),
    (
        "%%sora clip --seconds ",
        ["%%sora clip --seconds 4", "%%sora clip --seconds 8", "%%sora clip --seconds 12"],
    ),
    ("%%sora --size=7", ["%%sora --size=720x1280"]),
    ("%%sora --seconds 4,", ["%%sora --seconds 4,8", "%%sora --seconds 4,12"]),
    (f"%%sora --model {OTHER} --aspect-ratio 16:", [f"%%sora --model {OTHER} --aspect-ratio 16:9"]),
    (f"%%sora --model {OTHER} --aspect-r", [f"%%sora --model {OTHER} --aspect_ratio"]),
    (f"%%sora --model {OTHER} --look t", [f"%%sora --model {OTHER} --look 'two words'"]),
    (f"%%sora --model {OTHER} --look 'two w", [f"%%sora --model {OTHER} --look 'two words'"]),
    (f'%%sora --model {OTHER} --look "it', [f'%%sora --model {OTHER} --look "it\'s"']),
    ("%%sora --model openai/so", ["%%sora --model openai/sora-2/text-to-video"]),
    ("%%sora --model sora-2", ["%%sora --model openai/sora-2/text-to-video"]),
    ("%sora sh", ["%sora show"]),
    ("job = %sora show k4", ["job = %sora show k41m"]),
    ("%sora sandbox o", ["%sora sandbox on", "%sora sandbox off"]),
    ('%config Sora.wait = "a', ['%config Sora.wait = "auto"']),
]


@pytest.mark.parametrize(("line", "found"), LINES)
@pytest.mark.parametrize("jedi", [True, False])
def test_our_words_stand_alone(shell: Any, line: str, found: list[str], *, jedi: bool) -> None:
    """No name of Python and no file among them, in a page and in a terminal, with jedi and without."""
    shell.Completer.use_jedi = jedi
    install(shell, Facts())
    assert in_a_page(shell, line) == found
    assert in_a_terminal(shell, line) == found


def test_the_line_is_completed_where_the_cursor_stands(shell: Any) -> None:
    """In the middle of a line, above the prompt; the prompt itself is left to IPython."""
    install(shell, Facts())
    cell = f"%%sora --as 16:9 --model {OTHER}\nA panda --se"
    assert in_a_page(shell, cell, len("%%sora --as")) == ["%%sora --aspect_ratio"]
    assert not [text for text in in_a_page(shell, cell) if text.endswith("--seconds")]


def test_a_word_that_cannot_stand_there_is_not_offered(shell: Any) -> None:
    """Older shells replace what follows a colon: there, only a word that begins as the line does fits."""
    install(shell, Facts())
    line = f"%%sora --model {OTHER} --aspect_ratio :9"
    assert f"{line[:-2]}:16:9" not in in_a_page(shell, line)


@pytest.mark.parametrize(
    ("line", "token", "found"),
    [
        ("%%sora --se", "--se", ["--seconds"]),
        ("%%sora --seconds 4,", "", ["8", "12"]),
        (f"%%sora --model {OTHER} --aspect_ratio 16:", "", ["9"]),
        (f"%%sora --model {OTHER} --aspect_ratio :", "", []),
        (f"%%sora --model {OTHER} --look 'two w", "w", ["words'"]),
        (f"%%sora --model {OTHER} --look tw", "tw", ["'two words'"]),
        ("print(1)", "", []),
    ],
)
def test_older_shells_get_what_takes_the_place_of_their_word(
    shell: Any, line: str, token: str, found: list[str]
) -> None:
    """Before IPython 8.6 a word ends at a colon, a comma and a quote: the answer is cut to fit."""
    completer = shell.Completer
    completer.text_until_cursor = line
    assert completer.splitter.split_line(line, len(line)) == token
    assert _argument_matcher(completer, Facts())(f"{line} --wait") == found


def test_a_wider_word_of_a_shell_keeps_its_beginning() -> None:
    """Where a shell takes more for the word than we do, its beginning is kept."""
    assert _in_place_of("seconds=4,", "", "8") == "seconds=4,8"
    assert _in_place_of("=7", "7", "720x1280") == "=720x1280"


def matchers(shell: Any) -> list[list[Any]]:
    """Return every list of the completer that a matcher can stand in."""
    completer = shell.Completer
    return [list(completer.custom_matchers), list(completer.magic_arg_matchers), list(completer.matchers)]


def test_it_goes_without_trace(shell: Any) -> None:
    """Removed, the shell completes as before; removing it again, or what others removed, does no harm."""
    before, offered = matchers(shell), in_a_page(shell, "%%sora --secon")
    remove = install(shell, Facts())
    assert matchers(shell) != before
    assert in_a_page(shell, "%%sora --secon") != offered
    other = install(shell, Facts())
    remove()
    remove()
    assert in_a_page(shell, "%%sora --secon") == ["%%sora --seconds"]
    other()
    assert matchers(shell) == before
    assert in_a_page(shell, "%%sora --secon") == offered


def test_python_is_completed_as_ever(shell: Any) -> None:
    """Other code gets the same words as without us."""
    lines = ["import o", "siz", "print(si", "%tim", "%config ", "%config Sora", "x = {'a': 1}; x['"]
    before = [in_a_page(shell, line) for line in lines]
    install(shell, Facts())
    assert [in_a_page(shell, line) for line in lines] == before


def test_an_error_of_ours_stays_silent(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A key press is no place for a traceback: IPython completes as if we were not there."""
    before = in_a_page(shell, "%%sora --si")
    install(shell, Broken())
    assert in_a_page(shell, "%%sora --si") == before
    assert in_a_terminal(shell, "%%sora --seconds ") is not None
    assert capsys.readouterr() == ("", "")
