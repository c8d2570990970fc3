from __future__ import annotations

from decimal import Decimal

import pytest

from runcomfy_jupyter._session.planning import Bounds, as_decimal, bound_of
from runcomfy_jupyter.errors import InputError

D = Decimal


_CAP, _BUDGET = "max_cost", "Sora.session_budget_usd"


@pytest.mark.parametrize(
    ("bounds", "estimate", "number", "said"),
    [
        (
            Bounds(D("0.5")),
            D("0.8"),
            1,
            f"The estimate for this request is $0.80, above the $0.50 that {_CAP} allows.",
        ),
        (
            Bounds(D(2)),
            D(4),
            5,
            f"The estimate for these 5 requests is $4.00, above the $2.00 that {_CAP} allows.",
        ),
        (
            Bounds(D(2), source="Sora.max_cost_usd"),
            None,
            1,
            "What this request would cost is not known, and Sora.max_cost_usd sets a bound.",
        ),
        (
            Bounds(None, D(5)),
            None,
            2,
            f"What these 2 requests would cost is not known, and {_BUDGET} sets a bound.",
        ),
        (
            Bounds(None, D(5), D("4.5")),
            D("0.8"),
            1,
            (
                "The estimate for this request is $0.80; "
                f"$4.50 of the $5.00 of {_BUDGET} are spent or under way."
            ),
        ),
    ],
)
def test_what_is_above_a_bound_or_unknown_under_one_is_refused(
    bounds: Bounds, estimate: Decimal | None, number: int, said: str
) -> None:
    """The refusal names the estimate, the bound and what set it, and that nothing was sent."""
    refusal = bounds.refusal(estimate, number)
    assert refusal is not None
    assert refusal.message == said
    assert refusal.hint.endswith("Nothing was sent.")


@pytest.mark.parametrize(
    ("bounds", "estimate", "number"),
    [
        (Bounds(), None, 3),
        (Bounds(D("0.8"), D("0.8")), D("0.8"), 1),
        (Bounds(None, D(5), D("4.2")), D("0.8"), 1),
        (Bounds(D(1), D(5), D(9)), D(0), 0),
    ],
)
def test_what_fits_may_be_sent(bounds: Bounds, estimate: Decimal | None, number: int) -> None:
    """A bound may be reached, and what is only shown again costs nothing."""
    assert bounds.refusal(estimate, number) is None


def test_money_is_read_as_it_is_written() -> None:
    """A tenth of a dollar is no binary fraction."""
    assert as_decimal(0.1) == Decimal("0.1")
    assert as_decimal(None) is None


@pytest.mark.parametrize("amount", ["dear", "nan", "inf", 0, -1, True, [], "$1"])
def test_what_is_no_bound_is_refused(amount: object) -> None:
    """In words, before anything is sent."""
    with pytest.raises(InputError, match=r"max_cost takes US dollars above 0.*Nothing was sent"):
        bound_of(amount)


def test_a_bound_is_read_as_it_is_written() -> None:
    """A text, a number, or none."""
    assert bound_of("0.4") == bound_of(0.4) == D("0.4")
    assert bound_of(None) is None
