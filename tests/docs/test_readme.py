from __future__ import annotations

import ast
import contextlib
import io
import re
import tomllib
from pathlib import Path

import pytest
from traitlets import Undefined

import runcomfy_jupyter as rc
from bench.run import CHIEF
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._notebook.commands import COMMANDS
from runcomfy_jupyter._notebook.magic import Sora
from runcomfy_jupyter._notebook.options import OPTIONS
from runcomfy_jupyter.sandbox.__main__ import main as sandbox
from runcomfy_jupyter.sandbox.catalogue import cards
from runcomfy_jupyter.sandbox.scenarios import PRESETS
from runcomfy_jupyter.settings import TOKEN_VARIABLES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table whose heading begins with these cells, without its backquotes."""
    lines = README[README.index(f"| {heading}") :].split("\n\n")[0].splitlines()[2:]
    return [
        [cell.strip().replace("`", "").replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
    ]


def test_every_option_of_a_cell_is_told() -> None:
    """The table names the schema's fields and our own options with what they take, and none besides."""
    told = {name.removeprefix("--") for row in table("option |") for name in row[0].split(", ")}
    fields = {field.name for field in built_in().schema.fields if field.name != "prompt"}
    assert told == fields | {f"{name} {one.takes}".rstrip() for name, one in OPTIONS.items()}


def test_values_of_the_options_are_told() -> None:
    """What Sora 2's own options take stands beside them, the default first to be named so."""
    told = {row[0].removeprefix("--"): row[1] for row in table("option |")}
    for field in built_in().schema.fields:
        assert all(str(value) in told[field.name] for value in field.enum)
        assert field.default is None or f"{field.default} (the default)" in told[field.name]


def test_every_command_is_told_as_it_is() -> None:
    """Each `%sora` command stands there with what it takes and does, in the words of its own help."""
    told = {row[0]: row[1] for row in table("command |")}
    assert told.pop("%sora") == "help"
    shown = {
        f"%sora {name} {one.takes}".rstrip(): one.does for name, one in COMMANDS.items() if name != "help"
    }
    assert told == shown


def test_every_setting_is_told_with_its_default() -> None:
    """The table holds all that `%config Sora` sets, and the defaults are true."""
    told = {row[0]: row[1] for row in table("setting |")}
    traits = {name: trait.default_value for name, trait in Sora.class_traits(config=True).items()}
    assert Undefined not in traits.values()
    assert told == {
        f"Sora.{name}": f"{default:g}" if isinstance(default, float) else str(default)
        for name, default in traits.items()
    }


def test_the_places_of_a_token_are_told_in_their_order() -> None:
    """The README says where a token is looked for, in the order in which it is."""
    places = [README.index(f"`{name}`", README.index("in this order")) for name in TOKEN_VARIABLES]
    assert places == sorted(places)


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python_in_the_readme_names_what_there_is(block: str) -> None:
    """Every block is Python, and every name of the package in it exists."""
    tree = ast.parse(block)
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rc"
    }
    assert used <= set(rc.__all__)
    assert used


def test_names_in_the_text_exist() -> None:
    """What the README calls `rc.something` is public."""
    assert set(re.findall(r"`rc\.(\w+)", README)) <= set(rc.__all__)


def test_attributes_in_the_text_exist() -> None:
    """What the README asks of a job, `job.something`, and of a batch, `clips.something`, is there."""
    for name, kind in (("job", rc.Job), ("clips", rc.Batch)):
        told = set(re.findall(rf"\b{name}\.([a-z]\w+)", README))
        assert told
        assert [one for one in told if not hasattr(kind, one)] == []


def test_extras_in_the_text_exist() -> None:
    """What the README says to install is an extra of the project."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    told = set(re.findall(r"extra `(\w+)`", README)) | set(re.findall(r'"\.\[(\w+)\]"', README))
    assert told == {"dask", "media", "sandbox"}
    assert told <= extras.keys()


def test_lessons_in_the_text_exist() -> None:
    """The README names every notebook of the project, and none besides."""
    [line] = re.findall(r"Other lessons in `notebooks/`: (.+)\.", README)
    told = {name.strip("`") for name in line.split(", ")}
    assert told | {"quickstart"} == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_the_command_of_the_sandbox_takes_what_is_told() -> None:
    """Options and scenarios of the server that the README names are those of the server."""
    [section] = re.findall(r"\* The sandbox as a server.+?\n\*", README, re.DOTALL)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as shown:
        patch.setenv("COLUMNS", "1000")
        with pytest.raises(SystemExit, match="0"):
            sandbox(["--help"])
    words = set(re.findall(r"--[a-z-]+", section))
    assert {"--port", "--scenario"} <= words
    assert words <= set(re.findall(r"--[a-z-]+", shown.getvalue()))
    assert set(re.findall(r"(?:--scenario |or `|,\s+`)(\w+)`", section)) <= PRESETS.keys()
    assert "ten models" in section
    assert len(cards()) == 10


def test_pictures_exist() -> None:
    """Every picture that the README shows is a file of the project."""
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert path.startswith("https://mybinder.org/") or (ROOT / path).is_file()


def test_the_figures_are_those_of_the_last_measurement() -> None:
    """What the README says of speed stands in the whole table, with the same date and machine."""
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^Measured (.+)\.$", README, re.MULTILINE)
    assert f"measured: {told}." in page
    figures = table("figure |")
    assert len(figures) == len(CHIEF)
    for (words, *told), what in zip(figures, CHIEF, strict=True):
        assert words == CHIEF[what].replace("`", "")
        assert "| " + " | ".join([what, *told[:2]]) + " |" in page
