from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._domain.models import SORA_2
from runcomfy_jupyter.errors import CostError
from session.cards import MODEL, card
from support.scripted_service import Held, says

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service


@pytest.fixture(autouse=True)
def priced(service: Service) -> None:
    """Offer a model at ten cents a second, five seconds by default."""
    service.on("card", says(**card()))


def test_a_request_above_the_cap_is_neither_sent_nor_recorded(session: Session, service: Service) -> None:
    """The argument bounds one submission."""
    with pytest.raises(CostError, match=r"\$0\.50, above the \$0\.40 that max_cost allows"):
        session.submit("x", model=MODEL, max_cost="0.4")
    assert service.posts == 0
    assert session.jobs() == []
    assert session.submit("x", model=MODEL, max_cost="0.5").wait(20).state == "succeeded"


def test_the_setting_caps_where_no_argument_does(session: Session, service: Service) -> None:
    """The argument goes before it."""
    session.options.max_cost_usd = 0.1
    with pytest.raises(CostError, match=r"Sora\.max_cost_usd allows"):
        session.submit("x", model=MODEL)
    assert session.submit("x", model=MODEL, max_cost=1).wait(20).state == "succeeded"
    assert service.posts == 1


def test_an_unknown_price_is_refused_under_a_cap(session: Session, service: Service) -> None:
    """Nobody can say that it fits; the catalogue was asked first."""
    service.on("card", says(404, error_code=400001))
    with pytest.raises(CostError, match="is not known"):
        session.submit("x", max_cost=100)
    assert service.posts == 0
    assert len(service.asked("card")) == 1


def test_a_price_is_asked_for_where_there_is_a_bound(session: Session, service: Service) -> None:
    """The built-in model has none of its own; what the catalogue calls it does not matter."""
    service.on("card", says(**{**card(), "input_schema": None}))
    with pytest.raises(CostError, match=r"is \$0\.40, above the \$0\.30"):
        session.submit("x", model=SORA_2, max_cost="0.3")
    assert service.posts == 0
    assert session.plan([{"prompt": "x"}]).estimate_usd == Decimal("0.4")


def test_a_price_that_is_not_known_is_asked_for_after_the_request(session: Session, service: Service) -> None:
    """For the next time, without holding anything up; once, where there is no catalogue."""
    service.on("card", says(404, error_code=400001))
    for number in range(3):
        session.submit(f"x{number}").wait(20)
    assert len(service.asked("card")) == 1


def test_what_is_bought_already_passes_every_cap(session: Session, service: Service) -> None:
    """Showing a job again costs nothing."""
    job = session.submit("x", model=MODEL)
    job.wait(20)
    session.options.session_budget_usd = 0.01
    assert session.submit("x", model=MODEL, max_cost="0.01").id == job.id
    assert service.posts == 1


def test_the_budget_counts_what_this_kernel_has_bought(session: Session, service: Service) -> None:
    """What it cost counts, once it is known, and the estimate until then."""
    session.options.session_budget_usd = 1.2
    service.on("result", says(status="succeeded", output={"video": service.url()}, cost=0.7))
    session.submit("one", model=MODEL).wait(20)
    session.submit("two", model=MODEL).wait(20)
    with pytest.raises(CostError, match=r"\$1\.40 of the \$1\.20 of Sora.session_budget_usd"):
        session.submit("three", model=MODEL)
    assert service.posts == 2


def test_the_budget_counts_what_is_under_way(session: Session, service: Service) -> None:
    """A request that has not answered yet may cost what was estimated."""
    session.options.session_budget_usd = 0.9
    answer = Held(says(request_id="r-1"))
    service.on("submit", answer)
    session.submit("one", model=MODEL)
    with pytest.raises(CostError, match=r"\$0\.50 of the \$0\.90"):
        session.submit("two", model=MODEL)
    answer.free.set()


