from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.prompts import fill
from runcomfy_jupyter.errors import InputError


def refused(template: str, **names: object) -> str:
    """Return the words with which a prompt is refused: one short line, which says that nothing was sent."""
    with pytest.raises(InputError) as told:
        fill(template, names)
    message = str(told.value)
    assert message.endswith("Nothing was sent.")
    assert len(message.splitlines()) == 1
    assert len(message) < 300
    return message


class Mood:
    """Says itself in words, and holds what nobody should read."""

    secret = "hunter2"

    def __str__(self) -> str:
        return "calm"

    def __format__(self, spec: str) -> str:
        return self.secret


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("a panda, {mood}", "a panda, calm"),
        ("{mood}{mood}", "calmcalm"),
        ("{number} pandas", "3 pandas"),
        ("{größe}", "huge"),
        ("{{mood}}", "{mood}"),
        ("{{{mood}}}", "{calm}"),
        ("{{", "{"),
        ("}}", "}"),
        ("{{}}", "{}"),
        ("{braces}", "{mood} {{ }}"),
        ("it costs $5, $mood, ${{x}}", "it costs $5, $mood, ${x}"),
        ("%s %(mood)s \\n", "%s %(mood)s \\n"),
        (" two\n\n lines\t ", " two\n\n lines\t "),
    ],
)
def test_names_in_braces_become_values(template: str, filled: str) -> None:
    """A value is put in by `str` and not looked at again; doubled braces are braces; all else stays."""
    names = {"mood": Mood(), "number": 3, "größe": "huge", "braces": "{mood} {{ }}"}
    assert fill(template, names) == filled


def test_dollars_are_money() -> None:
    """What IPython would expand is sent as it was written."""
    assert fill("it costs $5", {"5": "five"}) == "it costs $5"


def test_an_unknown_name_is_an_error() -> None:
    """A name that is not there is named, with the likely one for a near miss, and how to mean braces."""
    assert refused("a {mood} panda", colour="red") == (
        "There is no variable 'mood' for {mood} in the prompt. "
        "Double the braces, {{ and }}, to mean them. Nothing was sent."
    )
    assert "Did you mean {mood}? Double the braces" in refused("a {moood} panda", mood="calm")


@pytest.mark.parametrize(
    "template",
    [
        "{mood.secret}",
        "{os.environ[HOME]}",
        "{mood!r}",
        "{mood:x}",
        "{mood[0]}",
        "{mood()}",
        "{1 + 1}",
        "{ mood }",
        "{}",
        "{0}",
        "{mood",
        "mood}",
        "{\nmood}",
        "{mood} {",
        "{{mood}",
    ],
)
def test_nothing_but_a_name_stands_in_braces(template: str) -> None:
    """No attribute, item, format, call, position or stray brace: a prompt goes to a service."""
    message = refused(template, mood=Mood(), os=os)
    assert "is not a variable in braces. Double the braces, {{ and }}, to mean them." in message
    assert "hunter2" not in message


@pytest.mark.parametrize("body", ['{"a": 1}', '{"a": {"b": [1, 2]}}', json.dumps({"a": {"b": 1}}, indent=2)])
def test_json_is_told_to_double_its_braces(body: str) -> None:
    """Braces that are meant as braces get the way to write them, and that way works."""
    assert "Double the braces, {{ and }}, to mean them." in refused(body)
    assert fill(body.replace("{", "{{").replace("}", "}}"), {}) == body


def test_a_long_text_in_braces_is_shown_shortly() -> None:
    """However much stands between braces, the message stays a line."""
    refused("{" + '"a": 1, ' * 9999 + "}")


def test_no_expression_is_evaluated() -> None:
    """What looks like code is never run."""
    ran: list[int] = []
    names = {"ran": ran, "run": lambda: ran.append(1)}
    refused("{run()}", **names)
    refused("{ran.append(1)}", **names)
    assert ran == []


@given(text=st.text().filter(lambda text: not set(text) & set("{}")))
def test_a_text_without_braces_is_sent_as_it_is(text: str) -> None:
    """Not a character of a prompt changes."""
    assert fill(text, {"a": 1}) == text


@given(text=st.text() | st.text("{}a "))
def test_doubled_braces_come_back_single(text: str) -> None:
    """Any text can be said by doubling its braces."""
    assert fill(text.replace("{", "{{").replace("}", "}}"), {}) == text


@given(template=st.text(st.sampled_from("{}ab .\n")), value=st.text())
def test_placeholders_mean_what_they_mean_in_python(template: str, value: str) -> None:
    """Whoever knows `str.format` is not surprised: what is filled at all is filled as there."""
    try:
        filled = fill(template, {"a": value, "ab": value})
    except InputError:
        return
    assert filled == template.format(a=value, ab=value)
