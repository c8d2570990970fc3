from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter import settings
from runcomfy_jupyter._display.text import plain
from runcomfy_jupyter._domain.replies import Balance
from runcomfy_jupyter._notebook.account_commands import logged_in
from runcomfy_jupyter._session.login import Kept
from runcomfy_jupyter.errors import InputError, ServiceError, TokenError, UserError
from support.account import REFUSED, answering
from support.scripted_service import says

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service

TESTS = Path(__file__).parents[1]
ECHOING = """
import sys
from support.desk import a_desk
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import InputError

class Screen:
    def isatty(self):
        return True

    def __getattr__(self, name):
        return getattr(sys.__stdin__, name)

sys.stdin = Screen()
with a_desk(Session()) as desk:
    try:
        desk.type("login")
    except InputError as error:
        print(error)
"""


def test_the_balance_is_told(desk: Desk) -> None:
    """In US dollars."""
    shown = desk.type("balance")
    assert "$12.50 left on your RunComfy account" in shown.text
    assert "$12.50" in shown.html
    assert "budget" not in shown.text
    desk.session.options.session_budget_usd = 5
    assert "In this kernel: $0.00 of $5.00 budget used." in desk.type("balance").text


def test_a_balance_that_cannot_be_had_fails_the_cell(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason: the token, or the service."""
    service.on("balance", REFUSED)
    with pytest.raises(TokenError, match="does not accept the token"):
        desk.type("balance")
    service.on("balance", says(403, error_code=403001, error_message="not yours"))
    with pytest.raises(ServiceError):
        desk.type("balance")
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    with pytest.raises(TokenError, match="%sora login asks for it"):
        desk.type("balance")


@pytest.mark.parametrize("line", ["login sentinel-token-in-a-cell", "login --token sentinel-token-in-a-cell"])
def test_a_token_in_the_line_is_not_taken(desk: Desk, service: Service, line: str) -> None:
    """It is not repeated either; whoever typed it is told what to do about that."""
    with pytest.raises(
        InputError, match=r"takes nothing behind it.*delete the cell and make a new token"
    ) as caught:
        desk.type(line)
    assert "sentinel" not in str(caught.value)
    assert service.seen == []


@pytest.mark.parametrize("headless", [True, False], ids=["nobody watches", "no terminal"])
def test_nobody_is_asked_where_nobody_is(desk: Desk, service: Service, headless: bool) -> None:  # noqa: FBT001 - a row of the table
    """An executed notebook, a script with its input from elsewhere: one clear line, at once."""
    if headless:
        desk.sit_at(asks=False)
    with pytest.raises(
        InputError, match=r"nobody here who could be asked.*Set RUNCOMFY_TOKEN.*Nothing was stored"
    ):
        desk.type("login")
    assert service.seen == []
    assert not settings.token_file().exists()


def test_a_terminal_that_would_show_the_token_is_not_used(home: Path) -> None:
    """Where the echo cannot be turned off nothing is asked."""
    done = subprocess.run(
        [sys.executable, "-c", ECHOING],
        input="sentinel-token\n",
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        cwd=home,
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.startswith("This terminal would show the token while it is typed. Set RUNCOMFY_TOKEN")
    assert "sentinel" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("wins", "way"),
    [("YOUR_API_TOKEN", 'del os.environ["YOUR_API_TOKEN"]'), ("Colab's secrets", "Take it out there")],
)
def test_a_token_that_still_wins_is_told(desk: Desk, wins: str, way: str) -> None:
    """The one that was stored is not used before the other is taken out."""
    card = plain(logged_in(desk.stage, Kept(Path("token.json"), Balance(Decimal(3)), wins)))
    assert card.startswith("RunComfy accepts the token ($3.00 left)")
    assert f"{wins} holds another token, which is still used before this one." in card
    assert way in card


def test_with_the_sandbox_on_the_token_waits(desk: Desk) -> None:
    """It is kept, and what would use it is said."""
    kept = Kept(Path("token.json"), Balance(Decimal(3)), None)
    assert "It is used from now on." in plain(logged_in(desk.stage, kept))
    desk.session.sandbox_on = True
    assert "%sora sandbox off uses this one" in plain(logged_in(desk.stage, kept))


def test_the_sandbox_is_told_as_it_stands(desk: Desk) -> None:
    """Off at first; what is neither on nor off is refused."""
    assert "The sandbox is off" in desk.type("sandbox").text
    with pytest.raises(InputError, match="takes on or off, not 'onn'"):
        desk.type("sandbox onn")


def test_the_sandboxs_balance_is_no_money(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it on nothing is asked of the account."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    pytest.importorskip("av")
    assert "The sandbox is on" in desk.type("sandbox on").text
    try:
        text = desk.type("balance").text
    finally:
        told = json.loads((settings.home() / "sandbox/ready.json").read_text())
        os.kill(told["pid"], signal.SIGTERM)
    assert "The sandbox is off" in desk.type("sandbox off").text
    assert "of play money in the sandbox" in text
    assert "your RunComfy account" not in text


def test_the_doctor_tells_where_it_looks_from(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The front end comes first, then what a look at everything finds, with a verdict above."""
    answering(service)
    began = time.monotonic()
    text = desk.type("doctor").text
    assert time.monotonic() - began < 6
    assert "a terminal: a line of progress" in text
    assert "the token is accepted; $12.50 left" in text
    desk.sit_at(asks=True)
    assert "a notebook page with somebody before it" in desk.type("doctor").text
    monkeypatch.setenv("VSCODE_PID", "1")
    assert "a notebook of VS Code" in desk.type("doctor").text
    desk.sit_at(asks=False)
    assert "nobody watches" in desk.type("doctor").text


def test_the_doctor_finds_what_is_wrong_and_fails_no_cell(
    desk: Desk, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a report: what is wrong, and what to do now."""
    answering(service)
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    shown = desk.type("doctor")
    assert "One thing is wrong" in shown.text
    assert "none found: RUNCOMFY_TOKEN" in shown.text
    assert "%sora login" in shown.html


def test_a_misspelt_sandbox_switch_is_told_by_both(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set while the kernel runs: the doctor names it."""
    monkeypatch.setenv("RUNCOMFY_SANDBOX", "yess")
    assert "RUNCOMFY_SANDBOX takes 1 or 0" in desk.type("doctor").text


def test_a_sandbox_that_cannot_start_is_not_on(desk: Desk) -> None:
    """The session goes on as before."""
    home = settings.home()
    home.mkdir(parents=True)
    (home / "sandbox").write_text("in the way")
    with pytest.raises(UserError):
        desk.type("sandbox on")
    assert "The sandbox is off" in desk.type("sandbox").text
