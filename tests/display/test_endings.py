from __future__ import annotations

import re
from dataclasses import replace

import pytest

from display.examples import NOW, job
from runcomfy_jupyter._display.endings import broken, cancel_words, shown_again
from runcomfy_jupyter._display.shapes import Kind, View
from runcomfy_jupyter._display.text import plain
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.record import File
from runcomfy_jupyter._domain.replies import Outcome
from runcomfy_jupyter._notebook.commands import COMMANDS
from runcomfy_jupyter._notebook.options import OPTIONS
from runcomfy_jupyter.errors import Unreachable

SORA = built_in()
GONE = File("/nowhere/videos/red-panda-k3f9.mp4", 5, "0" * 64, "video/mp4")
ENDINGS = {
    "refused": (
        job(State.FAILED, request_id=None, accepted_at=None, error="RunComfy refused the input: too long"),
        Kind.BAD,
        "RunComfy did not take the request",
        "job k3f9",
        [
            "RunComfy refused the input: too long",
            "Nothing is billed. Running the cell again sends it anew.",
        ],
    ),
    "failed": (
        job(State.FAILED, error="Internal server error (code 3043)", finished_at=NOW + 12),
        Kind.BAD,
        "The model failed",
        "after 1:02",
        [
            "RunComfy reports: Internal server error (code 3043)",
            (
                "Nothing was delivered; whether it is billed is shown on your RunComfy usage page. "
                "Running the cell again sends a new request."
            ),
        ],
    ),
    "cancelled in the queue": (
        job(State.CANCELLED, finished_at=NOW - 46),
        Kind.OVER,
        "Cancelled while queued",
        "after 0:04",
        ["Nothing was generated. Running the cell again sends it anew."],
    ),
    "cancelled later": (
        job(State.CANCELLED, started_at=NOW - 40, finished_at=NOW - 20, error="by an administrator"),
        Kind.OVER,
        "Cancelled",
        "after 0:30",
        [
            "RunComfy reports: by an administrator",
            (
                "Nothing was delivered; whether it is billed is shown on your RunComfy usage page. "
                "Running the cell again sends it anew."
            ),
        ],
    ),
    "unconfirmed": (
        job(State.UNCONFIRMED, request_id=None, error="The request was sent, but the connection broke."),
        Kind.CARE,
        "Sent, but not confirmed: it may be running, and billed",
        r"job k3f9 · \d\d:\d\d",
        [
            "The request was sent, but the connection broke. This request is not sent again by itself.",
            (
                "Look under Generations on runcomfy.com. "
                "If it is not there, running the cell with `--again` sends it once more."
            ),
        ],
    ),
    "undelivered": (
        job(
            State.UNDELIVERED,
            finished_at=NOW - 5,
            error="The disk is full: videos needs 9.4 MB, 1.2 MB are free.",
        ),
        Kind.CARE,
        "Finished and paid, but the file is not here yet",
        "job k3f9",
        [
            "The disk is full: videos needs 9.4 MB, 1.2 MB are free.",
            "`%sora resume k3f9` tries again to fetch it. Nothing is billed again.",
        ],
    ),
    "out of sight": (
        job(State.UNDELIVERED, gone_at=NOW, error="RunComfy has no such request for this token."),
        Kind.CARE,
        "Accepted, but RunComfy does not know it any more: it may be billed",
        r"job k3f9 · \d\d \w+, \d\d:\d\d",
        [
            "RunComfy has no such request for this token.",
            "`%sora resume k3f9` asks again. Nothing is billed again.",
        ],
    ),
    "finished, then out of sight": (
        job(State.UNDELIVERED, finished_at=NOW - 5, gone_at=NOW, error="RunComfy has no such request."),
        Kind.CARE,
        "Finished and paid, but RunComfy does not know it any more",
        r"job k3f9 · \d\d \w+, \d\d:\d\d",
        [
            "RunComfy has no such request.",
            "`%sora resume k3f9` asks again. Nothing is billed again.",
        ],
    ),
    "file gone": (
        job(State.SUCCEEDED, files=(GONE,)),
        Kind.CARE,
        "Finished and paid, but its file is gone",
        "job k3f9",
        [
            "/nowhere/videos/red-panda-k3f9.mp4 is not there any more.",
            "`%sora show k3f9` fetches it again. Nothing is billed again.",
        ],
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_an_ending_says_what_happened_what_it_cost_and_what_to_do(name: str) -> None:
    """Headline, figure and at most two lines: what happened, then dimmed, what is billed and what to do."""
    record, kind, headline, figure, lines = ENDINGS[name]
    shown = view(record, SORA, now=NOW)
    assert (shown.kind, shown.headline, shown.progress) == (kind, headline, None)
    assert re.fullmatch(figure, shown.figure)
    assert [line.text for line in shown.lines] == lines
    assert [line.dim for line in shown.lines] == [False, True][-len(lines) :]
    assert len(lines) <= 2


def test_every_resting_state_has_its_card() -> None:
    """No job comes to rest without a card of its own."""
    assert {record.state for record, *_ in ENDINGS.values()} == {state for state in State if rests(state)}


def typed(shown: View) -> list[str]:
    """Return what a card gives to type."""
    return [code for line in shown.lines if not line.quoted for code in re.findall("`([^`]*)`", line.text)]


def test_what_a_card_gives_to_type_exists() -> None:
    """Each command and option that a card names is one that can be typed."""
    cards = [view(record, SORA, now=NOW) for record, *_ in ENDINGS.values()]
    cards += [shown_again(job(State.SUCCEEDED), now=NOW), broken(ValueError(), job(State.IN_QUEUE))]
    codes = [code for shown in cards for code in typed(shown)]
    assert len(codes) == 7
    for code in codes:
        word = code.removeprefix("%sora ").split()[0]
        assert word in COMMANDS or word.removeprefix("--") in OPTIONS, code


def test_an_ending_that_nobody_explains_says_no_empty_line() -> None:
    """Where the service gave no word, none is pretended."""
    shown = view(job(State.FAILED, request_id=None), SORA, now=NOW)
    assert plain(shown).count("\n") == 1
    assert view(job(State.UNCONFIRMED, sent_at=None), SORA, now=NOW).lines[0].text.startswith("This request")


def test_an_ending_of_unknown_length_shows_no_figure() -> None:
    """Where it is not known how long something took, nothing is said of it."""
    assert view(job(State.FAILED), SORA, now=NOW).figure == ""


def test_what_is_shown_again_says_that_nothing_was_sent() -> None:
    """A cell run again tells that it paid nothing, and how to pay for a new take."""
    shown = shown_again(job(State.SUCCEEDED, created_at=NOW - 2 * 86_400), now=NOW)
    assert shown.headline == "Shown from your ledger, nothing was sent"
    assert (shown.kind, shown.figure) == (Kind.GOOD, "made 2 days ago")
    assert "paid for already. `--again` makes a new take." in shown.lines[0].text


def test_a_following_that_broke_keeps_the_job() -> None:
    """What ended it is said, in what state the job is kept, and how to take it up again."""
    shown = broken(Unreachable("No answer for 30 minutes."), job(State.IN_PROGRESS))
    assert shown.headline == "Not followed any more"
    assert [line.text for line in shown.lines] == [
        "No answer for 30 minutes.",
        "The job is kept as in_progress; `%sora wait k3f9` takes it up again.",
    ]
    assert broken(ValueError(), job(State.IN_QUEUE)).lines[0].text == "ValueError"


def test_cancelling_is_told_truthfully() -> None:
    """Cancelled, too late and billed, or not known and still followed."""
    assert cancel_words(Outcome.CANCELLED) == "Cancelled while queued."
    assert cancel_words(Outcome.NOT_CANCELLABLE) == (
        "It cannot be cancelled any more: it will finish, and be billed."
    )
    unknown = cancel_words(Outcome.UNKNOWN)
    assert "could not be confirmed" in unknown
    assert unknown.endswith("It is still followed.")


def test_a_file_that_cannot_be_looked_at_is_gone() -> None:
    """A path that the disk refuses even to look up is a missing file, not a crash."""
    impossible = replace(GONE, path="/" + "x" * 5000)
    assert view(job(State.SUCCEEDED, files=(impossible,)), SORA, now=NOW).kind is Kind.CARE


def test_a_request_that_was_never_sent_is_called_so() -> None:
    """Nothing was queued, and the service reports nothing."""
    told = view(job(State.CANCELLED, request_id=None, error="withdrawn"), built_in(), now=NOW)
    assert told.headline == "Cancelled before it was sent"
    assert "RunComfy reports" not in plain(told)
