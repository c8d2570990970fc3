from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.stage import draft, put
from runcomfy_jupyter._domain.lifecycle import State

if TYPE_CHECKING:
    from runcomfy_jupyter._jobs.ledger import Ledger

PROMPTS = [
    "A red panda surfs",
    "Ein „Fuchs“ läuft über die Düne",
    "50% off_season",
    'she said "no", it\'s C:\\temp',
    "🦊 and 🐼",
    "two\nlines\tand a tab",
    "</script>&amp;",
]


def test_without_a_word_all_come_newest_first(ledger: Ledger) -> None:
    """As many as asked for."""
    records = [put(ledger, State.RECORDED, draft(prompt)) for prompt in PROMPTS]
    assert ledger.newest() == records[::-1]
    assert ledger.newest(limit=2) == records[:-3:-1]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("panda", [0]),
        ("PANDA", [0]),
        ("Düne", [1]),
        ("„Fuchs“", [1]),
        ("50%", [2]),
        ("%", [2]),
        ("f_s", [2]),
        ("_", [2]),
        ('"no"', [3]),
        ("it's", [3]),
        ("\\", [3]),
        ("C:\\t", [3]),
        ("🦊", [4]),
        ("o\nl", [5]),
        ("</script>&amp;", [6]),
        ("no such word", []),
        ("u00fc", []),
        ("prompt", []),
        ("'; DROP TABLE jobs", []),
    ],
)
def test_a_word_is_found_in_prompts_as_it_was_written(ledger: Ledger, word: str, found: list[int]) -> None:
    """Signs that SQL or JSON have their own use for are letters like others, and field names do not count."""
    records = [put(ledger, State.RECORDED, draft(prompt)) for prompt in PROMPTS]
    assert ledger.newest(word) == [records[index] for index in found]


def test_a_word_is_found_in_state_model_size_and_id(ledger: Ledger) -> None:
    """The other columns of the table that a person sees are looked through as well."""
    record = put(ledger, State.SUCCEEDED, draft(model="acme/dream"))
    put(ledger, State.FAILED, draft(inputs={"prompt": "x", "size": "720x1280"}))
    for word in ("succeed", "acme", "1280x720", record.id):
        assert ledger.newest(word) == [record]


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_piece_of_a_prompt_finds_it(ledger: Ledger, text: str) -> None:
    """Whatever a prompt holds, its own words lead to it."""
    record = put(ledger, State.RECORDED, draft(f"before {text} after"))
    assert record in ledger.newest(text, limit=10_000)
