"""Fault 8: the token, and words that are not ours, go where they should not."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from client.raw_server import answer
from faults.checks import on, words
from faults.origin import serving_in_background
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.notebook import Notebook
    from support.sandbox import Sandbox

# Of this run alone: whoever else uses this machine has other tokens in their processes.
TOKEN = f"sentinel-{secrets.token_hex(16)}"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
ECHO = {"code": 401, "error_code": 400004, "message": f"the token {TOKEN} is not known"}
LOGGED = """
import logging
logging.basicConfig(level=logging.{level}, filename="debug.log", force=True)
logging.info("What this kernel logs, of itself and of the libraries that it uses, begins with this line.")
%xmode Verbose
import runcomfy_jupyter as rc
"""
LOOKS = """
%sora jobs
%config Sora
%sora help
for job in rc.jobs():
    print(repr(job), job.record, vars(job), job._repr_mimebundle_())
print(repr(rc.Client()), vars(rc.Client()), rc.Client().__dict__)
from runcomfy_jupyter._session.process import session
print(session(), vars(session()), vars(session().runner))
print(session().endpoint(), repr(session().endpoint().token))
import traceback, sys
for thread, frame in sys._current_frames().items():
    traceback.print_stack(frame)
"""
ECHOES = {
    "refused": on("submit", "error", **ECHO),
    "unclear": on("submit", "error_200", message=f"Bearer {TOKEN}"),
    "garbage": on("submit", "garbage", text=f'{{"request_id": "{TOKEN}", "error": "{TOKEN}"'),
    "an id": on("submit", "json", json={"request_id": TOKEN}),
    "a redirect": on("submit", "redirect", to=f"http://{TOKEN}.example/{TOKEN}"),
    "a status": on("status", "error", **ECHO),
    "a word": on("status", "word", word=TOKEN, times=2),
    "trouble": on("status", "error", code=500, error_code=500001, message=TOKEN, times=6),
    "a failure": on("result", "failed", error={"code": TOKEN, "message": f"AiError: {TOKEN}"}),
    "an address": on("result", "json", json={"status": "succeeded", "output": f"{{video}}?{TOKEN}"}),
    "a lost download": on("media", "status_code", code=403),
    "nothing": on("balance", "slow", seconds=0),
}


@pytest.fixture
def notebook(new_notebook: Callable[[dict[str, str]], Notebook], sandbox: Sandbox) -> Notebook:
    """Make a notebook that has the sentinel for its token."""
    return new_notebook(sandbox.variables | {"RUNCOMFY_TOKEN": TOKEN})


def holds_token(content: bytes) -> bool:
    """Tell whether the token is in it, plainly or in a form that somebody could read back."""
    token = TOKEN.encode()
    # Three ways to fall on base64's groups of three.
    encoded = [base64.b64encode(bytes(skip) + token)[4:-4] for skip in range(3)]
    return any(form in content for form in (token, token[::-1], token.hex().encode(), *encoded))


def test_the_search_finds_what_it_looks_for() -> None:
    """A search that could not find the token would prove nothing."""
    for hidden in (
        TOKEN.encode(),
        base64.b64encode(b"x" + TOKEN.encode() + b"yz"),
        TOKEN.encode().hex().encode(),
    ):
        assert holds_token(b"before " + hidden + b" after")
    assert not holds_token(b"before and after")


def leaks(notebook: Notebook) -> list[str]:
    """Return where the token is: in what the kernel let out, in files, in other processes."""
    notebook.kernel.pump()
    heard = [heard[:300] for heard in notebook.kernel.heard if holds_token(heard.encode())]
    tops = (notebook.folder.parent, notebook.home)
    files = [path for top in tops for path in top.rglob("*") if path.is_file()]
    others = [process for process in Path("/proc").glob("[0-9]*") if int(process.name) != os.getpid()]
    shown = [process / what for process in others for what in ("cmdline", "environ")]
    return heard + [f"{path}: {_read(path)[:200]!r}" for path in files + shown if holds_token(_read(path))]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""


@pytest.mark.parametrize("echo", ECHOES)
def test_a_service_that_echoes_the_token_is_not_echoed(
    notebook: Notebook, sandbox: Sandbox, echo: str
) -> None:
    """Whatever the service sends back, the token is in no output, error, repr, log, file or other process."""
    # Below INFO httpcore logs the headers of answers, the address of a redirect among them: not ours to hide.
    notebook.run(LOGGED.format(level="INFO" if echo == "a redirect" else "DEBUG"))
    sandbox.misbehave(ECHOES[echo])

    for cell in (
        "%%sora boat --wait --seconds 4\nA boat",
        "%tb",
        "boat",
        "boat.wait(timeout=5)",
        "%tb",
        LOOKS,
    ):
        notebook.run(cell)

    assert len(sandbox.submissions()) == 1
    assert leaks(notebook) == []
    assert (notebook.folder / "debug.log").stat().st_size > 80


def test_the_token_goes_to_the_api_alone(notebook: Notebook, sandbox: Sandbox) -> None:
    """API calls carry it, downloads do not, and no other origin sees it by a redirect or an address."""
    with serving_in_background(answer(200, {"status": "completed", "request_id": "x"})) as origin:
        sandbox.misbehave(
            on("status", "redirect", code=307, to=f"{origin.origin}/v1/requests/x/status", times=1),
            on("result", "redirect", code=302, to=f"{origin.origin}/", times=1),
            on("cancel", "redirect", code=308, to=f"{origin.origin}/"),
        )
        for cell in ("%%sora boat --wait --seconds 4\nA boat", "boat.cancel()", "%sora wait", "%sora resume"):
            notebook.run(cell)
        sandbox.misbehave()
        notebook.run("%sora wait")
        notebook.rests("succeeded")
        assert origin.seen == []

    for entry in sandbox.journal():
        expected = None if entry["on"] == "media" else DIGEST
        assert entry["authorization_sha256"] == expected, entry


def test_the_embedded_sandbox_is_given_no_token(notebook: Notebook) -> None:
    """The process that `%sora sandbox on` starts does not inherit it, nor do its renderers."""
    notebook.run("%sora sandbox on")
    cell = notebook.run("%%sora --wait --seconds 4\nA boat")

    try:
        assert cell.status == "ok", words(cell)
        assert leaks(notebook) == []
    finally:
        notebook.run(
            "import json, os, pathlib, signal\n"
            "home = pathlib.Path(os.environ['RUNCOMFY_JUPYTER_HOME'])\n"
            "os.kill(json.loads((home / 'sandbox/ready.json').read_text())['pid'], signal.SIGTERM)"
        )


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><b>`code`</b>"


@pytest.mark.parametrize(
    "rule",
    [
        on("submit", "error", code=422, error_code=422001, message=HOSTILE),
        on("submit", "error_200", message=HOSTILE),
        on("status", "error", code=404, error_code=404001, message=HOSTILE),
        on("status", "error", code=500, error_code=500001, message=HOSTILE, times=6),
        on("result", "failed", error=HOSTILE),
        on("result", "failed", error={"message": HOSTILE, "code": HOSTILE}),
        on("cancel", "error", code=400, error_code=400000, message=HOSTILE),
    ],
    ids=["refused", "unclear", "gone", "trouble", "failed", "failed with a code", "cancel"],
)
def test_words_of_others_are_escaped(notebook: Notebook, sandbox: Sandbox, rule: dict[str, object]) -> None:
    """What a prompt or the service says stands in HTML as text, in cards and in live widgets."""
    sandbox.misbehave(rule)

    cell = notebook.run(f"%%sora boat --wait --seconds 4\n{HOSTILE}")
    notebook.run(f"%sora cancel {notebook.job()['id']}")
    notebook.run("%sora jobs")

    eventually(lambda: "onerror=alert(1)" in words(cell), what="the prompt is shown")
    for page in [*pages(notebook), cell.html]:
        assert "<img src=x" not in page
        assert "<script" not in page
        assert "<b>`code`" not in page


def pages(notebook: Notebook) -> list[str]:
    """Return every piece of HTML that the kernel ever let out."""
    notebook.kernel.pump()
    found = [str(state.get("value", "")) for state in notebook.kernel.comms.values()]
    return found + [page for heard in notebook.kernel.contents for page in html_in(heard)]


def html_in(content: object) -> list[str]:
    """Return the HTML in a message, wherever it stands."""
    if isinstance(content, dict):
        own = [content[key] for key in ("text/html", "value") if isinstance(content.get(key), str)]
        return own + [page for value in content.values() for page in html_in(value)]
    return []
