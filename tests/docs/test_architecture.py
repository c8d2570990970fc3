from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
FLOORS = ["_notebook", "_session", "_display", "_jobs", "_client", "settings", "_domain"]


def told(floor: str) -> list[str]:
    """Return what the map names on a floor: the backquoted words of its rows."""
    rows = TEXT[TEXT.index("| floor |") : TEXT.index("## What happens")].splitlines()
    begin = next(place for place, row in enumerate(rows) if row.startswith(f"| `{floor}` |"))
    names = []
    for place, row in enumerate(rows[begin:]):
        if not row.startswith("|") or (place and not row.startswith("| |")):
            break
        names += re.findall(r"`(\w+)/?`", row.split("|")[2])
    return names


@pytest.mark.parametrize("floor", FLOORS)
def test_every_file_of_a_floor_is_on_the_map_once(floor: str) -> None:
    """The table of floors names each module, and nothing that there is not."""
    folder = ROOT / "runcomfy_jupyter" / floor
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    packages = [path.parent.name for path in folder.glob("*/__init__.py")]
    assert sorted(told(floor)) == sorted([*modules, *packages])


def test_the_floors_stand_in_their_order() -> None:
    """The drawing has the floors from top to bottom, as imports may go."""
    drawing = TEXT[TEXT.index("```") : TEXT.index("## Where to look")]
    places = [drawing.index(f"\n{floor}/") for floor in FLOORS]
    assert places == sorted(places)
