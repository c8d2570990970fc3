"""A wheel in a clean environment, on the oldest or the newest that it may meet: does it do its work?"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from demo.run import check
from provision.environment import ENVIRONMENTS, PIP, find_python, lower_bounds
from support.environment import homes, without_accounts
from support.headless import execute, notebook_of
from support.kernels import write_kernelspecs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300
SHOWN = ("ipython", "ipykernel", "ipywidgets", "httpx", "jsonschema", "av", "starlette")
NAMES = """
import sys, runcomfy_jupyter as rc
assert rc.__file__.startswith(sys.prefix), rc.__file__
print(len([getattr(rc, name) for name in rc.__all__]), "public names")
"""
VERSIONS = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
FROM_THE_WHEEL = """import sys, runcomfy_jupyter
assert runcomfy_jupyter.__file__.startswith(sys.prefix), runcomfy_jupyter.__file__
assert clip.state == "succeeded" and clip.path.is_file(), clip
"""
CELLS = (
    "%load_ext runcomfy_jupyter",
    "%%sora clip --size 1280x720 --seconds 4\nA red panda surfs a long wave at dawn",
    FROM_THE_WHEEL,
)


@dataclass(frozen=True, slots=True)
class Clean:
    """An environment that holds a wheel and what it needs; `folder` is its home and working folder, too."""

    name: str
    folder: Path
    wheel: Path

    @property
    def python(self) -> Path:
        """Its own Python."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def variables(self) -> dict[str, str]:
        """What a process of its own sees: an empty home, no account, and no path to the tree."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))
        }
        return without_accounts(kept) | homes(self.folder / "home")

    def make(self) -> None:
        """Make it anew, with nothing in it but pip."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        first = find_python(ENVIRONMENTS[self.name].python)
        subprocess.run([first, "-m", "venv", str(self.folder / "venv")], check=True)

    def install(self, extra: str = "") -> None:
        """Install the wheel, as a user does, with the versions that this environment stands for."""
        pins = list(ENVIRONMENTS[self.name].pins)
        if extra and self.name == "oldest":
            pins += lower_bounds(extra)
        itself = f"{self.wheel}[{extra}]" if extra else str(self.wheel)
        subprocess.run([self.python, *PIP, itself, *pins], check=True)
        self.run("-m", "pip", "check")

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run its Python; return what was said. Raises `RuntimeError` for another status than `status`."""
        return said([str(self.python), *arguments], self.folder, self.variables, status=status)


def said(command: list[str], folder: Path, variables: dict[str, str], *, status: int = 0) -> str:
    """Run a command; return what it said. Raises `RuntimeError` for another status than `status`."""
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    told = done.stdout + done.stderr
    if done.returncode != status:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}, not {status}:\n{told}")
    return told.strip()


def checked(name: str, wheel: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (what was looked at, what was found) of a wheel in a clean environment.

    Raises `RuntimeError`, `ValueError` or `subprocess.CalledProcessError` where it does not do its work.
    """
    clean = Clean(name, folder, wheel)
    clean.make()
    clean.install()
    yield "python", clean.run("-c", "import platform; print(platform.python_version())")
    yield "imports without an extra", clean.run("-c", NAMES)
    if "pip install" not in clean.run("-m", "runcomfy_jupyter.sandbox", status=1):
        raise ValueError("without its extra, the sandbox does not say how to get it")
    clean.install("sandbox")
    yield from zip(SHOWN, clean.run("-c", VERSIONS, *SHOWN).split(), strict=True)
    options = set(re.findall(r"--[a-z]+[a-z-]*", clean.run("-m", "runcomfy_jupyter.sandbox", "--help")))
    yield "sandbox --help", f"{len(options)} options"
    yield "public API, by mypy", types(clean)
    yield "a %%sora cell, executed", cell(clean)


def types(clean: Clean) -> str:
    """Let mypy read the installed package's types: a user's use of all public names fits them."""
    used = clean.folder / "public_api.py"
    shutil.copy(ROOT / "tests" / "door" / used.name, used)
    options = ["--strict", "--config-file=", "--cache-dir", str(clean.folder / "mypy")]
    command = [sys.executable, "-m", "mypy", *options, "--python-executable", str(clean.python), str(used)]
    return said(command, clean.folder, clean.variables).partition(":")[2].strip()


def cell(clean: Clean) -> str:
    """Execute a notebook in a kernel of the environment, against its own sandbox; return what it made."""
    work = clean.folder / "work"
    work.mkdir()
    os.environ["JUPYTER_PATH"] = str(write_kernelspecs(clean.folder / "jupyter", {clean.name: clean.python}))
    notebook = notebook_of(*CELLS)
    variables = clean.variables | {"RUNCOMFY_SANDBOX": "1"}
    try:
        failure = execute(notebook, work, kernel=clean.name, variables=variables)
    finally:
        nbformat.write(notebook, clean.folder / "executed.ipynb")
        stop_sandbox(Path(variables["RUNCOMFY_JUPYTER_HOME"]))
    if failure is not None:
        raise RuntimeError(
            f"a cell failed: {failure.ename}: {failure.evalue} ({clean.folder}/executed.ipynb)"
        )
    return check(notebook).words


def stop_sandbox(home: Path) -> None:
    """End the sandbox that a kernel has started: it would wait for other kernels."""
    ready = home / "sandbox" / "ready.json"
    if ready.exists():
        os.kill(json.loads(ready.read_text())["pid"], signal.SIGTERM)
