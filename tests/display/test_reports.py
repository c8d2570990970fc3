from __future__ import annotations

from decimal import Decimal

import pytest

from display.pages import check_saved
from runcomfy_jupyter._display import text
from runcomfy_jupyter._display.bundles import bundle
from runcomfy_jupyter._display.reports import Check, balance_card, doctor_sheet
from runcomfy_jupyter._display.shapes import Kind, Line
from runcomfy_jupyter._domain.replies import Balance


def test_a_balance_is_a_sum() -> None:
    """What is left, alone where nothing was spent."""
    card = balance_card(Balance(Decimal("12.34")))
    assert (card.kind, card.headline, card.lines) == (Kind.GOOD, "$12.34 left on your RunComfy account", ())


def test_a_balance_tells_what_is_used_of_a_budget() -> None:
    """Where there is one."""
    card = balance_card(Balance(Decimal(9)), "$1.20 of $5.00 budget used")
    assert [line.text for line in card.lines] == ["In this kernel: $1.20 of $5.00 budget used."]


def test_an_empty_account_is_told() -> None:
    """Where nothing is left, nothing can be asked for."""
    card = balance_card(Balance(Decimal("-0.1")))
    assert card.kind is Kind.BAD
    assert "takes no request until" in card.lines[0].text


@pytest.mark.parametrize(
    ("kinds", "headline"),
    [
        ([Kind.GOOD, Kind.OVER], "Everything is well"),
        ([Kind.GOOD, Kind.CARE], "One thing to look at"),
        ([Kind.CARE, Kind.CARE], "2 things to look at"),
        ([Kind.CARE, Kind.BAD], "One thing is wrong"),
        ([Kind.BAD, Kind.BAD], "2 things are wrong"),
    ],
)
def test_a_doctor_says_the_worst_first(kinds: list[Kind], headline: str) -> None:
    """One sentence for all of it, then each thing in a word, with what to do about it."""
    sheet = doctor_sheet([Check(kind, "Token", "none", "`%sora login` asks for it") for kind in kinds])
    drawn = bundle(sheet)
    assert drawn["text/plain"].splitlines()[0] == headline
    assert "%sora login asks for it" in drawn["text/plain"]
    page = check_saved(drawn["text/html"])
    assert page.text.startswith(headline)
    assert [tag for tag, _ in page.elements].count("code") == len(kinds)


def test_a_word_says_what_the_edge_shows() -> None:
    """Nobody has to see a colour: each kind has its word."""
    page = text.sheet(
        doctor_sheet([Check(kind, "x", "y") for kind in (Kind.GOOD, Kind.CARE, Kind.BAD, Kind.OVER)])
    )
    assert [line.split()[0] for line in page.splitlines()[2:]] == ["ok", "look", "wrong", "off"]


def test_a_bundle_is_html_and_text() -> None:
    """Blocks may come from a generator, and stand in both."""
    drawn = bundle(Line(word) for word in ("one", "`two`"))
    assert drawn["text/plain"] == "one\ntwo"
    assert check_saved(drawn["text/html"]).text == "onetwo"
