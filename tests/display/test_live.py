from __future__ import annotations

import re

import pytest

from display.examples import NOW, PROMPT, job
from display.pages import ALLOWED_LIVE, Page, check
from runcomfy_jupyter._display import live
from runcomfy_jupyter._display.shapes import Clock, Kind, Line, View
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.record import Live

RUNNING = View(Kind.RUNNING, "Sora 2 · generating", "0:50 of about 1:40", clock=Clock(50.0, 100.0))


def drawn(shown: View) -> Page:
    """Return a running job's row, checked to be made of plain elements."""
    return check(live.row(shown, None), ALLOWED_LIVE)


def bar(shown: View) -> dict[str, str]:
    """Return the attributes of what fills the bar."""
    elements = drawn(shown).elements
    at = next(at for at, (_, attributes) in enumerate(elements) if attributes.get("class") == "rc-bar")
    return elements[at + 1][1]


def test_the_theme_is_followed_with_something_to_fall_back_on() -> None:
    """Each of the front end's variables has a value for where it is not set, and no colour is fixed."""
    used = re.findall(r"var\((--[a-z0-9-]+)(,?)", live.STYLE)
    assert {comma for name, comma in used if name.startswith("--jp-")} == {","}
    assert {name for name, comma in used if not comma} == {"--rc-minutes", "--rc-seconds"}
    assert {name for name, comma in used if not comma} <= set(
        re.findall(r"@property (--[a-z-]+)", live.STYLE)
    )


def test_whoever_wants_no_motion_gets_none() -> None:
    """The bar that only passes stands still where motion is to be reduced."""
    assert "prefers-reduced-motion" in live.STYLE


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ((1280, 720), "640/360"),
        ((720, 1280), "300/533"),
        (None, "640/360"),
    ],
)
def test_the_box_has_the_proportions_of_the_video_to_come(size: tuple[int, int] | None, ratio: str) -> None:
    """When the video takes its place nothing jumps."""
    page = check(live.box(RUNNING, size), ALLOWED_LIVE)
    assert ("aspect-ratio", ratio) in page.styles()


@pytest.mark.parametrize(
    ("size", "width", "ratio"),
    [((1280, 720), "320px", "320/180"), ((720, 1280), "180px", "180/320"), (None, "320px", "320/180")],
)
def test_a_row_has_a_frame_of_the_size_of_the_video_to_come(
    size: tuple[int, int] | None, width: str, ratio: str
) -> None:
    """As wide and high as the small video beside the words will be."""
    page = check(live.row(RUNNING, size), ALLOWED_LIVE)
    assert ("width", width) in page.styles()
    assert ("aspect-ratio", ratio) in page.styles()


def test_time_goes_on_by_itself_from_where_the_job_stands() -> None:
    """Clock and bar begin at the time passed, so nothing is sent while only time goes by."""
    page = drawn(RUNNING)
    assert page.text.strip() == "Sora 2 · generating of about 1:40, longer than the usual 1:40"
    assert ("animation-delay", "-50.0s") in page.styles()
    assert bar(RUNNING)["style"] == "animation:rc-grow 100.0s linear -50.0s forwards"


def test_the_words_change_by_themselves_when_the_usual_time_has_passed() -> None:
    """Until then one sees the one, from then on the other, without news from the kernel."""
    styles = {
        attributes["class"]: attributes["style"]
        for _, attributes in drawn(RUNNING).elements
        if attributes.get("class") in {"rc-early", "rc-late"}
    }
    assert styles == {"rc-early": "animation-delay:50.0s", "rc-late": "animation-delay:50.0s"}
    late = drawn(View(Kind.RUNNING, "x", clock=Clock(101.0, 100.0)))
    assert late.text.strip() == "x, longer than the usual 1:40"
    assert not [one for _, one in late.elements if one.get("class") in {"rc-early", "rc-late"}]


def test_without_an_estimate_the_bar_claims_nothing() -> None:
    """Before any such job has finished it moves, and fills nothing."""
    shown = view(job(State.IN_PROGRESS), built_in(), now=NOW)
    assert bar(shown)["class"] == "rc-unknown"
    assert drawn(shown).text.strip() == f"Sora 2 · generating · no estimate yet{PROMPT}"


@pytest.mark.parametrize(
    ("progress", "width"), [(0.0, "0.0%"), (0.5, "50.0%"), (1.0, "100.0%"), (1.5, "100.0%")]
)
def test_a_download_fills_the_bar_by_its_bytes(progress: float, width: str) -> None:
    """Where the share is known the bar shows it, and stays within its box."""
    shown = View(Kind.RUNNING, "Sora 2 · fetching the file", "4.4 of 8.8 MB", progress=progress)
    assert bar(shown) == {"style": f"width:{width}"}
    assert drawn(shown).text.strip() == "Sora 2 · fetching the file4.4 of 8.8 MB"


def test_the_bar_is_no_word_for_a_screen_reader() -> None:
    """What it shows is said in words beside it."""
    (attributes,) = [one for _, one in drawn(RUNNING).elements if one.get("class") == "rc-bar"]
    assert attributes["aria-hidden"] == "true"


def test_trouble_is_told_and_the_rest_is_beside() -> None:
    """A live job shows what is wrong; prompt and facts stand in what the notebook keeps."""
    record = job(State.IN_PROGRESS, live=Live(trouble="RunComfy cannot be reached."))
    assert drawn(view(record, built_in(), now=NOW)).text.endswith("Asking again: RunComfy cannot be reached.")
    lines = (Line("dim", dim=True), Line(""), Line("told"))
    assert drawn(View(Kind.RUNNING, "x", lines=lines)).text.strip() == "xtold"


@pytest.mark.parametrize("told", ["", "Cancelled while queued."])
def test_what_came_of_a_click_is_told(told: str) -> None:
    """The answer to the last click stands with the job, in the box as in the row."""
    for page in (live.box(RUNNING, None, told), live.row(RUNNING, None, told)):
        assert check(page, ALLOWED_LIVE).text.strip().endswith(told or "the usual 1:40")
