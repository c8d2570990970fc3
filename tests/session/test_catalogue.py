from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain.models import SORA_2
from runcomfy_jupyter._session.catalogue import FRESH_SECONDS, Catalogue
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import ModelError, ServiceError, TokenError, UserError
from session.cards import MODEL, card
from support.polling import eventually
from support.scripted_service import Held, drop, says

if TYPE_CHECKING:
    from support.scripted_service import Service


def test_any_model_of_the_catalogue_can_be_bought_from(session: Session, service: Service) -> None:
    """Its inputs are checked by the schema that the service gives, and its price makes an estimate."""
    service.on("card", says(**card()))
    job = session.submit("A meadow", model=MODEL, duration=8)
    assert job.wait(20).state == "succeeded"
    [seen] = service.asked("submit")
    assert seen.path == f"/v1/models/{MODEL}"
    assert seen.json == {"prompt": "A meadow", "duration": 8}
    assert str(job.record.estimate_usd) == "0.8"
    assert session.model_of(job.record).display_name == "Meadow"


def test_a_card_is_asked_for_once(session: Session, service: Service) -> None:
    """What is here and fresh is not asked for again, by this kernel or the next."""
    service.on("card", says(**card()))
    session.model(MODEL)
    session.model(MODEL)
    other = Session()
    assert other.model(MODEL).display_name == "Meadow"
    other.close()
    assert len(service.asked("card")) == 1


def test_a_card_can_be_asked_for_freshly(session: Session, service: Service) -> None:
    """What the service says now takes the place of what was kept."""
    service.on("card", says(**card(price=0.1)), says(**card(price=0.2)))
    assert str(session.model(MODEL).base_price_usd) == "0.1"
    assert str(session.model(MODEL, fresh=True).base_price_usd) == "0.2"
    assert str(session.model(MODEL).base_price_usd) == "0.2"
    assert session.catalogue.age(MODEL) == pytest.approx(0, abs=30)


def _grow_old(session: Session) -> None:
    """Put the kept cards into the past."""
    base = session.base_url()
    kept = session.engine.shelf.all(base)
    session.engine.shelf.put(base, [raw for raw, _ in kept.values()], time.time() - 2 * FRESH_SECONDS)


def test_an_old_card_is_asked_for_again(session: Session, service: Service) -> None:
    """After an hour the price may be another."""
    service.on("card", says(**card(price=0.1)), says(**card(price=0.2)))
    session.model(MODEL)
    _grow_old(session)
    assert str(session.model(MODEL).base_price_usd) == "0.2"


@pytest.mark.parametrize("answer", [drop, says(500), says(200, nonsense=True)])
def test_an_old_card_serves_while_the_service_cannot_be_asked(
    session: Session, service: Service, answer: Any
) -> None:
    """A card that is two hours old is better than none, and its age is known."""
    service.on("card", says(**card()))
    session.model(MODEL)
    _grow_old(session)
    service.on("card", answer)
    assert session.model(MODEL).display_name == "Meadow"
    assert session.catalogue.age(MODEL) == pytest.approx(2 * FRESH_SECONDS, abs=60)


def test_without_a_card_and_a_service_nothing_is_guessed(session: Session, service: Service) -> None:
    """The error names the model, and nothing is recorded."""
    service.on("card", says(503))
    with pytest.raises(ServiceError, match=f"Nothing is known here of the model {MODEL}"):
        session.submit("x", model=MODEL)
    assert session.jobs() == []
    assert service.posts == 0


def test_a_model_that_there_is_not_is_explained(session: Session, service: Service) -> None:
    """The error names it, the ids near it, and the way to others."""
    service.on("models", says(models=[card("lab/meadow/text-to-video"), card("lab/sea/upscale")], total=2))
    with pytest.raises(ModelError, match="no model lab/medow/text-to-video") as caught:
        session.submit("x", model="lab/medow/text-to-video")
    assert "Near it: lab/meadow/text-to-video" in str(caught.value)
    assert "rc.Client().models() lists them" in str(caught.value)
    assert service.posts == 0
    assert session.jobs() == []


def test_the_built_in_model_needs_no_network(session: Session, service: Service) -> None:
    """Its schema is here; a price is not, until the catalogue tells one."""
    plan = session.plan([{"prompt": "x"}])
    assert plan.estimate_usd is None
    assert service.seen == []
    assert session.catalogue.age(SORA_2) is None


