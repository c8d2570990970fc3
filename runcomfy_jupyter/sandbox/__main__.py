"""The command `python -m runcomfy_jupyter.sandbox`."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

_SCENARIO_HELP = "let calls fail, or the catalogue be odd; may be repeated"
_NEEDED = ("av", "PIL", "starlette", "uvicorn")


def main(arguments: list[str] | None = None) -> int:
    """Serve a sandbox as the command line says; return the exit status."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        _complain(f"the sandbox needs {', '.join(missing)}: pip install 'runcomfy_jupyter[sandbox]'")
        return 1
    from .scenarios import PRESETS  # noqa: PLC0415 - only now is it known that what these need is there
    from .server import Options, is_loopback, serve  # noqa: PLC0415 - likewise
    from .service import Pace  # noqa: PLC0415 - likewise

    parser = _parser(list(PRESETS))
    given = parser.parse_args(arguments)
    if not is_loopback(given.host):
        parser.error(f"--host {given.host}: the sandbox checks no token, so it serves this machine only")
    if given.remember and given.media_dir is None:
        parser.error("--remember needs --media-dir, where the requests and their files are kept")
    options = Options(
        host=given.host,
        port=given.port,
        pace=Pace(given.workers, given.queue_seconds, given.run_seconds),
        media_dir=given.media_dir,
        remember=given.remember,
        ready_file=given.ready_file,
        exit_when_idle=given.exit_when_idle,
        plain_clips=given.plain_clips,
        rules=tuple(rule for name in given.scenario for rule in PRESETS[name]),
    )
    try:
        serve(options, _announce)
    except OSError as error:
        _complain(f"the sandbox cannot serve on {given.host}:{given.port}: {error}")
        return 1
    return 0


def _announce(base_url: str) -> None:
    sys.stdout.write(f"RunComfy sandbox: {base_url} (no token is checked, nothing is billed)\n")
    sys.stdout.write(f"Use it: export RUNCOMFY_MODEL_API_BASE={base_url}   Stop it: Ctrl-C\n")
    sys.stdout.flush()


def _complain(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def _parser(scenarios: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runcomfy_jupyter.sandbox",
        description="A stand-in for RunComfy's Model API on this machine: a real queue, real MP4s, no bill.",
    )
    where = parser.add_argument_group("where it serves").add_argument
    where("--host", default="127.0.0.1", help="a loopback address (%(default)s)")
    where("--port", type=_port, default=8787, help="0 picks a free one (%(default)s)")
    where("--media-dir", type=Path, metavar="DIR", help="keep clips there (a folder removed at the end)")
    where("--remember", action="store_true", help="keep requests over a restart, in --media-dir")
    where("--ready-file", type=Path, metavar="FILE", help="gets base_url, port and pid once it listens")
    how = parser.add_argument_group("how it behaves").add_argument
    how("--workers", type=_count, default=2, metavar="N", help="requests in progress at once (%(default)s)")
    how("--queue-seconds", type=_seconds, default=0.8, metavar="S", help="least time in line (%(default)s)")
    how("--run-seconds", type=_seconds, default=1.8, metavar="S", help="least time in progress (%(default)s)")
    how("--exit-when-idle", type=_seconds, metavar="S", help="end after so long without a call (never)")
    how("--scenario", action="append", default=[], type=_scenario, choices=scenarios, help=_SCENARIO_HELP)
    how("--plain-clips", action="store_true", help="one clip per size and length, whatever the prompt")
    return parser


def _scenario(text: str) -> str:
    return text.replace("-", "_")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:  # noqa: PLR2004 - the bounds of a port number
        raise ValueError
    return value


if __name__ == "__main__":
    sys.exit(main())
