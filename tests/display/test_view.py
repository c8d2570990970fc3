from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from display.examples import NOW, PROMPT, finished, job
from runcomfy_jupyter._display.facts import facts, size_of
from runcomfy_jupyter._display.html import EDGE
from runcomfy_jupyter._display.running import summary
from runcomfy_jupyter._display.shapes import Clock, Kind, View
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import ModelCard, built_in, unknown
from runcomfy_jupyter._domain.record import Live

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record

SORA = built_in()


def running(record: Record, typical: float | None = None) -> View:
    """Return a running job's card."""
    return view(record, SORA, now=NOW, typical=typical)


@pytest.mark.parametrize(
    ("state", "position", "kind", "headline"),
    [
        (State.RECORDED, None, Kind.OVER, "Sora 2 · sending"),
        (State.IN_QUEUE, None, Kind.OVER, "Sora 2 · in the queue"),
        (State.IN_QUEUE, 0, Kind.OVER, "Sora 2 · in the queue"),
        (State.IN_QUEUE, 3, Kind.OVER, "Sora 2 · in the queue, third"),
        (State.IN_PROGRESS, 3, Kind.RUNNING, "Sora 2 · generating"),
        (State.DOWNLOADING, None, Kind.RUNNING, "Sora 2 · fetching the file"),
    ],
)
def test_a_running_job_says_where_it_stands(
    state: State, position: int | None, kind: Kind, headline: str
) -> None:
    """The model, the state in words, and the place in the queue while there is one."""
    shown = running(job(state, live=Live(queue_position=position)))
    assert (shown.kind, shown.headline) == (kind, headline)
    assert [line.text for line in shown.lines] == [PROMPT, "1280 × 720 · 8 s · job k3f9"]


def test_what_has_not_been_sent_waits() -> None:
    """Until its first byte leaves, a request waits for its turn, and says so."""
    assert running(job(State.RECORDED, sent_at=None)).headline == "Sora 2 · waiting to be sent"


def test_what_it_will_cost_is_told_as_an_estimate() -> None:
    """About how much, until what it cost is known."""
    record = job(State.IN_PROGRESS, estimate_usd=Decimal("0.8"))
    assert running(record).lines[-1].text == "1280 × 720 · 8 s · about $0.80 · job k3f9"
    assert running(replace(record, cost_usd=Decimal(1))).lines[-1].text.endswith("8 s · $1.00 · job k3f9")


def test_a_card_without_a_prompt_has_no_empty_line() -> None:
    """Of a model that takes none, what goes in stands there; without that, nothing."""
    other = ModelCard.parse(
        {
            "model_id": "maker/other",
            "input_schema": {
                "properties": {"image_url": {"type": "string", "title": "Image", "format": "image_uri"}}
            },
        }
    )

    def lines(**inputs: object) -> list[str]:
        return [line.text for line in view(job(State.IN_QUEUE, inputs=inputs), other, now=NOW).lines]

    assert lines(image_url="https://example.com/a.png?key=secret") == [
        "Image: https://example.com/a.png",
        "job k3f9",
    ]
    assert lines(style="noir", mood="calm") == ["style: noir", "job k3f9"]
    assert lines(seed=1) == ["job k3f9"]


@pytest.mark.parametrize(
    ("inputs", "told", "size"),
    [
        ({"aspect_ratio": "16:9"}, ["16:9"], (16, 9)),
        ({"aspect_ratio": "9:16", "resolution": "720p"}, ["9:16", "720p"], (720, 1280)),
        ({"resolution": "720p"}, ["720p"], None),
        ({"width": 640, "height": 480}, ["640 × 480"], (640, 480)),
        ({"aspect_ratio": "auto", "duration": "10"}, ["auto", "10 s"], None),
        ({"duration": 7.5}, ["7.5 s"], None),
        ({"duration": "auto", "num_images": 4}, ["4 outputs"], None),
    ],
)
def test_other_models_words_are_understood(
    inputs: dict[str, object], told: list[str], size: tuple[int, int] | None
) -> None:
    """Proportion, resolution, length and number are told as asked for, and the place is reserved."""
    record, other = job(State.IN_QUEUE, inputs=inputs), unknown("maker/other")
    assert (facts(record, other), size_of(record, other)) == (told, size)


def test_no_estimate_is_invented() -> None:
    """Before any job of this kind has finished the card says so, and draws no progress."""
    shown = running(job(State.IN_PROGRESS))
    assert (shown.figure, shown.progress) == ("0:50 · no estimate yet", None)
    assert shown.clock == Clock(50.0, None)