def test_what_was_refused_does_not_count(session: Session, service: Service) -> None:
    """A request that the service did not take is not billed."""
    session.options.session_budget_usd = 0.6
    service.on("submit", says(422, error_code=422001, error_message="no"), says(request_id="r-2"))
    first = session.submit("one", model=MODEL)
    with pytest.raises(Exception, match="no"):
        first.wait(20)
    assert session.submit("two", model=MODEL).wait(20).state == "succeeded"


def test_a_plan_says_what_would_happen_and_does_nothing(session: Session, service: Service) -> None:
    """The estimate is of what would be sent; what is in the ledger is named."""
    job = session.submit("one", model=MODEL)
    job.wait(20)
    plan = session.plan(
        [{"prompt": "one"}, {"prompt": "two"}, {"prompt": "three", "duration": 8}], model=MODEL
    )
    assert [known.id if known else None for known in plan.bought] == [job.id, None, None]
    assert plan.estimate_usd == Decimal("1.3")
    assert plan.refusal is None
    assert service.posts == 1
    assert len(session.jobs()) == 1


def test_a_bound_holds_for_all_of_a_plan_together(session: Session, service: Service) -> None:
    """Two that would fit alone do not fit together, and neither is sent."""
    plan = session.plan([{"prompt": "one"}, {"prompt": "two"}], model=MODEL, max_cost=Decimal("0.9"))
    with pytest.raises(CostError, match=r"these 2 requests is \$1\.00"):
        session.buy(plan)
    assert service.posts == 0


def test_takes_of_the_same_request_are_bought_once_each(session: Session, service: Service) -> None:
    """Three takes are three POSTs; asked for again, the same three are shown, and a fourth is one more."""
    shots = [{"prompt": "one"}] * 3
    jobs = session.buy(session.plan(shots, model=MODEL))
    for job in jobs:
        job.wait(20)
    assert service.posts == 3
    again = session.buy(session.plan(shots, model=MODEL))
    assert [job.id for job in again] == [job.id for job in jobs]
    more = session.buy(session.plan([*shots, shots[0]], model=MODEL))
    assert [job.id for job in more[:3]] == [job.id for job in jobs]
    assert more[3].is_new
    more[3].wait(20)
    assert service.posts == 4


def left_unsent(session: Session, *prompts: str) -> list[Record]:
    """Record requests as a kernel does that ends before it sends them."""
    plan = session.plan([{"prompt": prompt} for prompt in prompts], model=MODEL)
    return [record for record, _ in session.ledger.begin_all(plan.drafts, owner="gone")]


def test_what_a_kernel_left_unsent_is_bought_when_it_is_asked_for_again(
    session: Session, service: Service
) -> None:
    """It is recorded already, but not paid: the bounds hold for it, and it counts as sent by this run."""
    left_unsent(session, "one")
    plan = session.plan([{"prompt": "one"}], model=MODEL)
    assert (len(plan.sent), plan.new, plan.shown) == (1, [], (None,))
    assert plan.estimate_usd == Decimal("0.5")
    with pytest.raises(CostError, match="above the"):
        session.submit("one", model=MODEL, max_cost="0.4")
    assert service.posts == 0
    job = session.submit("one", model=MODEL, max_cost="0.5")
    assert job.is_new
    assert job.wait(20).state == "succeeded"
    assert service.posts == 1
    assert len(session.jobs()) == 1
    assert session.till.spent() == Decimal("0.5")
    assert not session.submit("one", model=MODEL).is_new


def test_what_is_taken_up_and_sent_counts_towards_the_budget(session: Session, service: Service) -> None:
    """Whichever way it came to be sent from here."""
    session.options.session_budget_usd = 0.9
    [record] = left_unsent(session, "one")
    assert session.till.refusal(session.till.left([record])) is None
    session.follow(record).done.result(20)
    assert (service.posts, session.till.spent()) == (1, Decimal("0.5"))
    [other] = left_unsent(session, "two")
    refusal = session.till.refusal(session.till.left([session.record(record.id), other]))
    assert refusal is not None
    assert "$0.50 of the $0.90" in str(refusal)
