from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.prompts import fill, placeholders, split_prompts
from runcomfy_jupyter.errors import InputError


@pytest.mark.parametrize(
    ("body", "prompts"),
    [
        ("", [""]),
        ("\n", [""]),
        ("A panda\n", ["A panda"]),
        ("\n  A panda\n\n at dawn \n\n", ["\n  A panda\n\n at dawn "]),
        ("A panda\n---\nA fox\n", ["A panda", "A fox"]),
        ("A panda\n  --- \t\nA fox", ["A panda", "A fox"]),
        ("A panda\r\n---\r\nA fox", ["A panda\r", "A fox"]),
        (
            "\nA panda\n\n---\n\n  A fox\n---\nAn owl,\n\nasleep\n",
            ["\nA panda", "  A fox", "An owl,\n\nasleep"],
        ),
        ("A panda --- a fox", ["A panda --- a fox"]),
        ("A panda\n----\na fox", ["A panda\n----\na fox"]),
        ("A panda\n--\na fox\n- --\n--- x", ["A panda\n--\na fox\n- --\n--- x"]),
    ],
)
def test_a_line_of_three_hyphens_separates_prompts(body: str, prompts: list[str]) -> None:
    """Prompts stay as they are written; only empty lines beside a separator, or at the end, go."""
    assert split_prompts(body) == prompts


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("---", "Prompt 1 of 2"),
        ("---\nA fox", "Prompt 1 of 2"),
        ("A panda\n---\n", "Prompt 2 of 2"),
        ("A panda\n---\n \t\n---\nA fox", "Prompt 2 of 3"),
    ],
)
def test_an_empty_prompt_among_several_is_refused(body: str, said: str) -> None:
    """It says which one; a separator at an end is a prompt that was forgotten."""
    with pytest.raises(InputError) as told:
        split_prompts(body)
    assert str(told.value) == f"{said} is empty: a line --- stands between two prompts. Nothing was sent."


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1).filter(str.strip), min_size=1))
def test_prompts_come_back_as_they_were_written(lines: list[str]) -> None:
    """Joined by separators and split again, not a character is lost."""
    prompts = [line for line in lines if line.strip(" \t\r\f\v\x1c\x1d\x1e\x1f\x85\xa0") != "---"]
    prompts = [prompt for prompt in prompts if split_prompts(prompt) == [prompt]]
    if prompts:
        assert split_prompts("\n---\n".join(prompts)) == prompts


@pytest.mark.parametrize(
    ("template", "names"),
    [("", set()), ("a {mood} {b}{b}", {"mood", "b"}), ("{{mood}} {{{b}}}", {"b"}), ("{} { } {", {" "})],
)
def test_the_names_in_a_prompt_are_known_before_it_is_filled(template: str, names: set[str]) -> None:
    """Doubled braces name nothing."""
    assert placeholders(template) == names


def test_a_name_of_any_length_is_told_shortly() -> None:
    """However long the unknown name, the message stays a line."""
    with pytest.raises(InputError) as told:
        fill("{" + "a" * 100_000 + "}", {"b": 1})
    assert len(str(told.value)) < 300