def test_progress_goes_toward_what_such_jobs_took() -> None:
    """It grows with time, and stays short of the end until the end is there."""
    shown = running(job(State.IN_PROGRESS), typical=100.0)
    assert (shown.figure, shown.progress) == ("0:50 of about 1:40", 0.5)
    assert shown.clock == Clock(50.0, 100.0)
    assert running(job(State.IN_PROGRESS), typical=10.0).progress == 0.98


def test_time_runs_from_the_acceptance_or_the_record() -> None:
    """Before it is accepted it counts from the click, and never backwards."""
    assert running(job(State.RECORDED, accepted_at=None)).figure.startswith("1:00")
    assert running(job(State.IN_QUEUE, accepted_at=NOW + 99)).figure.startswith("0:00")


@pytest.mark.parametrize(
    ("live", "figure", "progress"),
    [
        (Live(), "", None),
        (Live(received=4_400_000), "4.4 MB", None),
        (Live(expected=8_800_000), "", None),
        (Live(received=4_400_000, expected=8_800_000), "4.4 of 8.8 MB", 0.5),
        (Live(received=9_900_000, expected=1_000_000), "9.9 of 1.0 MB", 1.0),
    ],
)
def test_a_download_shows_its_bytes(live: Live, figure: str, progress: float | None) -> None:
    """As far as the host tells, and never past the end."""
    shown = running(job(State.DOWNLOADING, live=live), typical=100.0)
    assert (shown.figure, shown.progress, shown.clock) == (figure, progress, None)


def test_trouble_is_told_while_asking_again() -> None:
    """A question without an answer is shown, and that it goes on."""
    shown = running(job(State.IN_PROGRESS, live=Live(trouble="RunComfy cannot be reached.")))
    assert [line.text for line in shown.lines][1] == "Asking again: RunComfy cannot be reached."


def test_a_long_prompt_is_cut_in_the_card() -> None:
    """A prompt of pages leaves the card a card."""
    shown = running(job(State.IN_QUEUE, inputs={"prompt": "panda\n" * 1000}))
    assert len(shown.lines[0].text) <= 200
    assert "\n" not in shown.lines[0].text


def test_what_was_left_out_is_shown_as_its_default() -> None:
    """Size and length are told although they were not typed."""
    assert (
        running(job(State.IN_QUEUE, inputs={"prompt": "x"})).lines[-1].text.startswith("720 × 1280 · 4 s · ")
    )


def test_a_model_without_size_and_length_has_neither() -> None:
    """Other models' cards say what is known, and no more."""
    other = ModelCard.parse({"model_id": "maker/other", "display_name": "Other"})
    shown = view(job(State.IN_QUEUE, inputs={"prompt": "x"}), other, now=NOW)
    assert (shown.headline, shown.lines[-1].text) == ("Other · in the queue", "job k3f9")


@pytest.mark.parametrize("size", ["", "auto", "0x720", "1280x0", "x", "1280x720x3", "9" * 5000 + "x9"])
def test_a_size_that_is_no_size_is_not_shown(size: str) -> None:
    """Other models' words for a size break nothing."""
    record = job(State.IN_QUEUE, inputs={"prompt": "x", "size": size})
    assert size_of(record, SORA) is None
    assert running(record).lines[-1].text == "4 s · job k3f9"


def test_a_finished_job_is_good(home: Path) -> None:
    """Once its file is here, its card is green."""
    shown = view(finished(home / "videos" / "k3f9.mp4"), SORA, now=NOW)
    assert (shown.kind, shown.headline) == (Kind.GOOD, "Finished")


def test_every_kind_has_its_edge() -> None:
    """Each kind of card has a colour of its own."""
    assert set(EDGE) == set(Kind)
    assert len(set(EDGE.values())) == len(Kind)


def test_many_jobs_are_summed_up_in_the_order_of_their_life() -> None:
    """What is under way is counted by what it is at; what rests is not counted."""
    states = [
        State.IN_PROGRESS,
        State.IN_QUEUE,
        State.IN_PROGRESS,
        State.SUCCEEDED,
        State.FAILED,
        State.RECORDED,
    ]
    assert summary([job(state) for state in states]) == "1 sending, 1 in the queue, 2 generating"
    assert summary([job(State.FAILED)]) == ""


def test_a_job_that_takes_longer_is_not_of_about_anything() -> None:
    """Past the time that such jobs take, the figure tells that time and promises nothing."""
    record = job(State.IN_PROGRESS)
    assert view(record, built_in(), now=NOW, typical=60.0).figure == "0:50 of about 1:00"
    assert view(record, built_in(), now=NOW, typical=40.0).figure == "0:50, longer than the usual 0:40"
