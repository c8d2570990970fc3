from __future__ import annotations

import json
import ssl
import time
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from client.raw_server import answer
from faults.origin import serving_in_background
from runcomfy_jupyter import settings
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import examine
from runcomfy_jupyter._session.doctor import service as way
from runcomfy_jupyter._session.sandbox import lacking
from session.findings import bad, told
from support.account import NO_MODEL, SORA, answering
from support.scripted_service import Held, raw, says

if TYPE_CHECKING:
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service

pytestmark = pytest.mark.usefixtures("account_told")


def test_a_sound_setup_is_told_as_sound(session: Session) -> None:
    """Nothing is wrong; the token's place, the balance, the model and the folders are named."""
    checks = examine(session)
    assert [check for check in checks if check.kind is Kind.BAD] == []
    assert told(checks, "Token") == [(Kind.GOOD, "found in RUNCOMFY_TOKEN", "")]
    assert told(checks, "Account") == [(Kind.GOOD, "the token is accepted; $12.50 left", "")]
    assert told(checks, "Model") == [(Kind.GOOD, "Sora 2 (openai/sora-2/text-to-video) is there", "")]
    assert told(checks, "Address")[0][:2] == (Kind.GOOD, f"{settings.base_of()} answers")
    assert told(checks, "Ledger")[0][1].startswith(f"{settings.home()}")
    assert told(checks, "Video folder")[0][1].startswith(f"{Path.cwd() / 'videos'}")


def test_looking_changes_nothing(session: Session, service: Service, home: Path) -> None:
    """No ledger is begun, no folder made, nothing submitted."""
    examine(session)
    assert not (settings.home() / "ledger.sqlite").exists()
    assert list(home.iterdir()) == []
    assert service.posts == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "model-api.invalid"])
def test_an_address_that_nothing_answers_at_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Set-up 4: the reason and the variable that sets it are named, within the time that there is."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", f"https://{host}:9/v1")
    began = time.monotonic()
    checks = examine(session)
    assert time.monotonic() - began < 6
    [(kind, found, todo)] = told(checks, "Address")
    assert kind is Kind.BAD
    assert found.startswith(f"{host} cannot be reached (")
    assert "RUNCOMFY_MODEL_API_BASE sets this address" in todo
    assert told(checks, "Account")[0][0] is Kind.CARE


def test_an_address_of_something_else_is_found(session: Session, service: Service) -> None:
    """A web page, as of a wrong address or a log-in page in between, is not taken for the API."""
    service.on("models", raw(200, b"<html>Hello</html>", {"content-type": "text/html"}))
    found = bad(session)["Address"]
    assert "something answers at" in found
    assert "not as RunComfy's API does (HTTP 200)" in found


def test_an_address_with_a_wrong_path_is_found(session: Session, service: Service) -> None:
    """What answers in JSON that there is no such thing may be RunComfy, but not at this path."""
    service.on("models", says(404, detail="Not Found"))
    [(kind, found, todo)] = told(way.address(session), "Address")
    assert kind is Kind.CARE
    assert found.endswith("/v1, but has no list of models (HTTP 404)")
    assert todo == "Its path may be wrong. RUNCOMFY_MODEL_API_BASE sets this address: is it right?"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("RUNCOMFY_MODEL_API_BASE", "http://model-api.example/v1", "would show your token to the network"),
        ("RUNCOMFY_MODEL_API_BASE", "model-api.runcomfy.net", "is not an address"),
        ("RUNCOMFY_SERVERLESS_API_BASE", "http://api.example", "would show your token to the network"),
    ],
)
def test_an_unsafe_address_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    """Set-up 5: plain http, or no address at all; the variable is named, and nothing is sent."""
    monkeypatch.setenv(variable, value)
    found = bad(session)["Address"]
    assert says in found
    assert f"{variable} sets it" in found


