from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import Live, Record, is_elsewhere
from runcomfy_jupyter._domain.replies import Outcome, Phase

RECORD = Record(
    id="k3f9",
    base_url="https://model-api.runcomfy.net/v1",
    model="openai/sora-2/text-to-video",
    inputs={"prompt": "A panda"},
    fingerprint="0" * 64,
    state=State.IN_QUEUE,
    save_dir="videos",
    created_at=1_000.0,
)


@pytest.mark.parametrize(
    ("inputs", "prompt"), [({"prompt": "A panda"}, "A panda"), ({}, ""), ({"prompt": 5}, "")]
)
def test_a_job_has_a_prompt_if_its_model_takes_one(inputs: dict[str, Any], prompt: str) -> None:
    """A model without a text prompt has an empty one."""
    assert replace(RECORD, inputs=inputs).prompt == prompt


@pytest.mark.parametrize(
    ("accepted", "finished", "took"),
    [
        (1_010.0, 1_072.5, 62.5),
        (1_010.0, 1_010.0, 0.0),
        (None, 1_072.5, None),
        (1_010.0, None, None),
        (1_010.0, 1_000.0, None),
    ],
)
def test_a_job_took_from_its_acceptance_to_its_end(
    accepted: float | None, finished: float | None, took: float | None
) -> None:
    """Unknown unless both are known, and when the clock jumped back in between."""
    assert replace(RECORD, accepted_at=accepted, finished_at=finished).took == took


@pytest.mark.parametrize(
    ("started", "finished", "late", "ran"),
    [
        (1_020.0, 1_072.5, False, 52.5),
        (1_020.0, 1_020.0, False, 0.0),
        (None, 1_072.5, False, 62.5),
        (1_080.0, 1_072.5, False, 62.5),
        (1_020.0, 1_072.5, True, None),
        (1_020.0, None, False, None),
        (1_005.0, 1_008.0, False, None),
    ],
)
def test_a_job_ran_from_its_beginning_to_its_end(
    started: float | None, finished: float | None, ran: float | None, *, late: bool
) -> None:
    """All that it took where its beginning is not known; unknown where that is."""
    record = replace(RECORD, accepted_at=1_010.0, started_at=started, finished_at=finished, seen_late=late)
    assert record.ran == ran


def test_nothing_is_wrong_with_a_job_before_it_is_followed() -> None:
    """No trouble, not a byte received, and the ledger has written all that is known."""
    live = RECORD.live
    assert (live.queue_position, live.trouble, live.received, live.expected) == (None, "", 0, None)
    assert live.unwritten is False


def test_what_is_known_only_while_following_makes_no_other_record() -> None:
    """A queue position is no part of what the ledger knows."""
    assert replace(RECORD, live=Live(queue_position=3)) == RECORD


def test_the_services_words_are_the_pages() -> None:
    """Phases and outcomes have the API page's own spelling, and are compared with it in programs."""
    phases = ["in_queue", "in_progress", "completed", "succeeded", "failed", "cancelled", "unknown"]
    assert [phase.value for phase in Phase] == phases
    assert [outcome.value for outcome in Outcome] == ["cancelled", "not_cancellable", "unknown"]


@pytest.mark.parametrize(
    ("place", "elsewhere"),
    [
        ("s3://bucket/clip.mp4", True),
        ("/home/me/clip.mp4", False),
        ("C:\\clip.mp4", False),
        ("clip.mp4", False),
    ],
)
def test_a_place_is_elsewhere_where_it_has_an_address(place: str, *, elsewhere: bool) -> None:
    """A path is one of this machine, whichever its system."""
    assert is_elsewhere(place) is elsewhere


@pytest.mark.parametrize(
    ("state", "sent_at", "error", "unsent"),
    [
        (State.RECORDED, None, "", True),
        (State.RECORDED, 1_001.0, "", False),
        (State.RECORDED, 1_001.0, "Come back later.", True),
        (State.IN_QUEUE, None, "", False),
        (State.CANCELLED, None, "It was withdrawn.", False),
    ],
)
def test_what_was_certainly_not_taken_is_unsent(
    state: State, sent_at: float | None, error: str, *, unsent: bool
) -> None:
    """Before its bytes left, or where the service refused it for now: nothing is paid twice by sending it."""
    assert replace(RECORD, state=state, sent_at=sent_at, error=error).unsent is unsent
