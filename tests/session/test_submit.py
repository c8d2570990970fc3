from __future__ import annotations

import os
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._session import process
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import InputError, ModelError, StorageError, TokenError, UserError
from support.scripted_service import Held, says, serving

if TYPE_CHECKING:
    from support.scripted_service import Service


def test_a_prompt_becomes_a_video(session: Session, service: Service, home: Path) -> None:
    """One POST of just what was asked for, with the token, and a file beside the notebook."""
    job = session.submit("A paper boat", size="1280x720", seconds=8)
    assert job.wait(20) is job
    [seen] = service.asked("submit")
    assert seen.json == {"prompt": "A paper boat", "size": "1280x720", "seconds": 8}
    assert seen.headers["authorization"] == f"Bearer {os.environ['RUNCOMFY_TOKEN']}"
    assert job.path == home / "videos" / f"paper-boat-{job.id}.mp4"
    assert job.path.exists()


@pytest.mark.parametrize(
    ("prompt", "inputs", "words"),
    [
        ("", {}, "prompt"),
        ("  \n ", {}, "prompt"),
        ("x", {"seconds": 5}, "4, 8"),
        ("x", {"size": "1280x721"}, "1280x720"),
        ("x", {"fps": 24}, "fps"),
        ("x", {"seconds": "four"}, "4"),
    ],
)
def test_a_wrong_input_is_neither_sent_nor_recorded(
    session: Session, service: Service, prompt: str, inputs: dict[str, Any], words: str
) -> None:
    """The error names what would be right."""
    with pytest.raises(InputError, match=words):
        session.submit(prompt, **inputs)
    assert session.jobs() == []
    assert service.seen == []


def test_a_model_that_is_not_known_is_neither_sent_nor_recorded(session: Session, service: Service) -> None:
    """The error names it."""
    with pytest.raises(ModelError, match="no model no/such/model"):
        session.submit("x", model="no/such/model")
    assert session.jobs() == []
    assert service.posts == 0


