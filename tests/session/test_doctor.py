from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from client.raw_server import answer
from faults.forks import can_mount
from faults.origin import serving_in_background
from runcomfy_jupyter import settings
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import disk, examine
from runcomfy_jupyter._session.doctor import service as way
from runcomfy_jupyter._session.sandbox import lacking
from support.account import NO_MODEL, REFUSED, SORA, answering
from support.scripted_service import Held, raw, says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._display.reports import Check
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service

READ_ONLY = Path("/proc/self")
UNSHARE = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-Urm"]
FOLDERS = """
from runcomfy_jupyter._session.doctor import disk
from runcomfy_jupyter._session.session import Session
session = Session()
for check in (*disk.ledger(session), *disk.videos(session)):
    print(check.kind.value, check.found)
"""
only_linux = pytest.mark.skipif(
    not READ_ONLY.exists(), reason="only Linux has a folder that refuses even root"
)


def told(checks: Sequence[Check], what: str) -> list[tuple[Kind, str, str]]:
    """Return what was found of one thing."""
    return [(check.kind, check.found, check.todo) for check in checks if check.what == what]


def bad(session: Session) -> dict[str, str]:
    """Return what a look at everything finds wrong, with what to do about it."""
    found = [check for check in examine(session) if check.kind is Kind.BAD]
    return {check.what: f"{check.found} | {check.todo}" for check in found}


@pytest.fixture(autouse=True)
def told_service(service: Service) -> Service:
    """Let the service tell a balance and two models."""
    answering(service)
    return service


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


def test_an_address_that_nothing_answers_at_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set-up 4: the reason and the variable that sets it are named, within the time that there is."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9/v1")
    began = time.monotonic()
    checks = examine(session)
    assert time.monotonic() - began < 6
    [(kind, found, todo)] = told(checks, "Address")
    assert kind is Kind.BAD
    assert found.startswith("127.0.0.1 cannot be reached (")
    assert "RUNCOMFY_MODEL_API_BASE sets this address" in todo
    assert told(checks, "Account")[0][0] is Kind.CARE


def test_an_address_of_something_else_is_found(session: Session, service: Service) -> None:
    """A web page, as of a wrong address or a log-in page in between, is not taken for the API."""
    service.on("models", raw(200, b"<html>Hello</html>", {"content-type": "text/html"}))
    found = bad(session)["Address"]
    assert "something answers at" in found
    assert "not as RunComfy's API does (HTTP 200)" in found


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


@only_linux
def test_a_ledger_folder_that_takes_no_files_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set-up 8: the folder, the reason and the variable that names another."""
    monkeypatch.setenv("RUNCOMFY_JUPYTER_HOME", str(READ_ONLY / "ledger"))
    found = bad(session)["Ledger"]
    assert found.startswith(f"the ledger's folder {READ_ONLY / 'ledger'} takes no files (")
    assert "RUNCOMFY_JUPYTER_HOME" in found


@pytest.mark.skipif(not can_mount(), reason="this machine does not let a test mount a disk")
def test_a_full_disk_is_found(tmp_path: Path) -> None:
    """A full disk still takes an empty file: more than that is tried, for the ledger and the videos."""
    disk_of_its_own = tmp_path / "disk"
    disk_of_its_own.mkdir()
    steps = (
        'mount -t tmpfs -o size=128k none "$1" && cd "$1" && head -c 262144 /dev/zero > ballast 2> /dev/null',
        'touch empty && RUNCOMFY_JUPYTER_HOME="$1/ledger" exec "$2" -c "$3"',
    )
    words = [*UNSHARE, "sh", "-c", "; ".join(steps), "sh", str(disk_of_its_own), sys.executable, FOLDERS]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    ledger, videos = done.stdout.splitlines()
    assert ledger.startswith(
        f"bad the ledger's folder {disk_of_its_own / 'ledger'} takes no files (No space left"
    )
    assert videos.startswith(f"bad {disk_of_its_own / 'videos'} takes no files (No space left on device)")


def test_a_file_in_place_of_the_ledgers_folder_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where a file stands in its way."""
    Path("in-the-way").write_text("a file")
    monkeypatch.setenv("RUNCOMFY_JUPYTER_HOME", str(Path("in-the-way/ledger").absolute()))
    assert "takes no files (Not a directory)" in bad(session)["Ledger"]


def test_an_unreadable_ledger_is_found(session: Session) -> None:
    """Set-up 9: it is told while a copy can still be put in its place."""
    ledger = settings.home() / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database " * 1000)
    found = bad(session)["Ledger"]
    assert found.startswith(f"The ledger {ledger} cannot be read: file is not a database.")
    assert "put it back now" in found
    assert ledger.read_bytes().startswith(b"no database")


def test_a_ledger_that_was_set_aside_is_found(session: Session) -> None:
    """What was paid before is in the old file alone: that is told for as long as it lies there."""
    aside = settings.home() / "ledger.unreadable-1.sqlite"
    aside.parent.mkdir(parents=True)
    aside.write_bytes(b"no database")
    _, check = disk.ledger(session)
    assert check.kind is Kind.CARE
    assert aside.name in check.found
    assert "paid anew" in check.todo


def test_a_ledger_of_a_newer_version_is_found(session: Session) -> None:
    """It is not ours to write into."""
    session.submit("A boat").wait(20)
    with closing(sqlite3.connect(session.ledger.path)) as db:
        db.execute("PRAGMA user_version = 99")
    assert "pip install -U runcomfy_jupyter" in bad(session)["Ledger"]


def test_a_sound_ledger_is_told_with_its_jobs(session: Session) -> None:
    """Its path, and how many jobs it holds."""
    session.submit("A boat").wait(20)
    [check] = disk.ledger(session)
    assert check.kind is Kind.GOOD
    assert check.found.startswith(f"{session.ledger.path} is whole, with 1 job")


@only_linux
def test_a_video_folder_that_takes_no_files_is_found(session: Session) -> None:
    """Set-up 10: the folder, the reason and the setting that names another."""
    session.options.save_dir = str(READ_ONLY / "videos")
    found = bad(session)["Video folder"]
    assert found.startswith(f"{READ_ONLY / 'videos'} takes no files (")
    assert "%config Sora.save_dir" in found


def test_a_working_folder_that_is_gone_is_found(session: Session, home: Path) -> None:
    """The kernel has to go elsewhere."""
    gone = home / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    [check] = disk.videos(session)
    assert check.kind is Kind.BAD
    assert "%cd" in check.todo


def test_little_room_is_told(home: Path) -> None:
    """A disk that hardly holds a video is named before it is full."""
    room = os.statvfs(home)
    free = room.f_bavail * room.f_frsize
    sound = disk.with_room("Video folder", "here", home, least=free // 2)
    assert (sound.kind, sound.found) == (Kind.GOOD, "here")
    tight = disk.with_room("Video folder", "here", home, least=free * 2)
    assert tight.kind is Kind.CARE
    assert tight.found.endswith(" MB free")
    assert "Make room" in tight.todo


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


def test_a_service_that_takes_its_time_is_not_called_wrong(session: Session, service: Service) -> None:
    """What does not answer in time is told as that, for each call."""
    held = Held(NO_MODEL)
    for call in ("balance", "card"):
        service.on(call, held)
    [check] = way.account(session, patience=0.2)
    assert (check.kind, check.found) == (Kind.CARE, "RunComfy did not answer within 0.2 s.")
    assert way.model(session, patience=0.2) == []
    held.free.set()


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
