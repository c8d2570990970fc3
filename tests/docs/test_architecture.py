from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from runcomfy_jupyter._notebook.grammar import Command
from runcomfy_jupyter.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "runcomfy_jupyter"
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DRAWING = TEXT[TEXT.index("```") : TEXT.index("## Where to look")]
# Each line of the house: a floor, what it is for, what it knows of what is outside.
DRAWN = {
    name.removesuffix("/").removesuffix(".py"): {word.strip() for word in known.split(",") if word.strip()}
    for name, known in re.findall(r"^│ (\S+) .*?│(.*)$", DRAWING, re.MULTILINE)
}
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
[LAYERS] = [contract for contract in LINTER["contracts"] if contract["type"] == "layers"]
FORBIDDEN = [contract for contract in LINTER["contracts"] if contract["type"] == "forbidden"]
FLOORS = [floor for floor in LAYERS["layers"] if (PACKAGE / floor).is_dir()]


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


def forbidden(library: str) -> set[str]:
    """Return the floors that no contract lets import a library."""
    sources = [
        contract["source_modules"] for contract in FORBIDDEN if library in contract["forbidden_modules"]
    ]
    return {source.removeprefix("runcomfy_jupyter.") for several in sources for source in several}


@pytest.mark.parametrize("floor", [*FLOORS, "sandbox"])
def test_every_file_of_a_floor_is_on_the_map_once(floor: str) -> None:
    """The table of floors names each module, and nothing that there is not."""
    folder = PACKAGE / floor
    there = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    there |= {path.parent.name for path in folder.glob("*/__init__.py")}
    names = told(floor)
    found = {"lacking": there - {*names}, "gone": {*names} - there, "twice": len(names) - len({*names})}
    assert found == {"lacking": set(), "gone": set(), "twice": 0}


def test_the_drawing_is_what_the_contract_holds() -> None:
    """The drawing has the floors from top to bottom, as imports may go, and the sandbox beside them."""
    assert list(DRAWN) == LAYERS["layers"]
    assert "sandbox/: beside the house" in DRAWING
    assert LAYERS["exhaustive_ignores"] == ["sandbox"]
    there = {path.stem for path in PACKAGE.glob("[!_]*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert there == {*DRAWN, "sandbox"}


@pytest.mark.parametrize("library", ["httpx", "sqlite3", "IPython", "ipywidgets"])
def test_a_library_is_known_where_the_drawing_says(library: str) -> None:
    """Wherever a library is drawn it may be imported, and wherever it is not, a contract forbids it."""
    drawn = {floor for floor, known in DRAWN.items() if library in known}
    assert drawn
    # The composition root stands above what it puts together, and may know the same.
    assert {*DRAWN} - forbidden(library) - {"extension"} == drawn - {"extension"}


def test_what_knows_nothing_is_held_to_it() -> None:
    """The floors that are drawn as pure are those that a contract keeps from clock, disk and network."""
    pure = {floor for floor, known in DRAWN.items() if known == {"nothing"}}
    assert pure == {"_domain", "errors"}
    for library in ("IPython", "asyncio", "httpx", "ipywidgets", "sqlite3", "time"):
        assert pure <= forbidden(library)


def read_outside(*places: str) -> set[str]:
    """Return the attributes that the package reads anywhere but in these files and folders."""
    away = [PACKAGE / place for place in places]
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
        if not any(path.is_relative_to(one) for one in away)
    ]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in nodes if isinstance(node.ctx, ast.Load)}


def test_every_setting_is_used() -> None:
    """A setting that nothing reads would be taken, and do nothing."""
    assert set(SETTINGS) - read_outside("settings") == set()


def test_every_word_of_a_cells_line_is_used() -> None:
    """What the grammar takes down, something else reads: an option does not end there."""
    assert {one.name for one in fields(Command)} - read_outside("_notebook/grammar.py") == set()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_files_and_functions_stay_short(path: Path) -> None:
    """A file of the package has at most 250 lines, a function 40."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = [one.name for one in functions if one.end_lineno and one.end_lineno - one.lineno >= 40]
    assert long == []
