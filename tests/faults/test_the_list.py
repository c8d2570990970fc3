"""The list of faults and the tests of faults say the same."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_fault_of_the_list_has_its_test_and_the_reverse() -> None:
    """`faults.md` names every test in this folder, and no other."""
    listed = set(re.findall(r"`(test_\w+)`", (HERE / "faults.md").read_text(encoding="utf-8")))
    files = [path for path in HERE.glob("test_*.py") if path.name != Path(__file__).name]
    written = {
        name
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert listed == written
