from __future__ import annotations

import json
import os
import signal
import socket
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._session.sandbox import _NEEDED, Sandbox
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import StorageError, UserError
from support.children import child, run
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_it = pytest.mark.skipif(
    any(find_spec(name) is None for name in _NEEDED),
    reason="the extra `sandbox` is not installed",
)
ENDPOINT = """
import sys
from pathlib import Path
from runcomfy_jupyter._session.sandbox import Sandbox
print("ready", flush=True)
sys.stdin.readline()
print(Sandbox(Path(sys.argv[1])).endpoint().base_url, flush=True)
"""
WITHOUT = """
import sys
from pathlib import Path

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, *rest):
        return None if name in sys.argv[2:] else self.finder.find_spec(name, *rest)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
from runcomfy_jupyter._session.sandbox import Sandbox
try:
    Sandbox(Path(sys.argv[1])).endpoint()
except Exception as error:
    print(type(error).__name__, error)
"""


def told(folder: Path) -> dict[str, Any]:
    """Return what the running sandbox of a home says of itself."""
    found: dict[str, Any] = json.loads((folder / "sandbox" / "ready.json").read_text())
    return found


def stop(folder: Path) -> None:
    """End the sandbox of a home, if it runs."""
    try:
        pid = told(folder)["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not _runs(pid), what="the sandbox ends")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def own(home: Path) -> Iterator[Path]:
    """Return this test's home for a sandbox, and end what was started there."""
    folder = home.parent / "home" / "ledger"
    yield folder
    stop(folder)


@needs_it
def test_it_starts_when_it_is_first_needed(own: Path) -> None:
    """Before, it has no address; then it answers there, and a second look starts nothing."""
    sandbox = Sandbox(own)
    assert sandbox.base_url() is None
    endpoint = sandbox.endpoint()
    pid = told(own)["pid"]
    assert endpoint.base_url == sandbox.base_url()
    assert endpoint.token.reveal() == "sandbox"
    assert Sandbox(own).endpoint() == endpoint
    assert told(own)["pid"] == pid


@needs_it
def test_two_processes_share_it(own: Path) -> None:
    """Of two kernels that need it in the same instant one starts it, and both get the same address."""
    with child(ENDPOINT, str(own)) as one, child(ENDPOINT, str(own)) as two:
        assert (one.hear(), two.hear()) == ("ready", "ready")
        one.tell()
        two.tell()
        assert one.hear() == two.hear() == told(own)["base_url"]


@needs_it
def test_it_keeps_its_address_and_outlives_its_kernel(own: Path) -> None:
    """The kernel that started it may end; and where it has ended itself, it comes back on the same port."""
    with child(ENDPOINT, str(own)) as other:
        assert other.hear() == "ready"
        other.tell()
        base = other.hear()
        other.end()
    sandbox = Sandbox(own)
    first = told(own)["pid"]
    assert sandbox.endpoint().base_url == base
    assert told(own)["pid"] == first
    stop(own)
    assert sandbox.base_url() == base
    assert sandbox.endpoint().base_url == base
    assert told(own)["pid"] != first


@needs_it
def test_a_taken_port_leads_to_another(own: Path) -> None:
    """What else answers at the old address is not taken for a sandbox."""
    Sandbox(own).endpoint()
    port = told(own)["port"]
    stop(own)
    with socket.create_server(("127.0.0.1", port), reuse_port=False) as other:
        other.listen()
        base = Sandbox(own).endpoint().base_url
    assert f":{port}/" not in base


def test_what_is_missing_is_said(home: Path) -> None:
    """With the command that installs it; nothing is begun."""
    said = run(WITHOUT, str(home / "own"), *_NEEDED).strip()
    assert said == (
        f"UserError The sandbox needs {', '.join(_NEEDED)}, which is not installed. "
        'Run: pip install "runcomfy_jupyter[sandbox]"'
    )
    assert not (home / "own").exists()


@needs_it
def test_one_that_does_not_start_says_why(own: Path) -> None:
    """In the last words of its log."""
    (own / "sandbox").mkdir(parents=True)
    (own / "sandbox" / "media").write_text("a file")
    with pytest.raises(UserError, match=r"The sandbox did not start: .*More is in .*log\.txt"):
        Sandbox(own).endpoint()


@needs_it
def test_a_home_that_cannot_be_is_said(home: Path) -> None:
    """In words, as the disk's refusal."""
    (home / "own").write_text("a file")
    with pytest.raises(StorageError, match="cannot be used"):
        Sandbox(home / "own").endpoint()


@needs_it
@pytest.mark.parametrize("content", ["", "[]", "{", '{"base_url": null}', '{"port": "x"}', '{"base_url": 7}'])
def test_a_broken_note_is_no_address(own: Path, content: str) -> None:
    """It is started anew."""
    (own / "sandbox").mkdir(parents=True)
    (own / "sandbox" / "ready.json").write_text(content)
    assert Sandbox(own).base_url() is None
    if content in ("", '{"port": "x"}', '{"base_url": 7}'):
        assert Sandbox(own).endpoint().base_url == told(own)["base_url"]


@needs_it
def test_a_session_uses_it_without_the_real_token(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Submitting and taking up go there with a token of its own, whatever the environment holds."""
    monkeypatch.setenv("RUNCOMFY_TOKEN", "a-real-token")
    session = Session()
    session.sandbox_on = True
    job = session.submit("A paper boat").wait(60)
    assert job.state == "succeeded"
    session.sandbox_on = False
    record = session.ledger.get(job.id)
    assert session._endpoint_of(record).token.reveal() == "sandbox"
    session.close()
    for path in own.rglob("*"):
        assert path.is_dir() or b"a-real-token" not in path.read_bytes(), path


@needs_it
def test_a_job_outlives_the_sandbox(own: Path) -> None:
    """A sandbox that ended and was started again knows what it was asked before: files are had again."""
    session = Session()
    session.sandbox_on = True
    job = session.submit("A paper boat").wait(60)
    assert job.path is not None
    job.path.unlink()
    stop(own)
    session.endpoint()
    watch = job.fetch()
    assert watch is not None
    watch.done.result(60)
    assert job.path.exists()
    session.close()
