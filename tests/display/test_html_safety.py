"""No text, whoever wrote it, becomes anything but text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from display.examples import NOW, finished, job
from display.pages import ALLOWED_LIVE, Page, check, check_saved
from runcomfy_jupyter._display import html, live, outputs
from runcomfy_jupyter._display.endings import broken
from runcomfy_jupyter._display.shapes import Kind, Line, View, cut
from runcomfy_jupyter._display.tables import jobs_sheet
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.record import Live

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record

SORA = built_in()
HOSTILE = [
    "<script>alert(1)</script>",
    "</div></style></video></td><img src=x onerror=alert(1)>",
    '" onload="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "<!-- ",
    "-->",
    "<![CDATA[",
    "<?php",
    "&lt;b&gt;&#60;&quot;",
    "`<b>`",
    "``",
    "`",
    "\\1\\g<0>",
    "{0}{prompt}%s",
    "style=position:fixed var(--x) url(x)",
    "\u202e\u0000\u2028\x1b[31m",
    "\ud800",
]
TEXTS = st.lists(st.text() | st.sampled_from(HOSTILE), min_size=1, max_size=4).map(" ".join)
WORDS = TEXTS.map(lambda text: f"x{text}")


def as_sent(text: str) -> str:
    """Return a text as a page can carry it: halves of characters cannot be sent."""
    return text.encode("utf-8", "replace").decode()


def as_shown(text: str) -> str:
    """Return a text as it is drawn: without what moves a terminal's cursor, or turns a text around."""
    turns = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    controls = {*range(9), *range(0xB, 0x20), *range(0x7F, 0xA0)}
    return as_sent("".join(mark for mark in text if ord(mark) not in turns | controls))


@settings(deadline=None)
@given(text=TEXTS)
def test_an_escaped_text_is_that_text_and_no_markup(text: str) -> None:
    """In an element and in an attribute of either quotes it is read back as it was."""
    escaped = html.escape(text)
    assert not set(escaped) & set("<>\"'")
    page = Page(f"<div title=\"{escaped}\" style='{escaped}'>{escaped}</div>")
    expected = as_sent(text)
    assert page.one("div") == {"title": expected, "style": expected}
    assert page.text == expected


@pytest.mark.parametrize("state", list(State))
@settings(deadline=None)
@given(prompt=WORDS, error=WORDS, trouble=WORDS, name=WORDS)
def test_no_text_changes_a_card(state: State, prompt: str, error: str, trouble: str, name: str) -> None:
    """Whatever prompt, service and catalogue say, the card's elements are those of plain words."""

    def draw(prompt: str, error: str, trouble: str, name: str) -> list[Page]:
        record = job(state, inputs={"prompt": prompt}, error=error, live=Live(trouble=trouble))
        shown = view(record, replace(SORA, display_name=name), now=NOW)
        return [
            check_saved(html.card(shown)),
            check(live.box(shown, (1280, 720), error), ALLOWED_LIVE),
            check(live.row(shown, None, error), ALLOWED_LIVE),
            check_saved(html.keepsake(record, replace(SORA, display_name=name))),
        ]

    hostile = draw(prompt, error, trouble, name)
    plain = draw("x", "x", "x", "x")
    assert [page.skeleton for page in hostile] == [page.skeleton for page in plain]


@pytest.mark.parametrize("small", [False, True])
@settings(deadline=None)
@given(prompt=WORDS, name=WORDS)
def test_no_text_changes_a_finished_job(
    tmp_path_factory: pytest.TempPathFactory,
    small: bool,  # noqa: FBT001 - a table
    prompt: str,
    name: str,
) -> None:
    """A video's page has the same elements for every prompt, and shows it unchanged."""
    path = tmp_path_factory.getbasetemp() / "k3f9.mp4"

    def draw(prompt: str, name: str) -> Page:
        record = finished(path, inputs={"prompt": prompt})
        model = replace(SORA, display_name=name)
        return check_saved(outputs.job_html(record, model, outputs.Outlet(99, small=small), now=NOW))

    page = draw(prompt, name)
    assert page.skeleton == draw("x", "x").skeleton
    assert page.one("video")["title"] == as_shown(cut(prompt, 200))
    assert as_shown(cut(prompt, 2000)) in page.text
    assert as_shown(cut(name, 120)) in page.text


@settings(deadline=None)
@given(text=WORDS)
def test_no_text_changes_a_table(text: str) -> None:
    """Ids, prompts and inputs are cells, and stay in their cells."""

    def draw(text: str) -> Page:
        record: Record = job(State.FAILED, id=text, inputs={"prompt": text, "style": text}, error=text)
        return check_saved(html.sheet(jobs_sheet([(record, SORA)], now=NOW)))

    assert draw(text).skeleton == draw("x").skeleton


@settings(deadline=None)
@given(text=WORDS)
def test_no_text_changes_the_card_of_a_broken_following(text: str) -> None:
    """The words of an error, ours or another's, are shown as words."""

    def draw(text: str) -> Page:
        return check_saved(html.card(broken(ValueError(text), job(State.IN_QUEUE))))

    assert draw(text).skeleton == draw("x").skeleton
    assert as_shown(text) in draw(text).text


@settings(deadline=None)
@given(text=WORDS)
def test_only_our_own_backquotes_are_code(text: str) -> None:
    """What others wrote between backquotes is not made to look like something of ours to type."""
    page = check_saved(html.card(View(Kind.BAD, text, text, (Line(text, quoted=True),))))
    assert "code" not in [tag for tag, _ in page.elements]
    assert page.text == as_shown(cut(text, 200) + cut(text, 80) + cut(text, 2000))


@settings(deadline=None)
@given(text=st.text() | st.sampled_from(HOSTILE))
def test_even_a_line_of_ours_is_escaped(text: str) -> None:
    """A line that marks code has no elements but that code."""
    page = check_saved(html.card(View(Kind.BAD, "x", "", (Line(f"x{text}"),))))
    assert {tag for tag, _ in page.elements} <= {"div", "span", "code"}
