from __future__ import annotations

import stat
import traceback
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter import settings
from runcomfy_jupyter._session.login import flaw, keep
from runcomfy_jupyter.errors import (
    InputError,
    RunComfyError,
    ServiceError,
    StorageError,
    TokenError,
    Unreachable,
)
from runcomfy_jupyter.settings import Secret
from support.account import NO_MONEY, REFUSED, answering
from support.scripted_service import says

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service

TYPED = "sentinel-that-was-typed"
TOKEN = Secret(TYPED)


@pytest.fixture(autouse=True)
def no_token(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without any token; the service tells a balance."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    answering(service)


def test_a_good_token_is_tried_and_kept(session: Session, service: Service) -> None:
    """It goes to the balance call, then into the CLI's file, which its owner alone can read."""
    kept = keep(session, TOKEN)
    assert kept.path == settings.token_file()
    assert str(kept.balance.usd) == "12.5"
    assert kept.wins is None
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert settings.token_source() == str(kept.path)
    [seen] = service.seen
    assert seen.path == "/prod/v2/balance"
    assert seen.headers["authorization"] == f"Bearer {TYPED}"


def test_the_session_uses_it_from_then_on(session: Session, service: Service) -> None:
    """The next request carries the new token, without a restart."""
    with pytest.raises(TokenError):
        session.submit("A boat")
    keep(session, TOKEN)
    session.submit("A boat").wait(20)
    assert service.asked("submit")[0].headers["authorization"] == f"Bearer {TYPED}"


def test_a_refused_token_is_not_kept(session: Session, service: Service) -> None:
    """The one that was stored before stays."""
    settings.store(Secret("the-one-of-before"))
    answering(service, balance=REFUSED)
    with pytest.raises(
        TokenError, match=r"does not accept the token.*Nothing was stored\. Tokens are made in"
    ):
        keep(session, TOKEN)
    assert settings.endpoint().token == Secret("the-one-of-before")


@pytest.mark.parametrize(
    ("text", "reason"), [("", "it is empty"), ("two words-and-more", "a space or a line break")]
)
def test_what_is_no_token_is_neither_sent_nor_kept(
    session: Session, service: Service, text: str, reason: str
) -> None:
    """The reason is said without it."""
    with pytest.raises(TokenError, match=f"This is no token: .*{reason}.*Nothing was stored") as caught:
        keep(session, Secret(text))
    assert "two words" not in str(caught.value)
    assert service.seen == []
    assert not settings.token_file().exists()


def test_what_is_typed_with_space_around_it_is_taken(session: Session) -> None:
    """A line break at its end comes with most ways of pasting."""
    keep(session, Secret(f"  {TYPED}\n"))
    assert settings.endpoint().token == TOKEN


@pytest.mark.parametrize(
    "variable", ["RUNCOMFY_TOKEN", "RUNCOMFY_API_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN"]
)
def test_a_variable_that_still_wins_is_named(
    session: Session, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Whichever is looked at before the file; one with the same token is in nobody's way."""
    monkeypatch.setenv(variable, "another-sentinel")
    assert keep(session, TOKEN).wins == variable
    monkeypatch.setenv(variable, "a mangled one")
    assert keep(session, TOKEN).wins == variable
    monkeypatch.setenv(variable, TYPED)
    assert keep(session, TOKEN).wins is None


def test_a_service_that_cannot_be_reached_keeps_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether the token is good."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9/v1")
    with pytest.raises(Unreachable, match=r"cannot be reached.*Nothing was stored\..*%sora doctor"):
        keep(session, TOKEN)
    assert not settings.token_file().exists()


def test_a_service_in_trouble_keeps_nothing(session: Session, service: Service) -> None:
    """The same where it answers something else."""
    answering(service, balance=says(404, error_code=404001, error_message="no balance here"))
    with pytest.raises(
        ServiceError, match=r"Nothing was stored\. A token is tried by asking for the balance"
    ):
        keep(session, TOKEN)
    assert not settings.token_file().exists()


def test_an_unsafe_address_gets_no_token(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not even tried."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://model-api.example/v1")
    with pytest.raises(InputError, match="would show your token"):
        keep(session, TOKEN)


def test_a_file_that_cannot_be_written_is_said_so(session: Session) -> None:
    """The way without a file is named."""
    settings.token_file().parent.parent.mkdir(parents=True, exist_ok=True)
    settings.token_file().parent.write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        keep(session, TOKEN)


def test_no_frame_of_a_failure_shows_the_token(session: Session, service: Service) -> None:
    """Not even where a traceback shows every variable, of the causes, too."""
    for balance in (NO_MONEY, REFUSED, says(500, error_message=f"Bearer {TYPED}"), says(200, odd=TYPED)):
        answering(service, balance=balance)
        with pytest.raises(RunComfyError) as caught:
            keep(session, TOKEN)
        whole = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert TYPED not in "".join(whole.format())
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "text", ["sentinel-token", "eyJhbGciOi.J9.e30=", "0123456789abcdef", "rc_live_A-Z~+/9=="]
)
def test_tokens_of_every_usual_form_are_fine(text: str) -> None:
    """What a token looks like is the service's business."""
    assert flaw(Secret(text)) == ""


@pytest.mark.parametrize("text", ["YOUR_API_TOKEN", "export RUNCOMFY_TOKEN=abcdefgh", "${RUNCOMFY_TOKEN}"])
def test_what_cannot_be_a_token_is_told(text: str) -> None:
    """A variable's name, a whole line of a shell, a placeholder."""
    assert flaw(Secret(text))
