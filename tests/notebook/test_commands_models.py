from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter._notebook.grammar import model_named, parse
from runcomfy_jupyter.errors import ModelError, TokenError, Unreachable
from support.account import PANDA, REFUSED, SORA, answering

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service

GONE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def told(service: Service) -> None:
    """Let the service offer two models."""
    answering(service)


def out_of_reach(service: Service) -> None:
    """Let nothing more be heard of the service's models."""
    for call in ("models", "card"):
        service.on(call, lambda _: None)


def test_models_are_listed_with_their_prices(desk: Desk) -> None:
    """Name, id, kind and price of each."""
    shown = desk.type("models")
    for text in ("Panda 2", PANDA["model_id"], "$0.05 per second", "Sora 2", "$0.10 per second"):
        assert text in shown.text
        assert text in shown.html


def test_a_word_finds_models(desk: Desk, service: Service) -> None:
    """The service looks for it; several words are one question."""
    text = desk.type("models panda").text
    assert PANDA["model_id"] in text
    assert SORA["model_id"] not in text
    desk.type("models red panda")
    assert (
        "search=red+panda" in service.asked("models")[-2].path
        or "red%20panda" in service.asked("models")[-2].path
    )


def test_a_word_that_finds_nothing_leads_to_near_ones(desk: Desk) -> None:
    """As one may have meant it."""
    text = desk.type("models pnada").text
    assert "No model matches 'pnada'" in text
    assert "%sora models panda" in text
    assert "Near it" not in desk.type("models xyzzy-quux").text


def test_an_empty_catalogue_is_told(desk: Desk, service: Service) -> None:
    """Nothing is invented, and nothing is called out of reach."""
    answering(service, models=())
    text = desk.type("models").text
    assert "The catalogue has no models" in text
    assert "could not be reached" not in text


def test_what_was_kept_is_listed_where_the_service_is_out_of_reach(desk: Desk, service: Service) -> None:
    """It says so, and how old that is."""
    desk.type("models")
    make_older(desk, hours=3)
    out_of_reach(service)
    shown = desk.type("models panda").text
    assert "RunComfy could not be reached" in shown
    assert PANDA["model_id"] in shown
    assert "The service told of them 3 hours ago." in shown


def test_where_nothing_was_kept_the_reason_is_the_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of nothing would look like an empty catalogue."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", GONE)
    with pytest.raises(Unreachable, match="cannot be reached"):
        desk.type("models")


def make_older(desk: Desk, *, hours: float) -> None:
    """Let what is kept of the models have come some hours earlier."""
    shelf = desk.session.engine.shelf
    base = desk.session.base_url()
    for kept in list(shelf.all(base).values()):
        shelf.put(base, [dict(kept.card)], kept.fetched_at - hours * 3600)


def test_a_model_is_told_with_fields_price_and_a_cell(desk: Desk) -> None:
    """What is required, legal and usual, and a cell that can be run as it stands."""
    shown = desk.type(f"model {PANDA['model_id']}")
    for text in ("Panda 2", "$0.05 per second", "--duration", "5 or 10", "--mood", "calm", "required"):
        assert text in shown.text
    line, body = shown.text[shown.text.index("%%sora") :].splitlines()[:2]
    assert model_named(line.removeprefix("%%sora")) == PANDA["model_id"]
    command = parse(line.removeprefix("%%sora"), desk.session.model(PANDA["model_id"]).schema)
    assert command.inputs["duration"] in (5, 10)
    assert body
    assert "{" not in body


def test_without_an_id_it_is_the_model_of_the_setting(desk: Desk) -> None:
    """Its cell needs no option for it."""
    text = desk.type("model").text
    assert "Sora 2" in text
    assert "--model" not in text[text.index("%%sora") :]


def test_a_model_is_asked_for_anew(desk: Desk, service: Service) -> None:
    """A price that has changed since is told as it is now."""
    desk.type(f"model {PANDA['model_id']}")
    answering(service, models=(SORA, PANDA | {"base_price_usd": 0.07}))
    text = desk.type(f"model {PANDA['model_id']}").text
    assert "$0.07 per second" in text
    assert "could not be reached" not in text


def test_an_unknown_model_leads_to_near_ones(desk: Desk) -> None:
    """The error names it, what is near, and how to go on."""
    with pytest.raises(ModelError) as caught:
        desk.type("model zoo/panda-3/text-to-video")
    text = str(caught.value)
    for part in (
        "zoo/panda-3/text-to-video",
        f"Near it: {PANDA['model_id']}",
        "%sora models lists them",
        "Nothing was",
    ):
        assert part in text


@pytest.mark.parametrize("word", ["'red panda'", "../../x", "x" * 500, "<b>"])
def test_what_can_be_no_id_is_not_asked_for(desk: Desk, service: Service, word: str) -> None:
    """The error is short, and says where ids are."""
    with pytest.raises(ModelError, match=r"is no model's id\. %sora models lists them") as caught:
        desk.type(f"model {word}")
    assert len(str(caught.value)) < 200
    assert service.seen == []


def test_a_kept_model_is_shown_where_the_service_is_out_of_reach(desk: Desk, service: Service) -> None:
    """With its age, and a line that says so."""
    desk.type(f"model {PANDA['model_id']}")
    make_older(desk, hours=3)
    out_of_reach(service)
    text = desk.type(f"model {PANDA['model_id']}").text
    assert "RunComfy could not be reached" in text
    assert "as of 3 hours ago" in text
    assert "$0.05 per second" in text


def test_the_built_in_model_needs_no_token(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came with this version is shown, with the reason why nothing newer is; others fail."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    text = desk.type("model").text
    assert "--seconds" in text
    assert "RunComfy did not tell anything new of it" in text
    assert "No RunComfy token" in text
    assert "could not be reached" not in text
    assert service.seen == []
    with pytest.raises(TokenError, match="%sora login"):
        desk.type(f"model {PANDA['model_id']}")


def test_a_refused_token_is_said_with_the_kept_model(desk: Desk, service: Service) -> None:
    """The page is as it was kept, and the reason stands below."""
    desk.type(f"model {PANDA['model_id']}")
    make_older(desk, hours=3)
    service.on("card", REFUSED)
    text = desk.type(f"model {PANDA['model_id']}").text
    assert "as of 3 hours ago" in text
    assert "does not accept the token" in text
