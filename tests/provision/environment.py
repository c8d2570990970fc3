"""Build one of the environments that the Makefile's targets run in.

    environment.py lab|dev|release|oldest|middle|newest

The first three share `.venv`: `dev` adds what tests and checks need, `release` what builds and checks a
release. The others are the kernels that behave differently, each in `.venvs/NAME`. Only the standard library
is used: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PIP = ("-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--retries", "10")


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an environment stands, which Python it wants, and what is installed in it."""

    folder: str
    python: str
    what: str
    extra: str
    pins: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    stamp: str = "built"
    part_of: str = ""

    @property
    def interpreter(self) -> Path:
        """The environment's own Python."""
        return ROOT / self.folder / "bin" / "python"


def project() -> dict[str, Any]:
    """Read what pyproject.toml says of the project itself."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["project"]
    return table


def lower_bounds(extra: str = "") -> tuple[str, ...]:
    """Pin what is needed, or what an extra adds, to the lower bounds that pyproject.toml promises."""
    told = project()
    dependencies: list[str] = told["optional-dependencies"][extra] if extra else told["dependencies"]
    return tuple(re.sub(r">=([^,;\s]+).*", r"==\1", dependency) for dependency in dependencies)


ENVIRONMENTS = {
    "lab": Environment(
        ".venv", "first", "JupyterLab and the sandbox", extra="lab", stamp="lab.built", part_of="dev"
    ),
    "dev": Environment(
        ".venv", "first", "what tests and checks need", extra="dev", stamp="dev.built", part_of="release"
    ),
    "release": Environment(
        ".venv", "first", "what builds and checks a release", extra="release", stamp="release.built"
    ),
    "oldest": Environment(
        ".venvs/oldest",
        "oldest",
        "the lowest versions promised, ipykernel 6.31",
        extra="unit",
        pins=(*lower_bounds(), "ipykernel==6.31.0"),
    ),
    "middle": Environment(
        ".venvs/middle", "first", "ipykernel 7.0.1", extra="unit", pins=("ipykernel==7.0.1",)
    ),
    "newest": Environment(
        ".venvs/newest",
        "newest",
        "the newest of everything",
        extra="unit",
        pins=("ipykernel>=7.4", "nest_asyncio2"),
        tools=("coverage",),
    ),
}


def find_python(which: str) -> str:
    """Ask find_python.sh for a Python outside of any environment."""
    command = ["sh", str(ROOT / "tests/provision/find_python.sh"), which]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def build(name: str) -> None:
    """Create the environment if it is missing or broken, and install into it."""
    environment = ENVIRONMENTS[name]
    started = time.monotonic()
    folder = ROOT / environment.folder
    if works(environment.interpreter) and is_built(environment):
        return
    if not works(environment.interpreter):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([find_python(environment.python), "-m", "venv", str(folder)], check=True)
    version = subprocess.run(
        [environment.interpreter, "-V"], check=True, capture_output=True, text=True
    ).stdout.strip()
    print(f"· {environment.folder}: installing {environment.what} ({version}) …", flush=True)
    itself = ["--editable", f"{ROOT}[{environment.extra}]"]
    subprocess.run(
        [environment.interpreter, *PIP, *itself, *environment.pins, *environment.tools], check=True
    )
    (folder / environment.stamp).write_text(recipe(environment))
    print(f"· {environment.folder}: ready after {time.monotonic() - started:.0f} s", flush=True)


def is_built(environment: Environment) -> bool:
    """Tell whether it, or one that contains it, was built as it is described now."""
    stamp = ROOT / environment.folder / environment.stamp
    if stamp.exists() and stamp.read_text() == recipe(environment):
        return True
    return bool(environment.part_of) and is_built(ENVIRONMENTS[environment.part_of])


def recipe(environment: Environment) -> str:
    """Fingerprint all that decides what is installed: pyproject.toml's other tables do not."""
    return hashlib.sha256(repr((environment, project())).encode()).hexdigest()


def works(interpreter: Path) -> bool:
    """Tell whether the interpreter starts and has pip: a venv cut short at its making has not."""
    if not interpreter.exists():
        return False
    return (
        subprocess.run([interpreter, "-m", "pip", "--version"], capture_output=True, check=False).returncode
        == 0
    )


if __name__ == "__main__":
    try:
        build(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"Could not build {sys.argv[1]!r}: {error.cmd[0]} ended with status {error.returncode}.")
