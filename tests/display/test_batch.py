from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from display.examples import NOW, PROMPT, finished, job
from display.pages import ALLOWED_LIVE, Page, check, check_saved
from runcomfy_jupyter._display.batch import batch_keepsake, batch_live, batch_page, batch_text
from runcomfy_jupyter._display.batch_words import batch_card, summary_words, time_left
from runcomfy_jupyter._display.outputs import Outlet
from runcomfy_jupyter._display.parcel import filled
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.record import Live

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record

SORA = built_in()
PORTRAIT = {"prompt": PROMPT, "size": "720x1280", "seconds": 4}
WAITING = job(State.RECORDED, sent_at=None, accepted_at=None)
FAILED = job(State.FAILED, error="Internal server error", finished_at=NOW)


def done(folder: Path, number: int, content: bytes = b"video", **facts: Any) -> Record:
    """Return a finished job of a batch."""
    return finished(folder / f"red-panda-k{number}.mp4", content, id=f"k{number}", **facts)


def drawn(shown: list[tuple[Record, str]], outlet: Outlet | None = None) -> Page:
    """Return a batch's page, checked as one that stays in a notebook."""
    return check_saved(filled(*batch_page(shown, SORA, outlet or Outlet(10**6), now=NOW)))


def alive(shown: list[tuple[Record, str]], **facts: Any) -> Page:
    """Return the page of a batch that runs."""
    return check(batch_live(shown, SORA, now=NOW, **facts), ALLOWED_LIVE)


@pytest.mark.parametrize(
    ("states", "left", "said"),
    [
        ([State.SUCCEEDED] * 2, None, "2 of 2 done"),
        ([State.SUCCEEDED, State.FAILED, State.IN_QUEUE], 250.0, "1 of 3 done, 1 failed, about 4 min left"),
        ([State.IN_QUEUE], 20.0, "0 of 1 done, less than a minute left"),
        (
            [State.CANCELLED, State.UNCONFIRMED, State.UNDELIVERED, State.FAILED],
            None,
            "0 of 4 done, 1 failed, 1 cancelled, 1 not confirmed, 1 without its file",
        ),
    ],
)
def test_one_line_says_how_all_stand(states: list[State], left: float | None, said: str) -> None:
    """How many are done, what became of the others, and about how long it still takes."""
    assert summary_words([job(state) for state in states], left=left) == said


def test_money_is_summed_as_far_as_it_is_known() -> None:
    """So far while they run; at the end, of how many it is not known; before, about how much in all."""
    paid = job(State.SUCCEEDED, cost_usd=Decimal("1.6"))
    unknown = job(State.SUCCEEDED)
    planned = job(State.IN_QUEUE, estimate_usd=Decimal("0.4"))
    assert summary_words([paid, paid, planned]).endswith("done, $3.20 so far")
    assert summary_words([paid, unknown, FAILED]).endswith("1 failed, $1.60, 1 without a known cost yet")
    assert summary_words([paid, FAILED]).endswith("1 failed, $1.60")
    assert summary_words([planned, planned]).endswith("about $0.80 in all")
    assert summary_words([planned, replace(FAILED, request_id=None)]).endswith("about $0.40 in all")
    assert summary_words([planned, job(State.CANCELLED)]).endswith("about $0.40 in all")
    begun = replace(planned, state=State.CANCELLED, started_at=NOW)
    assert summary_words([planned, begun]).endswith("1 cancelled, about $0.80 in all")
    assert summary_words([planned, job(State.IN_QUEUE)]) == "0 of 2 done"


def test_what_was_bought_before_is_told_from_what_is_made_now() -> None:
    """All of it: nothing was sent; some of it: the sum is of what is paid now."""
    old = job(State.SUCCEEDED, id="old", cost_usd=Decimal("0.6"))
    new = job(State.SUCCEEDED, id="new", cost_usd=Decimal("0.4"))
    again = "shown from your ledger, nothing was sent; --again makes new takes"
    assert summary_words([old, old], kept={"old"}) == f"2 of 2 {again}"
    said = "1 made now, 1 shown from your ledger, this run: $0.40"
    assert summary_words([old, new], kept={"old"}) == said
    failed = replace(FAILED, id="failed")
    assert summary_words([old, failed], kept={"old"}) == "1 shown from your ledger, 1 failed"
    running = replace(new, state=State.IN_QUEUE)
    said = "1 of 2 done, 1 from your ledger, this run: $0.40 so far"
    assert summary_words([old, running], kept={"old"}) == said
    assert alive([(old, ""), (running, "")], kept={"old"}).text.startswith(said)
    pending = job(State.IN_QUEUE, id="old", estimate_usd=Decimal("0.4"))
    assert summary_words([pending, pending], kept={"old"}) == "0 of 2 done, 2 from your ledger"
    asked = replace(pending, id="new")
    said = "0 of 2 done, 1 from your ledger, this run: about $0.40 in all"
    assert summary_words([pending, asked], kept={"old"}) == said


