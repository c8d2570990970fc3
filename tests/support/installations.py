"""Environments that are not as they should be: links to this one, with packages taken out or put in."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parents[2]
RUN_SECONDS = 60


def describe(folder: Path, name: str, version: str, *, needs: Iterable[str] = ()) -> Path:
    """Put down what an installed package says of itself; return the folder."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = [f"Requires-Dist: {need}" for need in needs]
    (info / "METADATA").write_text(
        "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines])
    )
    return folder


def environment(
    folder: Path, *, without: Iterable[str] = (), instead: Mapping[str, str] | None = None
) -> Path:
    """Make a folder of packages as this environment has them; `instead`: names with other versions."""
    taken_out = {_plain(name) for name in (*without, *(instead or {}))}
    folder.mkdir()
    for name, version in (instead or {}).items():
        describe(folder, name, version)
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(place).iterdir():
            if _plain(entry.name) not in taken_out and not (folder / entry.name).exists():
                (folder / entry.name).symlink_to(entry)
    return folder


def _plain(name: str) -> str:
    return name.partition("-")[0].removesuffix(".py").lower().replace(".", "_")


def run_in(packages: Path, code: str, *, python: str = sys.executable) -> str:
    """Run code that finds these packages, and this project's own, alone; return what it printed."""
    # Without its site there is nothing that would begin measuring.
    measured = (
        "import coverage; coverage.process_startup()\n" if "COVERAGE_PROCESS_CONFIG" in os.environ else ""
    )
    command = [python, "-S", "-c", measured + code]
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(packages)])}
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
