"""Start kernels and shells in a few hundredths of a second: everything is imported once, then forked.

Run as `python -m faults.fork_server`. Each line on standard input is an order in JSON; each line on standard
output is the number of the process that carries it out. A started process ends with this one.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)
_DIE_WITH_PARENT = 1
_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18


def main() -> None:
    """Take orders until standard input ends."""
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they are not to stay as zombies
    print("ready", flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        print(child, flush=True)  # noqa: T201 - the protocol


def _import_everything() -> None:
    import filelock  # noqa: F401, PLC0415 - for its side effect, like all below
    import ipykernel.kernelapp  # noqa: PLC0415
    import ipykernel.zmqshell  # noqa: F401, PLC0415
    import ipywidgets  # noqa: F401, PLC0415
    import nest_asyncio2  # noqa: F401, PLC0415

    import runcomfy_jupyter._jobs.runner  # noqa: PLC0415
    import runcomfy_jupyter.extension  # noqa: F401, PLC0415


def _become(order: dict[str, Any]) -> None:
    """Turn this fork into what was ordered, and stay it until its end."""
    parent = os.getppid()
    _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(order["variables"])
    _mount(order.get("mounts", []))
    os.chdir(order["folder"])
    log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for given, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(given, number)
    sys.argv = ["kernel"]
    {"kernel": _kernel, "shell": _shell}[order["kind"]](order)


def _kernel(order: dict[str, Any]) -> None:
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415 - imported by now

    IPKernelApp.launch_instance(["-f", order["connection"], "--no-secure"])


def _shell(order: dict[str, Any]) -> None:
    """Run cells in a plain shell; `kill_after` seconds from the last one's start, kill -9 it."""
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - as above

    shell: Any = InteractiveShell.instance()
    *before, last = order["cells"]
    for cell in before:
        shell.run_cell(cell)
    if (seconds := order.get("kill_after")) is not None:
        _kill_in(seconds)
    result = shell.run_cell(last)
    sys.exit(0 if result.success else 1)


def _kill_in(seconds: float) -> None:
    """Have another process kill this one: nothing of it gets to act on its end."""
    victim = os.getpid()
    if os.fork() == 0:
        signal.sigtimedwait([], seconds)
        if os.getppid() == victim:
            os.kill(victim, signal.SIGKILL)
        os._exit(0)


def _mount(mounts: list[dict[str, Any]]) -> None:
    """Mount in a namespace of this process alone: a small disk, or a place that cannot be written."""
    if not mounts:
        return
    user, group = os.getuid(), os.getgid()
    _checked(_LIBC.unshare(_NEW_MOUNTS | (_NEW_USER if user else 0)))
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _checked(_LIBC.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None))
    for mount in mounts:
        place = os.fsencode(mount["place"])
        if size := mount.get("bytes"):
            _checked(_LIBC.mount(b"tmpfs", place, b"tmpfs", 0, f"size={size}".encode()))
        else:
            _checked(_LIBC.mount(place, place, None, _BIND, None))
            _checked(_LIBC.mount(None, place, None, _BIND | _REMOUNT | _READ_ONLY, None))


def _checked(outcome: int) -> None:
    if outcome:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