def test_the_built_in_model_learns_its_price_beside_the_cells(session: Session, service: Service) -> None:
    """Asking in the background holds nothing up, and is done once."""
    answer = Held(says(**card(SORA_2, seconds={"type": "integer", "default": 4})))
    service.on("card", answer)
    session.catalogue.refresh(SORA_2)
    assert session.plan([{"prompt": "x"}]).estimate_usd is None
    answer.free.set()
    eventually(lambda: session.catalogue.age(SORA_2) is not None, what="the card is here")
    session.catalogue.refresh(SORA_2)
    assert len(service.asked("card")) == 1
    assert session.plan([{"prompt": "x"}]).estimate_usd is not None


def test_a_price_that_nobody_can_be_asked_for_is_no_harm(session: Session) -> None:
    """It is asked for when a request has just been sent: the cell must not fail by it."""

    def nowhere() -> str:
        message = "The sandbox did not start."
        raise UserError(message)

    catalogue = Catalogue(session.engine.shelf, nowhere, session.endpoint, session.engine.ask)
    catalogue.refresh(SORA_2)
    with pytest.raises(UserError):
        catalogue.age(SORA_2)


def test_a_built_in_schema_stands_in_for_one_that_cannot_be_read(session: Session, service: Service) -> None:
    """The catalogue's price is used all the same."""
    service.on("card", says(**{**card(SORA_2), "input_schema": None}))
    found = session.model(SORA_2, fresh=True)
    assert [field.name for field in found.schema.fields] == ["prompt", "size", "seconds"]
    assert str(session.plan([{"prompt": "x", "seconds": 8}]).estimate_usd) == "0.8"


def test_a_schema_that_cannot_be_read_lets_inputs_through_with_a_warning(
    session: Session, service: Service
) -> None:
    """What the service alone can check is sent as it is."""
    service.on("card", says(**{**card(), "input_schema": "soon"}))
    plan = session.plan([{"anything": [1, 2]}], model=MODEL)
    assert "cannot be read" in plan.warnings[0]
    session.buy(plan)[0].wait(20)
    assert service.asked("submit")[0].json == {"anything": [1, 2]}


def test_a_search_is_kept_for_later(session: Session, service: Service) -> None:
    """Where the service cannot be reached, what it said before is searched."""
    service.on("models", says(models=[card(), card("lab/sea/upscale")], total=2), says(502))
    assert [found.model_id for found in session.catalogue.search()] == [MODEL, "lab/sea/upscale"]
    assert [found.model_id for found in session.catalogue.search("SEA")] == ["lab/sea/upscale"]
    assert session.model(MODEL).display_name == "Meadow"
    assert {found.model_id for found in session.catalogue.all()} == {SORA_2, MODEL, "lab/sea/upscale"}


def test_a_search_without_anything_kept_says_why(session: Session, service: Service) -> None:
    """An empty list would say that there are no models."""
    service.on("models", says(502))
    with pytest.raises(ServiceError):
        session.catalogue.search()


def test_a_kept_card_needs_no_token(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a request would be can be said without one; asking freshly cannot be done."""
    service.on("card", says(**card()))
    session.model(MODEL)
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    assert str(session.plan([{"prompt": "x"}], model=MODEL).estimate_usd) == "0.5"
    with pytest.raises(TokenError):
        session.model(MODEL, fresh=True)
    assert "RUNCOMFY_TOKEN" not in os.environ


def test_the_same_cell_is_recognised_when_the_schema_has_grown(session: Session, service: Service) -> None:
    """A new field with a default makes no new request of it: what is sent is the same."""
    service.on("card", says(**card()), says(**card(generate_audio={"type": "boolean", "default": True})))
    first = session.submit("x", model=MODEL)
    first.wait(20)
    session.model(MODEL, fresh=True)
    assert session.submit("x", model=MODEL).id == first.id
    other = session.submit("x", model=MODEL, duration=5)
    assert other.id != first.id
    other.wait(20)
    assert service.posts == 2


def test_python_is_warned_before_anything_is_sent(session: Session, service: Service) -> None:
    """Whoever makes warnings errors has paid nothing."""
    service.on("card", says(**{**card(), "input_schema": "soon"}))
    with pytest.raises(UserWarning, match="cannot be read: what it is given is sent unchecked"):
        session.submit(model=MODEL, inputs={"anything": 1})
    with pytest.raises(UserWarning, match="cannot be read"):
        session.submit_many([{"anything": 1}], model=MODEL)
    assert service.posts == 0
    assert session.jobs() == []