def test_a_batch_that_was_bought_before_says_so(home: Path) -> None:
    """In the page and in the text, also where it is of one."""
    old = [(done(home, 1), "4 s"), (done(home, 2), "8 s")]
    for shown in (old, old[:1]):
        kept = {record.id for record, _ in shown}
        page, _ = batch_page(shown, SORA, Outlet(10**6), now=NOW, kept=kept)
        for told in (page, batch_text(shown, SORA, now=NOW, kept=kept)):
            assert "hown from your ledger, nothing was sent" in told


def test_the_time_left_is_that_of_the_slowest_lane() -> None:
    """What runs needs the rest of its time, what waits all of it, so many at a time as may be out."""
    running = job(State.IN_PROGRESS)  # for 50 s
    assert time_left([running], now=NOW, typical=70.0, at_once=8) == 20.0
    assert time_left([running] + [WAITING] * 3, now=NOW, typical=70.0, at_once=1) == 230.0
    assert time_left([running] + [WAITING] * 3, now=NOW, typical=70.0, at_once=8) == 70.0
    assert time_left([running, WAITING], now=NOW, typical=None, at_once=8) is None
    assert time_left([FAILED], now=NOW, typical=70.0, at_once=8) is None


def test_the_end_is_a_grid_with_what_differs(home: Path) -> None:
    """The videos side by side, each with number, what differs, cost, time and file; the prompt once above."""
    shown = [(done(home, at, cost_usd=Decimal("0.8")), f"{4 * at} s") for at in (1, 2, 3)]
    page = drawn(shown)
    assert ("display", "grid") in page.styles()
    assert page.text.startswith(f"3 of 3 done, $2.40Sora 2 · 3 jobs{PROMPT}")
    for at in (1, 2, 3):
        assert f"{at} · {4 * at} s$0.80 · made in 45 sred-panda-k{at}.mp4" in page.text
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"] == [
        "red-panda-k1.mp4",
        "red-panda-k2.mp4",
        "red-panda-k3.mp4",
    ]


@pytest.mark.parametrize("number", [2, 5, 30])
def test_landscape_and_portrait_share_a_page(home: Path, number: int) -> None:
    """However many there are, every video has its place."""
    mixed = [(done(home, at, inputs=PORTRAIT) if at % 2 else done(home, at), "") for at in range(number)]
    page = drawn(mixed)
    assert [tag for tag, _ in page.elements].count("video") == number
    assert ("flex-wrap", "wrap") in page.styles()


def test_one_that_failed_is_a_card_among_the_others(home: Path) -> None:
    """It says what happened, which it is, and that running the cell again sends it alone."""
    page = drawn([(done(home, 1), "4 s"), (FAILED, "8 s"), (done(home, 3), "12 s")])
    assert "The model failed2 · 8 sRunComfy reports: Internal server errorjob k3f9" in page.text
    assert "Running the cell again sends it anew, and nothing else." in page.text
    assert (
        page.text.index("red-panda-k1")
        < page.text.index("The model failed")
        < page.text.index("red-panda-k3")
    )


def test_a_batch_of_which_nothing_came_is_cards() -> None:
    """Without any video there are only the cards."""
    page = drawn([(FAILED, "4 s"), (job(State.CANCELLED), "8 s")])
    assert "0 of 2 done, 1 failed, 1 cancelled" in page.text
    assert "sends these anew" in page.text
    assert "video" not in [tag for tag, _ in page.elements]


def test_one_limit_holds_for_the_whole_grid(home: Path) -> None:
    """Videos are embedded while there is room for them; the rest plays from beside the notebook."""
    page = drawn([(done(home, at, b"12345"), "") for at in range(4)], Outlet(12, note="No sound here."))
    embedded = [attributes["src"].startswith("data:") for tag, attributes in page.elements if tag == "video"]
    assert embedded == [True, True, False, False]
    assert "No sound here.2 of 4 files are too large to be put into the notebook" in page.text


def test_a_batch_of_one_is_that_job(home: Path) -> None:
    """There is no grid of one."""
    page = drawn([(done(home, 1), "")])
    assert "1 of 1" not in page.text
    assert page.one("video")["width"] == "640"
    assert batch_text([(done(home, 1), "")], SORA, now=NOW).startswith(PROMPT)


def test_a_grid_is_bounded(home: Path) -> None:
    """A hundred are drawn, the number of the others is told, and where they are."""
    page = drawn([(done(home, 1), "")] * 120)
    assert [tag for tag, _ in page.elements].count("video") == 100
    assert "20 more are not drawn here: %sora show ID shows one" in page.text


