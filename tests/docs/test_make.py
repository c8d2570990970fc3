from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
# Rows of `make test`, which it starts itself.
PARTS = {"test-units", "test-wholes", "test-faults"}


def targets() -> set[str]:
    """Return the targets that are no files."""
    [line] = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    return set(line.split())


def said(*arguments: str) -> str:
    """Run make; return what it printed."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_every_target_explains_itself() -> None:
    """`make`, and `make help`, name each target that a person may call, in the order of the file."""
    shown = said()
    assert said("help") == shown
    told = re.findall(r"^  make ([a-z]+) +[A-Z]", shown, re.MULTILINE)
    assert sorted(told) == sorted(targets() - PARTS)
    assert told == [name for name in re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE) if name in told]
    assert max(map(len, shown.splitlines())) <= 110


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_papers_name_targets_that_there_are(paper: Path) -> None:
    """What a paper tells to run with make can be run."""
    text = paper.read_text(encoding="utf-8")
    told = set(re.findall(r"(?:`|^ *)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert told <= targets() - PARTS


def test_contributors_are_told_of_the_targets_they_need() -> None:
    """CONTRIBUTING begins with three commands, and names what a release needs."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    first = text[text.index("```") : text.index("```", text.index("```") + 3)]
    assert re.findall(r"^make ([a-z]+) ", first, re.MULTILINE) == ["test", "lint", "demo"]
    assert {"help", "dist"} <= set(re.findall(r"`make ([a-z]+)", text))


def test_contributors_are_led_to_files_that_there_are() -> None:
    """Each path that CONTRIBUTING names is there, and each list it speaks of stands in the file it names."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`?((?:tests|runcomfy_jupyter)/[\w/.]+\w/?)", text))
    assert len(paths) >= 8
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    lists = re.findall(r"`([A-Z][A-Za-z]+)` in\s+`(runcomfy_jupyter/[\w/]+\.py)`", text)
    assert {name for name, _ in lists} == {"Options", "OPTIONS", "Record", "STEPS", "COMMANDS", "PRESETS"}
    for name, path in lists:
        assert re.search(rf"^(?:class )?{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
