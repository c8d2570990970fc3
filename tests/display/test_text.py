from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from display.examples import NOW, PROMPT, finished, job
from runcomfy_jupyter._display.facts import near_path
from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._display.tables import HEADER, jobs_sheet
from runcomfy_jupyter._display.text import clean, job_text, plain, progress_line, sheet
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in

if TYPE_CHECKING:
    from pathlib import Path

SORA = built_in()


def test_a_card_in_plain_text_says_the_same() -> None:
    """Headline with its figure, then the lines; what can be typed stands without its marks."""
    shown = View(
        Kind.BAD, "It failed", "after 0:04", (Line("Why"), Line(""), Line("`--again` sends it", dim=True))
    )
    assert plain(shown) == "It failed (after 0:04)\nWhy\n--again sends it"
    assert plain(View(Kind.OVER, "Nothing")) == "Nothing"


def test_backquotes_of_others_stay() -> None:
    """A prompt or a service's words keep their backquotes."""
    shown = view(job(State.IN_QUEUE, inputs={"prompt": "a `quoted` panda"}), SORA, now=NOW)
    assert "a `quoted` panda" in plain(shown)


def test_a_finished_job_is_its_caption_and_its_paths(home: Path) -> None:
    """Prompt, facts with cost and time, and where the file is from here."""
    record = finished(home / "videos" / "red-panda-k3f9.mp4", cost_usd=Decimal("0.8"))
    assert job_text(record, SORA, now=NOW).splitlines() == [
        PROMPT,
        "Sora 2 · 1280 × 720 · 8 s · $0.80 · made in 45 s",
        "videos/red-panda-k3f9.mp4",
    ]


def test_an_estimate_stands_until_the_cost_is_known(home: Path) -> None:
    """The caption says about how much where the service has not said how much."""
    record = finished(home / "k3f9.mp4", estimate_usd=Decimal("0.8"))
    assert " · 8 s · about $0.80 · made in" in job_text(record, SORA, now=NOW)


def test_a_terminal_is_not_moved_by_words() -> None:
    """What colours, moves or turns is left out; tabs and lines stay."""
    assert clean("a\x1b[31mb\tc\nd\u202ee\x07") == "a[31mb\tc\nde"
    assert clean("x" * 9, 5) == "xxxx…"


def test_what_is_not_known_is_not_said(home: Path) -> None:
    """Without a cost or an end the caption has neither."""
    record = finished(home / "k3f9.mp4", finished_at=None, inputs={"prompt": "x"})
    assert "Sora 2 · 720 × 1280 · 4 s\n" in job_text(record, SORA, now=NOW)


def test_a_job_without_its_file_is_its_card(home: Path) -> None:
    """Where the file is gone, or not there yet, the text is the card's."""
    record = finished(home / "k3f9.mp4")
    (home / "k3f9.mp4").unlink()
    assert job_text(record, SORA, now=NOW).startswith("Finished and paid, but its file is gone (job k3f9)\n")
    assert job_text(job(State.IN_QUEUE), SORA, now=NOW).startswith("Sora 2 · in the queue (")


@pytest.mark.parametrize(
    ("progress", "bar"),
    [
        (None, ""),
        (0.0, " [" + "░" * 24 + "]"),
        (0.5, " [" + "█" * 12 + "░" * 12 + "]"),
        (1.0, " [" + "█" * 24 + "]"),
    ],
)
def test_a_terminal_gets_one_line(progress: float | None, bar: str) -> None:
    """State, a bar where progress is known, and the figure, on one line."""
    assert progress_line(View(Kind.RUNNING, "Sora 2 · generating", "0:42", (), progress)) == (
        f"Sora 2 · generating{bar} 0:42"
    )
    assert progress_line(View(Kind.RUNNING, "Sora 2 · fetching the file")) == "Sora 2 · fetching the file"


def test_jobs_are_a_table_in_the_given_order(home: Path) -> None:
    """A line each, in columns: id, state, prompt, what was asked for, age, cost, file."""
    done = finished(home / "videos" / "k3f9.mp4", cost_usd=Decimal("0.8"))
    queued = job(State.IN_QUEUE, id="zz22", inputs={"prompt": "x" * 99}, created_at=NOW)
    head, first, second = sheet(jobs_sheet([(done, SORA), (queued, SORA)], now=NOW)).splitlines()
    assert re.split(r"  +", head) == list(HEADER)
    assert first.split("  ")[0] == "k3f9"
    for cell in ("succeeded", PROMPT, "1280 × 720 · 8 s", "1 minute ago", "$0.80", "videos/k3f9.mp4"):
        at = first.index(cell)
        assert head[at].isalpha()
        assert at == 0 or first[at - 2 : at] == "  "
    assert "x" * 47 + "…" in second
    assert second.endswith("just now")


def test_a_table_of_jobs_has_a_line_for_each() -> None:
    """Breaks in prompts and in other inputs break no row."""
    record = job(State.IN_QUEUE, inputs={"prompt": "a\nb", "negative_prompt": "c\nd " * 99})
    lines = sheet(jobs_sheet([(record, SORA)] * 2, now=NOW)).splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) < 200


def test_an_empty_ledger_says_so() -> None:
    """No jobs is a sentence, not an empty table, and says how there will be one."""
    assert sheet(jobs_sheet([], now=NOW)).splitlines() == [
        "No jobs in your ledger yet",
        "%%sora with a prompt below it makes the first; %sora tells how.",
    ]


def test_a_path_is_short_below_and_whole_elsewhere(home: Path, tmp_path: Path) -> None:
    """Below the working folder it is relative with forward slashes; elsewhere it stays as it is."""
    assert near_path(str(home / "videos" / "a.mp4")) == "videos/a.mp4"
    assert near_path(str(tmp_path / "a.mp4")) == str(tmp_path / "a.mp4")


def test_a_path_can_be_named_when_the_working_folder_is_gone(home: Path) -> None:
    """A deleted working folder leaves the absolute path."""
    path = str(home / "a.mp4")
    home.rmdir()
    assert near_path(path) == path


def test_what_is_no_character_does_not_get_into_a_notebook() -> None:
    """A folder named in another encoding gets a question mark: a notebook could not be saved with it."""
    assert clean("films/caf\udce9/boat.mp4") == "films/caf?/boat.mp4"
