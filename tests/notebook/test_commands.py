from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._notebook.command_words import option
from runcomfy_jupyter._notebook.commands import COMMANDS, commands_help
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from support.desk import Desk

SECTIONS = ("Make", "Jobs", "Models and money", "Set-up")


def test_every_command_is_in_the_help() -> None:
    """Each stands in one section, with what it takes and does; no line is wider than 100 columns."""
    text = commands_help()
    lines = text.splitlines()
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    for name, command in COMMANDS.items():
        usage = f"  %sora {name} {command.takes}".rstrip()
        [line] = [line for line in lines if line.split("  ")[1:2] == [usage.strip()]]
        assert line.endswith(f"  {command.does}")
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("line", ["", "help", "--help", "-h"])
def test_help_tells_of_cells_and_of_commands(desk: Desk, line: str) -> None:
    """`%sora` alone does, too; no line of it is wider than 100 columns."""
    text = desk.type(line).text
    assert text.startswith("%%sora")
    assert commands_help() in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_slip_is_told_with_the_likely_command(desk: Desk) -> None:
    """What was meant, else where all of them stand; a prompt has another place."""
    with pytest.raises(
        InputError, match=r"no command 'jbos'\. Did you mean %sora jobs\? A prompt stands under"
    ):
        desk.type("jbos")
    with pytest.raises(InputError, match="%sora lists what there is"):
        desk.type("xyzzy")
    with pytest.raises(InputError) as caught:
        desk.type("x" * 500)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("line", ["--each shots", "--seconds 8", "--each"])
def test_an_option_of_a_cell_is_told_where_it_belongs(desk: Desk, line: str) -> None:
    """IPython refuses `%%sora --each shots` without a line below it, and proposes `%sora`, which leads on."""
    with pytest.raises(InputError) as caught:
        desk.type(line)
    assert str(caught.value) == (
        f"{line.split(maxsplit=1)[0]} is an option of %%sora, with two percent signs and lines below it. "
        "Leave two of them empty where no prompt is wanted, as with --each. Nothing was sent."
    )


def test_a_line_that_cannot_be_read_is_told(desk: Desk) -> None:
    """An open quotation mark is no bug."""
    with pytest.raises(InputError, match="cannot be read: no closing quotation"):
        desk.type('jobs "boat')


@pytest.mark.parametrize(
    "line",
    [
        "help me",
        "show",
        "show a b",
        "cancel",
        "again",
        "again a b",
        "panel now",
        "panel --model",
        "panel --model=",
    ],
)
def test_a_wrong_number_of_words_is_told_with_the_right_one(desk: Desk, line: str) -> None:
    """The usage is what the help says."""
    name = line.split(maxsplit=1)[0]
    with pytest.raises(InputError) as caught:
        desk.type(line)
    assert f"Write %sora {name} {COMMANDS[name].takes}".rstrip() in str(caught.value)


@pytest.mark.parametrize("line", ["balance now", "doctor now", "sandbox on off", "model a b"])
def test_words_too_many_are_told(desk: Desk, line: str) -> None:
    """They are not passed over: somebody meant something by them."""
    with pytest.raises(InputError, match="Write %sora"):
        desk.type(line)


@pytest.mark.parametrize(
    ("words", "said"), [([], None), (["--model", "a/b"], "a/b"), (["--model=a/b"], "a/b")]
)
def test_an_option_is_read_in_both_forms(words: list[str], said: str | None) -> None:
    """With a blank or with an equals sign."""
    assert option(words, "model", "panel [--model ID]") == said


@pytest.mark.parametrize(
    "words", [["--model"], ["--model="], ["--modle", "a"], ["--model=a", "b"], ["a", "--model"]]
)
def test_an_option_that_is_none_is_refused(words: list[str]) -> None:
    """The usage says what is right."""
    with pytest.raises(InputError, match=r"Write %sora panel \[--model ID\]"):
        option(words, "model", "panel [--model ID]")
