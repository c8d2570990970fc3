"""What the measurements stand on: the server, processes of their own, and figures with their targets."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from support.environment import without_accounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
TOKEN = "sentinel-token-of-the-benchmarks"
MEMORY = "/dev/shm"  # noqa: S108 - its files get random names


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure, the bound that it is to keep, and what was measured beside it.

    `bound`: the most that `value` may be; None: nothing is asked of it.
    """

    group: str
    what: str
    value: float
    unit: str
    bound: float | None = None
    beside: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is within its bound."""
        return self.bound is None or self.value <= self.bound

    def row(self) -> list[str]:
        """Return its line of the table."""
        bound = "" if self.bound is None else f"≤ {number(self.bound)} {self.unit}".rstrip()
        verdict = "" if self.bound is None else ("yes" if self.kept else "NO")
        return [self.what, f"{number(self.value)} {self.unit}".rstrip(), bound, verdict, self.beside]


HEADER = ["figure", "measured", "target", "kept", "beside it, in the same minute"]


def number(value: float) -> str:
    """Write a figure as exactly as it deserves."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of `bench.server`."""

    origin: str

    @property
    def base(self) -> str:
        """The API's base, with its /v1."""
        return f"{self.origin}/v1"

    def figures(self, group: str = "") -> dict[str, Any]:
        """Return what it has seen of one group of jobs, and of all transfers."""
        with urlopen(f"{self.origin}/figures/{group}", timeout=30) as reply:
            told: dict[str, Any] = json.load(reply)
        return told

    def variables(self, home: Path) -> dict[str, str]:
        """Return the environment of a process that takes this server for RunComfy."""
        return {
            **environment(),
            "RUNCOMFY_MODEL_API_BASE": self.base,
            "RUNCOMFY_SERVERLESS_API_BASE": self.origin,
            "RUNCOMFY_TOKEN": TOKEN,
            "RUNCOMFY_JUPYTER_HOME": str(home),
        }


def environment() -> dict[str, str]:
    """Return an environment without accounts and proxies, in which the measurements can be imported.

    What keeps Python from writing its byte code goes too: an installed package has it.
    """
    clean = {
        name: value
        for name, value in without_accounts(os.environ).items()
        if "proxy" not in name.lower() and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**clean, "PYTHONPATH": os.pathsep.join((str(TESTS), str(ROOT))), "PYTHONHASHSEED": "0"}


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server in a process of its own until the block ends."""
    command = [sys.executable, "-m", "bench.server", *([MEMORY] if Path(MEMORY).is_dir() else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(process.stdout.readline().strip())
        finally:
            process.stdin.close()


@contextmanager
def home_folder(*, in_memory: bool = False) -> Iterator[Path]:
    """Make a folder for one process's ledger and videos, and remove it in the end.

    `in_memory`: where there is such a place, so that no disk is measured.
    """
    memory = MEMORY if in_memory and Path(MEMORY).is_dir() else None
    with tempfile.TemporaryDirectory(prefix="bench-", dir=memory) as folder:
        yield Path(folder)


def begin(module: str, *words: object, variables: Mapping[str, str], folder: Path) -> subprocess.Popen[str]:
    """Start a module of the measurements in a process of its own."""
    command = [sys.executable, "-m", module, *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables, cwd=folder
    )


def result(process: subprocess.Popen[str], seconds: float = 300.0) -> dict[str, Any]:
    """Wait for a process; return what its last line says as JSON."""
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"{process.args!r} failed:\n{errors[-2000:]}")
    told: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return told


def tell(**facts: Any) -> None:
    """Say what was measured to the process that started this one."""
    sys.stdout.write(f"{json.dumps(facts)}\n")
    sys.stdout.flush()


def memory_mb(key: str) -> float:
    """Return `VmRSS` (memory now) or `VmHWM` (its peak) of this process; NaN where there is no /proc."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def machine() -> str:
    """Name what the figures were measured on."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores"
    )


def median(values: Iterable[float]) -> float:
    """Return the median, NaN of nothing."""
    found = list(values)
    return statistics.median(found) if found else float("nan")


def quantile(values: Sequence[float], part: float) -> float:
    """Return a quantile; NaN of nothing."""
    found = sorted(values)
    return found[min(len(found) - 1, int(part * len(found)))] if found else float("nan")


def report(title: str, figures: Sequence[Figure]) -> None:
    """Print a piece's figures, for who runs the piece alone."""
    from bench.table import text_table  # noqa: PLC0415 - no piece needs it to measure

    sys.stdout.write(f"{title}: {machine()}\n\n{text_table(HEADER, [figure.row() for figure in figures])}\n")