def test_without_a_token_every_place_is_named(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent or recorded, and the way without a token is said."""
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    with pytest.raises(TokenError) as caught:
        session.submit("x")
    for place in ("RUNCOMFY_TOKEN", "RUNCOMFY_API_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN", "token.json"):
        assert place in str(caught.value)
    assert "without one: RUNCOMFY_SANDBOX=1" in str(caught.value)
    assert session.jobs() == []
    assert service.seen == []


def test_where_the_intent_cannot_be_written_nothing_is_sent(
    session: Session, service: Service, home: Path
) -> None:
    """A home that is a file stops the request before it leaves."""
    (home.parent / "home" / "ledger").write_text("a file")
    with pytest.raises(StorageError, match=r"Nothing was sent"):
        session.submit("x")
    assert service.seen == []


def test_a_folder_that_is_gone_stops_the_request(session: Session, service: Service, home: Path) -> None:
    """Where nobody can say where the video would go, nothing is sent or recorded."""
    home.rmdir()
    with pytest.raises(StorageError, match=r"cannot be used.*os\.chdir.*Nothing was sent"):
        session.submit("x")
    assert session.jobs() == []
    assert service.seen == []


def test_a_locked_ledger_sends_nothing(session: Session, service: Service) -> None:
    """The same where another program keeps the ledger for itself."""
    ledger = session.ledger
    ledger._db.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"locked.*Nothing was sent"):
            session.submit("x")
    assert service.seen == []


@pytest.mark.parametrize("same", [{}, {"size": "720x1280"}, {"seconds": 4}])
def test_the_same_request_is_shown_again(session: Session, service: Service, same: dict[str, Any]) -> None:
    """Leaving a default out asks for the same; it is bought once, also by another session."""
    first = session.submit("A paper boat").wait(20)
    again = session.submit("A paper boat", **same)
    assert (again.id, again.is_new, first.is_new) == (first.id, False, True)
    assert again.wait(5).path == first.path
    other = Session()
    assert other.submit("A paper boat").id == first.id
    other.close()
    assert service.posts == 1


def test_a_request_under_way_is_joined(session: Session, service: Service) -> None:
    """While the first is still being sent, the second is the same job."""
    held = Held(says(request_id="r-1"))
    service.on("submit", held)
    first, second = session.submit("x"), session.submit("x")
    assert held.asked.wait(20)
    held.free.set()
    assert first.id == second.id
    assert second.wait(20).state == "succeeded"
    assert service.posts == 1


def test_again_pays_for_a_new_take(session: Session, service: Service) -> None:
    """On request only."""
    first = session.submit("x").wait(20)
    second = session.submit("x", again=True).wait(20)
    assert first.id != second.id
    assert first.path != second.path
    assert service.posts == 2


@pytest.mark.parametrize("reply", [says(402, error_code=400002), says(422, error_code=422001)])
def test_what_failed_is_sent_anew(session: Session, service: Service, reply: Any) -> None:
    """A refused request was not paid for, so the same cell tries again."""
    service.on("submit", reply, says(request_id="r-2"))
    first = session.submit("x")
    session.engine.runner.watch(first.id).done.result(20)  # type: ignore[union-attr]
    second = session.submit("x")
    assert second.is_new
    assert second.wait(20).request_id == "r-2"


def test_what_was_never_confirmed_is_not_sent_anew(session: Session, service: Service) -> None:
    """It may be running and billed: the same cell gets the same job."""
    service.on("submit", says(500), says(request_id="r-2"))
    first = session.submit("x")
    session.engine.runner.watch(first.id).done.result(20)  # type: ignore[union-attr]
    second = session.submit("x")
    assert (second.id, second.state) == (first.id, "unconfirmed")
    assert service.posts == 1


def test_another_base_is_another_request(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was bought elsewhere is not what is asked for here."""
    first = session.submit("x").wait(20)
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", service.base.replace("127.0.0.1", "localhost"))
    assert session.submit("x").id != first.id


def test_a_home_that_is_begun_is_the_users_alone(session: Session, home: Path) -> None:
    """Nobody else may look into it, whatever the umask."""
    old = os.umask(0)
    try:
        session.submit("x").wait(20)
    finally:
        os.umask(old)
    folder = home.parent / "home" / "ledger"
    assert {
        path.name: path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir()) if path.is_dir()
    } == {
        "ledger": 0,
        "kernels": 0,
    }
    assert (folder / "ledger.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_broken_ledger_is_told_of(session: Session, home: Path) -> None:
    """It is kept, and the user hears what that means."""
    folder = home.parent / "home" / "ledger"
    folder.mkdir(parents=True)
    (folder / "ledger.sqlite").write_bytes(b"no database" * 500)
    with pytest.warns(UserWarning, match=r"kept as .*ledger\.unreadable-1\.sqlite.*not recognised any more"):
        assert session.jobs() == []


def test_the_token_is_nowhere_on_disk(session: Session, home: Path) -> None:
    """Not in the ledger, the sidecar, or any other file, after success and after failure."""
    session.submit("x").wait(20)
    session.close()
    for path in home.parent.rglob("*"):
        assert path.is_dir() or os.environ["RUNCOMFY_TOKEN"].encode() not in path.read_bytes(), path
    assert Path(home / "videos").exists()


@pytest.mark.parametrize(
    ("prompt", "more", "words"),
    [
        (5, {}, "A prompt is text, not int"),
        (None, {}, "not NoneType"),
        ("x", {"inputs": [1]}, "takes a dict"),
    ],
)
def test_a_slip_in_python_is_said_in_one_line(
    session: Session, service: Service, prompt: Any, more: dict[str, Any], words: str
) -> None:
    """Whatever is handed over; nothing is sent."""
    with pytest.raises(InputError, match=words):
        session.submit(prompt, **more)
    assert service.seen == []


def test_a_job_is_pickled_as_its_id(session: Session) -> None:
    """It comes back from the ledger, in whatever process."""
    job = session.submit("x")
    job.wait(20)
    back = pickle.loads(pickle.dumps(job))  # noqa: S301 - our own bytes
    assert (back, back.state, back.path) == (job, "succeeded", job.path)
    process.end()


def test_a_plan_is_bought_where_it_was_made_for(
    session: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was free at the sandbox must not be paid at RunComfy because a switch was turned in between."""
    plan = session.plan([{"prompt": "x"}])
    with serving() as other:
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", other.base)
        with pytest.raises(UserError, match=r"planned for .* Nothing was sent\.$"):
            session.buy(plan)
        assert service.posts == other.posts == 0
    assert session.jobs() == []
