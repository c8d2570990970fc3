"""The release check: build the wheel and the sdist, look into them, try the wheel where it will live.

What `make dist` runs. It needs a network for what is installed, and no token; nothing is uploaded.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from release.clean import checked
from release.distributions import (
    ROOT,
    Members,
    differences,
    faults_of_sdist,
    faults_of_wheel,
    metadata_of,
    of_sdist,
    of_wheel,
    tracked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

DIST = ROOT / "dist"
BUILD = ROOT / "build" / "dist"
CLEAN = ("oldest", "newest")


def say(text: str) -> None:
    """Report progress."""
    print(f"· {text}", flush=True)


def module(name: str, *arguments: str) -> None:
    """Run a tool of this environment, quietly; its words are shown when it fails."""
    command = [sys.executable, "-m", name, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}")


def refuse(faults: Iterable[str]) -> None:
    """End with the faults, if there are any."""
    if found := list(faults):
        sys.exit("These cannot be released:\n  " + "\n  ".join(found))


def build() -> tuple[Path, Path]:
    """Build the sdist, and the wheel from it, as an installer does; return both files."""
    say("building the sdist, the wheel from it, and the wheel from the tree …")
    for folder in (DIST, BUILD):
        shutil.rmtree(folder, ignore_errors=True)
    module("build", "--outdir", str(DIST))
    module("build", "--wheel", "--outdir", str(BUILD))
    [wheel], [sdist] = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    return wheel, sdist


def look(wheel: Path, sdist: Path) -> None:
    """End with what is wrong in the files, if anything is."""
    say("looking into them …")
    held = of_wheel(wheel)
    refuse(faults_of_wheel(held))
    refuse(faults_of_sdist(of_sdist(sdist), tracked()))
    refuse(differences(held, of_wheel(BUILD / wheel.name), "the sdist's wheel", "the tree's"))
    module("twine", "check", "--strict", str(wheel), str(sdist))
    version = metadata_of(held)["Version"]
    if f"## {version}" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        say(f"CHANGELOG.md has no heading for {version} yet: what is unreleased goes below it at the release")


def table(rows: dict[str, list[str]], heads: Sequence[str]) -> str:
    """Return rows of text, in columns."""
    lines = [["", *heads], *([name, *values] for name, values in rows.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "\n".join(f"  {line}".rstrip() for line in padded)


def told(path: Path, members: Members) -> str:
    """Name a distribution, and say how large it is."""
    return f"{path.relative_to(ROOT)}, {path.stat().st_size / 1e3:,.0f} kB, {len(members)} files"


def main() -> None:
    """Check a release, and tell what was checked."""
    started = time.monotonic()
    wheel, sdist = build()
    look(wheel, sdist)
    rows: dict[str, list[str]] = {}
    for name in CLEAN:
        say(f"the wheel in a clean environment, on the {name} that it may meet …")
        try:
            for what, found in checked(name, wheel, BUILD / name):
                rows.setdefault(what, []).append(found)
        except (OSError, RuntimeError, ValueError, AssertionError, subprocess.SubprocessError) as error:
            sys.exit(f"\nThe wheel does not work on the {name}: {error}")
    print(f"\n{table(rows, CLEAN)}\n")
    print(f"  {told(wheel, of_wheel(wheel))}: the package as in the tree, and no more")
    print(f"  {told(sdist, of_sdist(sdist))}: what is committed; it builds the same wheel")
    print("  twine check --strict: no fault; nothing was uploaded")
    print(f"\nDone after {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
