from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from display.examples import NOW, PROMPT, job
from display.pages import check_saved
from runcomfy_jupyter._display import html, text
from runcomfy_jupyter._display.plans import Asked, plan_sheet, warnings_card
from runcomfy_jupyter._display.shapes import Code, Kind, Table, View
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in

SORA = built_in()
DRAFT = job(State.RECORDED, id="", sent_at=None, estimate_usd=Decimal("0.8"))
BOUGHT = job(State.SUCCEEDED, id="k3f9", created_at=NOW)
URL = "https://model-api.runcomfy.net/v1/models/openai/sora-2/text-to-video"


def test_a_dry_run_shows_the_exact_request() -> None:
    """The address and the body, as they would be sent, and no word of a token."""
    head, request = plan_sheet([Asked(DRAFT)], SORA)
    assert isinstance(head, View)
    assert (head.kind, head.headline, head.figure) == (Kind.RUNNING, "Would be sent", "about $0.80")
    assert isinstance(request, Code)
    line, _, body = request.text.partition("\n\n")
    assert line == f"POST {URL}"
    assert json.loads(body) == DRAFT.inputs
    told = check_saved(html.sheet((head, request))).text
    assert PROMPT in told
    assert "Nothing has been sent now." in told
    assert "oken" not in told
    assert "uthorization" not in told


def test_without_a_price_there_is_no_estimate() -> None:
    """Nothing is invented."""
    head, *_ = plan_sheet([Asked(replace(DRAFT, estimate_usd=None))], SORA)
    assert isinstance(head, View)
    assert head.figure == "no estimate"


def test_what_is_bought_would_be_shown_again() -> None:
    """A request of the ledger would not be sent, and is named."""
    head, *_ = plan_sheet([Asked(DRAFT, BOUGHT)], SORA)
    assert isinstance(head, View)
    assert (head.kind, head.headline, head.figure) == (Kind.GOOD, "In your ledger already", "job k3f9")
    assert "nothing sent" in text.plain(head)


def test_what_would_be_refused_says_why() -> None:
    """The reason stands first, and the warnings above it."""
    warned, head, _ = plan_sheet([Asked(DRAFT)], SORA, refusal="Too dear.", warnings=["The file is large."])
    assert isinstance(warned, View)
    assert (warned.kind, warned.lines[0].text) == (Kind.CARE, "The file is large.")
    assert isinstance(head, View)
    assert (head.kind, head.headline, head.lines[0].text) == (Kind.BAD, "Would be refused", "Too dear.")


def test_many_are_listed_with_what_they_come_to() -> None:
    """How many would be sent and for how much; what differs, what happens and what it costs, a row each."""
    asked = [Asked(DRAFT, None, "4 s"), Asked(DRAFT, BOUGHT, "8 s"), Asked(DRAFT, None, "12 s")]
    head, table, request = plan_sheet(asked, SORA)
    assert isinstance(head, View)
    assert (head.headline, head.figure) == ("2 requests would be sent", "about $1.60 in all")
    assert "1 of them is in your ledger already" in text.plain(head)
    assert isinstance(table, Table)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["1", "4 s", "sent", "about $0.80"],
        ["2", "8 s", "shown again: job k3f9", ""],
        ["3", "12 s", "sent", "about $0.80"],
    ]
    assert isinstance(request, Code)
    assert request.label == "The first request, exactly"
    check_saved(html.sheet((head, table, request)))


def test_an_estimate_that_lacks_is_not_added_as_nothing() -> None:
    """The total says of how many nothing is known."""
    unknown = Asked(replace(DRAFT, estimate_usd=None))
    head, *_ = plan_sheet([Asked(DRAFT), unknown, unknown], SORA)
    assert isinstance(head, View)
    assert head.figure == "about $0.80 in all, 2 without an estimate"
    head, *_ = plan_sheet([unknown, unknown], SORA)
    assert isinstance(head, View)
    assert head.figure == "no estimate"


def test_many_may_be_refused_or_all_bought() -> None:
    """A bound refuses them together; where all is bought nothing would be sent, and no request is shown."""
    head, *_ = plan_sheet([Asked(DRAFT)] * 3, SORA, refusal="Too dear.")
    assert isinstance(head, View)
    assert (head.kind, head.headline) == (Kind.BAD, "3 requests would be refused")
    sheet = plan_sheet([Asked(DRAFT, BOUGHT)] * 3, SORA, refusal="")
    assert isinstance(sheet[0], View)
    assert (sheet[0].headline, sheet[0].figure) == ("Nothing would be sent", "3 jobs")
    assert "3 of them are in your ledger" in text.plain(sheet[0])
    assert not [block for block in sheet if isinstance(block, Code)]
    head, *_ = plan_sheet([Asked(DRAFT), Asked(DRAFT, BOUGHT)], SORA)
    assert isinstance(head, View)
    assert head.headline == "1 request would be sent"


def test_a_table_of_very_many_is_bounded() -> None:
    """Fifty rows, and the number of the others; the total counts all of them."""
    page = text.sheet(plan_sheet([Asked(DRAFT, None, "take")] * 1000, SORA))
    assert page.count("  take  ") == 50
    assert "… and 950 more." in page
    assert "1000 requests would be sent (about $800.00 in all)" in page


def test_a_long_body_is_bounded() -> None:
    """A prompt of a book's length leaves a page."""
    long = replace(DRAFT, inputs={"prompt": "x" * 10**6})
    assert len(check_saved(html.sheet(plan_sheet([Asked(long)], SORA))).text) < 9000


def test_warnings_are_bounded_and_none_is_no_card() -> None:
    """Ten are shown, and the number of the others."""
    assert warnings_card([]) is None
    one, many = warnings_card(["a"]), warnings_card(["a"] * 14)
    assert one is not None
    assert one.headline == "Please check this"
    assert many is not None
    assert many.headline == "Please check these 14 things"
    assert [line.text for line in many.lines] == ["a"] * 10 + ["… and 4 more."]