def test_a_misspelt_switch_of_the_sandbox_is_found(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up 6: it is said before requests are billed by mistake."""
    monkeypatch.setenv("RUNCOMFY_SANDBOX", "yess")
    assert bad(session)["Sandbox"].startswith("RUNCOMFY_SANDBOX takes 1 or 0, not 'yess'. | Set it to 1 or 0")


def test_a_network_with_certificates_of_its_own_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set-up 11: what it is, and the variable that names the network's own authority."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    reply = answer(200, {"models": []}, content_type="application/json")
    with serving_in_background(reply, tls=tls) as server:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", server.base.replace("http:", "https:"))
        [(kind, found, todo)] = told(way.address(session), "Address")
    assert kind is Kind.BAD
    assert "certificate verify failed" in found
    assert "name a file with its authority by SSL_CERT_FILE" in todo
    assert server.seen == []


@pytest.mark.parametrize(("content", "why"), [(None, "No such file or directory"), ("no certificate", "")])
def test_certificates_that_cannot_be_read_are_found(
    session: Session, monkeypatch: pytest.MonkeyPatch, content: str | None, why: str
) -> None:
    """Set-up 12: an environment that is gone leaves the variable behind; with it nothing can be reached."""
    named = Path("ca.pem").absolute()
    if content is not None:
        named.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    found = bad(session)["Address"]
    assert found.startswith(f"SSL_CERT_FILE names {named}, where no certificates can be read (")
    assert why in found
    assert "take the variable away" in found


@pytest.mark.parametrize(
    ("off", "found"), [(600, ["about 10 min ahead"]), (-600, ["about 10 min behind"]), (5, [])]
)
def test_a_wrong_clock_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch, off: float, found: list[str]
) -> None:
    """Ten minutes between this machine and the service are told; seconds are not."""
    date = formatdate(time.time() - off, usegmt=True)
    reply = answer(200, {"models": []}, content_type="application/json", date=date)
    with serving_in_background(reply) as server:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", server.base)
        checks = told(way.address(session), "Clock")
    assert [text.removeprefix("this machine's clock is ") for _, text, _ in checks] == found
    assert all(kind is Kind.CARE for kind, _, _ in checks)


def test_proxies_are_named_and_not_shown(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their addresses may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:sentinel-password@proxy.example:3128")
    [check] = way.address(session)
    assert check.found.endswith("answers by way of HTTPS_PROXY")
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9")
    [check] = way.address(session)
    assert "The proxy is set by HTTPS_PROXY." in check.todo
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://sentinel-password")
    checks = examine(session)
    assert "sentinel" not in str(checks)
    [(kind, found, _)] = told(checks, "Address")
    assert (kind, found) == (Kind.BAD, "The proxy that the environment names cannot be used.")
    assert told(checks, "Account") == told(checks, "Model") == []


def test_what_does_not_answer_is_not_waited_for(session: Session, service: Service) -> None:
    """The report is there when its time is up, and says what is missing."""
    held = Held(NO_MODEL)
    service.on("models", held)
    began = time.monotonic()
    checks = examine(session, seconds=0.5)
    assert time.monotonic() - began < 3
    assert told(checks, "Address") == [(Kind.CARE, "no answer within 0.5 s; it was not waited for", "")]
    assert told(checks, "Token")[0][0] is Kind.GOOD
    held.free.set()


def test_a_look_that_fails_hides_no_other(session: Session) -> None:
    """A bug of ours in one look is a line of the report."""
    session.options.save_dir = None  # type: ignore[assignment]  # no option can be set so
    checks = examine(session)
    assert told(checks, "Video folder") == [(Kind.CARE, "this could not be looked at (TypeError)", "")]
    assert told(checks, "Account")[0][0] is Kind.GOOD


@pytest.mark.skipif(bool(lacking()), reason="the extra `sandbox` is not installed")
def test_the_sandbox_stands_in_for_all_of_it(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it on, no token is missed, no account asked, and it is not started for the look."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    session.sandbox_on = True
    checks = examine(session)
    assert [check for check in checks if check.kind is Kind.BAD] == []
    assert told(checks, "Address") == [(Kind.GOOD, "the sandbox starts with the first request", "")]
    assert told(checks, "Account") == told(checks, "Model") == []
    assert service.seen == []
    folder = settings.home() / "sandbox"
    assert not folder.exists()
    folder.mkdir(parents=True)
    (folder / "ready.json").write_text(json.dumps({"base_url": "http://127.0.0.1:9/v1"}))
    [check] = way.address(session)
    assert check.found == "the sandbox sleeps; the next request starts it at http://127.0.0.1:9/v1"


def test_models_of_the_service_are_not_needed_twice(session: Session, service: Service) -> None:
    """One look asks three times at most: the address, the balance, the model."""
    answering(service, models=(SORA,))
    examine(session)
    assert len(service.seen) == 3