def test_bare_outputs_stand_alone(home: Path) -> None:
    """Above its card the page of a batch shows the grid without another."""
    page = drawn([(done(home, 1), ""), (done(home, 2), "")], Outlet(99, bare=True))
    assert "2 of 2 done" not in page.text


def test_the_card_of_a_batch_is_as_good_as_its_jobs(home: Path) -> None:
    """Green where all are done, a warning where not, and blue while they run."""
    good = done(home, 1)
    assert batch_card([good, good], SORA).kind is Kind.GOOD
    assert batch_card([good, FAILED], SORA).kind is Kind.CARE
    assert batch_card([good, WAITING], SORA).kind is Kind.RUNNING
    lines = batch_card([job(State.UNDELIVERED, finished_at=NOW)], SORA).lines
    assert "`%sora resume` tries again to fetch what is paid." in lines[-1].text


def test_prompts_that_differ_are_not_shared() -> None:
    """Only a prompt of all of them stands above them."""
    other = replace(FAILED, inputs={"prompt": "Something else"})
    assert PROMPT not in [line.text for line in batch_card([FAILED, other], SORA).lines]
    assert PROMPT in [line.text for line in batch_card([FAILED, FAILED], SORA).lines]


def test_a_batch_that_runs_has_a_row_for_each(home: Path) -> None:
    """Number, what differs, state and clock; all rows of one height, so that nothing jumps."""
    shown = [
        (done(home, 1), "4 s"),
        (FAILED, "8 s"),
        (job(State.IN_QUEUE, live=Live(queue_position=2)), "12 s"),
        (job(State.IN_PROGRESS), "take 2"),
        (WAITING, "take 3"),
    ]
    page = alive(shown, left=70.0)
    assert page.text == (
        "1 of 5 done, 1 failed, about 1 min leftSora 2 · 5 jobs"
        "14 sdone0:4528 sfailed0:50312 sin the queue, second4take 2generating5take 3waiting to be sent"
    )
    assert page.styles().count(("height", "24px")) == 5
    assert page.styles().count(("animation-delay", "-50.0s")) == 2
    assert ("width", "40.0%") in page.styles()


def test_what_came_of_a_click_is_told_in_a_place_that_is_kept() -> None:
    """The answer stands below the rows, where there is room for it before."""
    for told in ("", "2 cancelled."):
        page = alive([(WAITING, "")] * 3, told=told)
        assert page.text.endswith(f"waiting to be sent{told}")
        assert page.styles().count(("min-height", "24px")) == 1


def test_very_many_rows_are_bounded(home: Path) -> None:
    """What is under way has its row, then what is next; the others are counted."""
    shown = [(done(home, 1), "old")] * 500 + [(job(State.IN_PROGRESS), "now")] * 8 + [(WAITING, "next")] * 492
    page = alive(shown)
    assert page.styles().count(("height", "24px")) == 30
    assert page.text.count("now") == 8
    assert page.text.count("next") == 22
    assert page.text.endswith("… and 970 more: 500 done, 470 waiting to be sent")
    assert len(batch_live(shown, SORA, now=NOW)) < 20_000
    page = alive([(WAITING, "next")] * 40 + [(job(State.IN_PROGRESS), "now")])
    assert (page.text.count("now"), page.text.count("next")) == (1, 29)


def test_what_is_kept_while_a_batch_runs_is_true_at_any_time() -> None:
    """How many of what, and the way to them; no state."""
    page = check_saved(batch_keepsake([(WAITING, ""), (FAILED, "")], SORA))
    assert page.text == (
        f"{PROMPT}Sora 2 · 2 jobs · running the cell again shows them, %sora jobs lists them"
    )


def test_a_batch_in_text_is_a_line_each(home: Path) -> None:
    """How all stand, then number, state, what differs and where the file is."""
    gone = job(State.SUCCEEDED, files=(replace(done(home, 9).files[0], path="/nowhere/x.mp4"),))
    lines = batch_text([(done(home, 1), "4 s"), (FAILED, "8 s"), (gone, "")], SORA, now=NOW).splitlines()
    assert lines[0] == "2 of 3 done, 1 failed (Sora 2 · 3 jobs)"
    assert lines[-3:] == [
        "1  done              4 s  red-panda-k1.mp4",
        "2  failed            8 s",
        "3  its file is gone",
    ]


def test_a_batch_in_text_is_bounded() -> None:
    """Fifty lines, and what the others are at."""
    lines = batch_text([(WAITING, "x")] * 1000, SORA, now=NOW).splitlines()
    assert len(lines) == 53
    assert lines[-1] == "… and 950 more: 950 waiting to be sent"
