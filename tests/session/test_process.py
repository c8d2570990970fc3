from __future__ import annotations

import inspect
import pickle
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

import runcomfy_jupyter as rc
from runcomfy_jupyter._session import process
from session.cards import MODEL, card
from support.children import child, run
from support.polling import eventually
from support.scripted_service import Held, drop, says

if TYPE_CHECKING:
    from pathlib import Path

    from support.scripted_service import Service

SUBMIT = """
import runcomfy_jupyter as rc
print(rc.submit("A paper boat").id, flush=True)
"""
SUBMIT_AND_FORK = """
import multiprocessing, os, sys
import runcomfy_jupyter as rc

def look():
    print("child", rc.get(job.id).state, flush=True)

job = rc.submit("A paper boat").wait(20)
worker = multiprocessing.get_context("fork").Process(target=look)
worker.start()
worker.join(10)
print("worker", worker.exitcode, flush=True)
print("parent", rc.submit("Another boat").wait(20).state, flush=True)
"""


@pytest.fixture
def ended() -> Any:
    """End this process's session after the test, however it goes."""
    yield
    process.end()


def rows(home: Path) -> list[tuple[Any, ...]]:
    """Return what the ledger says of all jobs."""
    with closing(sqlite3.connect(home.parent / "home" / "ledger" / "ledger.sqlite")) as db:
        return db.execute("SELECT state, request_id, owner FROM jobs").fetchall()


def test_the_packages_functions_share_one_session(service: Service, ended: None) -> None:  # noqa: ARG001
    """What was submitted is found; after an end the session opens again and finds it too."""
    job = rc.submit("A paper boat", size="1280x720", seconds=4).wait(20)
    assert rc.get(job.id).id == job.id
    assert [found.id for found in rc.jobs("paper")] == [job.id]
    first = process.session()
    assert process.session() is first
    process.end()
    process.end()
    assert process.session() is first
    assert rc.get(job.id).state == "succeeded"
    assert rc.submit("A paper boat", size="1280x720", seconds=4).id == job.id
    assert service.posts == 1


def test_a_warning_names_the_line_of_the_user(service: Service, ended: None) -> None:  # noqa: ARG001
    """Whoever calls the package's functions is warned of their own line, not of one of ours."""
    service.on("card", says(**{**card(), "input_schema": "soon"}))
    with pytest.warns(UserWarning, match="cannot be read") as one:
        rc.submit(model=MODEL, inputs={"anything": 1})
    with pytest.warns(UserWarning, match="cannot be read") as many:
        rc.submit_many([{"anything": 2}], model=MODEL)
    assert [told.filename for told in (*one, *many)] == [__file__, __file__]


def test_help_shows_what_may_be_said() -> None:
    """The package's functions tell their own arguments, and nothing of the session that they use."""
    many = "shots model again max_cost on then save_dir common"
    assert list(inspect.signature(rc.submit_many).parameters) == many.split()
    assert list(inspect.signature(rc.get).parameters) == ["id"]
    assert str(inspect.getdoc(rc.submit)).startswith("Send a request in the background")
    assert pickle.dumps(rc.get)  # by its name, as a job is


def test_a_script_that_ends_at_once_keeps_its_request(service: Service, home: Path) -> None:
    """A process that ends with a submission waits for the answer, writes it down, and gives the job back."""
    held = Held(says(request_id="r-late"))
    service.on("submit", held)
    with child(SUBMIT) as other:
        assert other.hear()
        assert held.asked.wait(20)
        held.free.set()
        assert other.end()[0] == 0
    assert rows(home) == [("in_queue", "r-late", None)]
    assert service.posts == 1


def test_a_script_that_ends_does_not_wait_for_the_video(service: Service, home: Path) -> None:
    """It ends soon, and what is under way is left for the next one."""
    held = Held(drop)
    service.on("status", held)
    with child(SUBMIT) as other:
        assert other.end()[0] == 0
    held.free.set()
    assert rows(home) == [("in_queue", "r-1", None)]


def test_a_forked_child_leaves_its_parents_session_alone(service: Service) -> None:
    """A worker may look at jobs by itself; it ends in order, and the parent goes on."""
    lines = run(SUBMIT_AND_FORK).splitlines()
    assert lines == ["child succeeded", "worker 0", "parent succeeded"]
    assert service.posts == 2


def test_a_killed_process_leaves_a_job_that_is_taken_up(
    service: Service,
    home: Path,
    ended: None,  # noqa: ARG001
) -> None:
    """`kill -9` while a request is under way: whoever waits for it carries it on, with no second POST."""
    held = Held(drop)
    service.on("status", held)
    with child(SUBMIT) as other:
        job_id = other.hear()
        eventually(lambda: rows(home)[0][0] == "in_queue")
        other.kill()
    held.free.set()
    service.on("status", says(status="completed"))
    assert rc.get(job_id).wait(20).state == "succeeded"
    assert service.posts == 1
