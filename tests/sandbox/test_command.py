"""`python -m runcomfy_jupyter.sandbox` as a process: how it starts, and that it leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.starting import COMMAND, started
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

SORA = "/v1/models/openai/sora-2/text-to-video"
LONG = {"prompt": "long", "seconds": 12, "size": "1280x720"}


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the process and all that inherited its stderr; return its status and what it complained of."""
    _, complaints = process.communicate(timeout=15)
    return process.returncode, complaints


def render_something_long(client: httpx.Client) -> None:
    """Submit a clip that takes a while, and wait until it is in progress."""
    request_id = client.post(SORA, json=LONG).json()["request_id"]
    eventually(lambda: client.get(f"/v1/requests/{request_id}/status").json()["status"] == "in_progress")


def test_it_says_how_to_use_it() -> None:
    """After the address comes a line with the variable to export."""
    with started() as (process, client):
        assert process.stdout is not None
        told = process.stdout.readline()
        assert f"export RUNCOMFY_MODEL_API_BASE={str(client.base_url).rstrip('/')}/v1" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_on_a_signal_in_mid_clip(number: signal.Signals, tmp_path: Path) -> None:
    """Asked to end while it renders, it ends with status 0, no word, no process and no file left."""
    with started(*("--queue-seconds", "0"), temporary=tmp_path) as (process, client):
        render_something_long(client)
        assert list(tmp_path.iterdir())
        process.send_signal(number)
        assert ended(process) == (0, "")
    assert not list(tmp_path.iterdir())


def test_a_call_that_hangs_does_not_hold_it() -> None:
    """A connection kept hanging by a scenario is let go when the sandbox ends."""
    with (
        started() as (process, client),
        socket.create_connection((client.base_url.host, client.base_url.port or 0)) as raw,
    ):
        client.post("/_sandbox/scenarios", json={"rules": [{"on": "balance", "fault": "hang"}]})
        raw.sendall(b"GET /prod/v2/balance HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: client.get("/_sandbox/journal").json())
        process.terminate()
        assert ended(process) == (0, "")
        assert raw.recv(1) == b""


def test_killed_it_leaves_no_process_behind(tmp_path: Path) -> None:
    """After kill -9 in mid-clip the rendering process ends too: nobody holds the server's stderr any more."""
    with started("--queue-seconds", "0", temporary=tmp_path) as (process, client):
        render_something_long(client)
        process.kill()
        status, _ = ended(process)
        assert status == -signal.SIGKILL


def test_it_ends_by_itself_when_idle(tmp_path: Path) -> None:
    """Without calls it ends after the time, counted from the end of what was under way."""
    media = tmp_path / "media"
    options = (
        "--exit-when-idle",
        "1.5",
        "--queue-seconds",
        "0",
        "--run-seconds",
        "2",
        "--media-dir",
        str(media),
    )
    with started(*options) as (process, client):
        client.post(SORA, json={"prompt": "short", "seconds": 4})
        assert ended(process) == (0, "")
    assert len(list(media.glob("*.mp4"))) == 1


def test_clips_of_a_kept_folder_are_not_rendered_again(tmp_path: Path) -> None:
    """A second sandbox serves what the first left in its folder."""
    for rendered in (1, 0):
        options = ("--queue-seconds", "0", "--run-seconds", "0", "--media-dir", str(tmp_path))
        with started(*options) as (_, client):
            request_id = client.post(SORA, json={"prompt": "kept"}).json()["request_id"]
            status = f"/v1/requests/{request_id}/status"
            eventually(lambda: client.get(status).json()["status"] == "completed")  # noqa: B023 - awaited here
            assert client.get("/_sandbox/figures").json()["clips_rendered"] == rendered
    assert [path.suffix for path in tmp_path.iterdir()] == [".mp4"]


def test_the_ready_file_tells_where_it_is(tmp_path: Path) -> None:
    """The file holds base URL, port and process id, is whole when it appears, and stays."""
    ready = tmp_path / "ready.json"
    with started("--ready-file", str(ready)) as (process, client):
        told = json.loads(ready.read_text())
        assert told == {
            "base_url": f"http://127.0.0.1:{client.base_url.port}/v1",
            "port": client.base_url.port,
            "pid": process.pid,
        }
        process.terminate()
        assert ended(process) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


def test_a_scenario_can_be_named(tmp_path: Path) -> None:
    """Named scenarios are in force from the start; `-` and `_` are the same."""
    with started("--scenario", "busy", "--scenario", "bad-token", "--media-dir", str(tmp_path)) as (
        _,
        client,
    ):
        assert client.post(SORA, json={"prompt": ""}).status_code == 429
        assert client.get("/prod/v2/balance").json()["error_code"] == 400004


def test_it_also_serves_ipv6() -> None:
    """The other loopback address will do as well."""
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--host", "::1"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().split()[2]
        assert httpx.get(f"{base_url}/models", headers={"Authorization": "Bearer x"}).status_code == 200
        process.terminate()


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--host", "0.0.0.0"], 2, "serves this machine only"),  # noqa: S104 - that it is refused is the test
        (["--host", "example.com"], 2, "serves this machine only"),
        (["--port", "65536"], 2, "--port"),
        (["--port", "x"], 2, "--port"),
        (["--workers", "0"], 2, "--workers"),
        (["--queue-seconds", "-1"], 2, "--queue-seconds"),
        (["--run-seconds", "inf"], 2, "--run-seconds"),
        (["--scenario", "no-such"], 2, "flaky"),
        (["--remember"], 2, "--remember needs --media-dir"),
        (["--media-dir", "/dev/null/x"], 1, "cannot serve"),
    ],
)
def test_bad_options_are_told(options: list[str], status: int, words: str) -> None:
    """What cannot be done ends it at once, with a status and a reason, and without a traceback."""
    done = subprocess.run([*COMMAND, "--port", "0", *options], capture_output=True, text=True, check=False)
    assert (done.returncode, words in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_installed_is_told() -> None:
    """Without one of its libraries it says which, and what to install."""
    hide = "import runpy, sys; sys.modules['av'] = None; "
    start = hide + "runpy.run_module('runcomfy_jupyter.sandbox', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "the sandbox needs av: pip install 'runcomfy_jupyter[sandbox]'\n",
    )


def test_a_clip_that_cannot_be_written_fails_its_request(tmp_path: Path) -> None:
    """With its folder gone the sandbox ends the request as failed, in words, and serves on."""
    media = tmp_path / "media"
    with started("--queue-seconds", "0", "--run-seconds", "0", "--media-dir", str(media)) as (_, client):
        media.rmdir()
        request_id = client.post(SORA, json={"prompt": "nowhere"}).json()["request_id"]
        path = f"/v1/requests/{request_id}"
        eventually(lambda: client.get(f"{path}/status").json()["status"] == "completed")
        result = client.get(f"{path}/result").json()
        assert (result["status"], "output" in result) == ("failed", False)
        assert "could not render this clip" in result["error"]


def test_a_taken_port_is_told() -> None:
    """Where something else listens, it ends with a reason that names the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"cannot serve on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
