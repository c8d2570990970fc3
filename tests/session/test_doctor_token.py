from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import examine
from runcomfy_jupyter._session.doctor import service as way
from session.findings import bad, told
from support.account import NO_MODEL, REFUSED, answering
from support.scripted_service import Held, says

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service

pytestmark = pytest.mark.usefixtures("account_told")


def test_the_token_is_told_by_no_check(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where it is accepted nor where it is mangled or refused does it appear."""
    for token in (os.environ["RUNCOMFY_TOKEN"], "Bearer sentinel-of-the-doctor", "'sentinel-of-the-doctor'"):
        monkeypatch.setenv("RUNCOMFY_TOKEN", token)
        text = " ".join(str(check) for check in examine(session))
        assert "sentinel" not in text


def test_no_token_is_found(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up 1: every place is named, and both ways out; the address is looked at all the same."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    checks = examine(session)
    [(kind, found, todo)] = told(checks, "Token")
    assert kind is Kind.BAD
    assert "none found: RUNCOMFY_TOKEN, RUNCOMFY_API_TOKEN" in found
    assert str(settings.token_file()) in found
    assert "%sora login" in todo
    assert "%sora sandbox on" in todo
    assert told(checks, "Address")[0][0] is Kind.GOOD
    assert told(checks, "Account") == told(checks, "Model") == []


def test_a_refused_token_is_found(session: Session, service: Service) -> None:
    """Set-up 2: its place is named, and how to put another there."""
    answering(service, balance=REFUSED)
    [(kind, found, todo)] = told(examine(session), "Account")
    assert kind is Kind.BAD
    assert found.startswith("the token of RUNCOMFY_TOKEN is refused")
    assert "set RUNCOMFY_TOKEN before the kernel starts" in todo


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("sentinel\ntoken-of-two-lines", "there is a space or a line break in it"),
        ('"sentinel-token"', "quotation marks were copied along with it"),
        ("'sentinel-token'", "quotation marks were copied along with it"),
        ("Bearer sentinel-token", "it begins with the word Bearer"),
        ("RUNCOMFY_TOKEN=sentinel-token", "it is a variable's name, or has one before it"),
        ("••••••••••••", "it holds characters that no token has"),
        ("<your token>", "there is a space or a line break in it"),
        ("<your-token>", "it is a placeholder, not the token itself"),
    ],
)
def test_a_mangled_token_is_found(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch, token: str, reason: str
) -> None:
    """Set-up 3: the reason is said, and nothing is sent with it."""
    monkeypatch.setenv("RUNCOMFY_TOKEN", token)
    found = bad(session)["Token"]
    assert found.startswith(f"the one of RUNCOMFY_TOKEN cannot be a token: {reason} | Copy it anew")
    assert not [seen for seen in service.seen if token in str(seen.headers)]


def test_a_mangled_token_in_the_file_leads_to_login(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored is replaced by logging in, which no variable stands in the way of."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    file = settings.store(settings.Secret("'sentinel-token'"))
    found = bad(session)["Token"]
    assert found.startswith(f"the one of {file} cannot be a token")
    assert "`%sora login` asks for it" in found


def test_a_token_file_that_cannot_be_read_is_found(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named besides the token that is missing."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    file = settings.token_file()
    file.parent.mkdir(parents=True)
    file.write_text("no JSON")
    kinds = [(kind, found) for kind, found, _ in told(way.token(session), "Token")]
    assert kinds[0] == (Kind.CARE, f"{file} is there, but no token in it can be read")
    assert kinds[1][0] is Kind.BAD


def test_a_token_file_that_others_can_read_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used, and its rights are to be mended."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    file = settings.store(settings.Secret("sentinel-token"))
    assert [check.kind for check in way.token(session)] == [Kind.GOOD]
    file.chmod(0o644)
    care, good = way.token(session)
    assert care.kind is Kind.CARE
    assert care.todo == f"Run `!chmod 600 {file}`."
    assert good.found == f"found in {file}"


def test_tokens_that_are_not_used_are_named(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several variables: the first wins, and the others are told."""
    monkeypatch.setenv("YOUR_API_TOKEN", "another-sentinel")
    [check] = way.token(session)
    assert check.found == "found in RUNCOMFY_TOKEN; not used: YOUR_API_TOKEN"


def test_a_model_that_is_gone_is_found(session: Session, service: Service) -> None:
    """The setting's model is asked for, and how to take another is said."""
    answering(service, models=())
    found = bad(session)["Model"]
    assert found.startswith("RunComfy has no model openai/sora-2/text-to-video: no such model")
    assert "%sora models" in found
    assert "%config Sora.model" in found


def test_an_empty_account_is_found(session: Session, service: Service) -> None:
    """The token is good, and nothing would be taken."""
    answering(service, balance=says(balance_usd=0))
    [check] = way.account(session)
    assert check.kind is Kind.CARE
    assert check.found == "the token is accepted; $0.00 left"
    assert "Top up" in check.todo


def test_an_account_that_cannot_be_asked_is_no_refusal(session: Session, service: Service) -> None:
    """What the service has against the call is told, and not blamed on the token."""
    answering(service, balance=says(403, error_code=403001, error_message="not yours"))
    [check] = way.account(session)
    assert check.kind is Kind.CARE
    assert "refused" not in check.found


def test_a_service_that_takes_its_time_is_not_called_wrong(session: Session, service: Service) -> None:
    """What does not answer in time is told as that, for each call."""
    held = Held(NO_MODEL)
    for call in ("balance", "card"):
        service.on(call, held)
    [check] = way.account(session, patience=0.2)
    assert (check.kind, check.found) == (Kind.CARE, "RunComfy did not answer within 0.2 s.")
    assert way.model(session, patience=0.2) == []
    held.free.set()
