"""What a visitor of Binder meets: `binder/` as repo2docker takes it, but in a fresh virtual environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet
from playwright.sync_api import Page, expect

from support.environment import homes, without_accounts
from support.lab import TOKEN, Lab, OpenNotebook, serving
from support.player import watch_playing
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
# As a badge opens it, under an address like those that a hub gives its visitors.
URLPATH = "lab/tree/notebooks/quickstart.ipynb"
BASE = "/user/visitor/"
MADE, LAST = 2, 5
# What would show through from here; pip's own settings may.
OURS = ("COVERAGE", "JUPYTER", "PYTHON", "RUNCOMFY")
# Compiling what is installed takes as long as installing it, and most of it is never imported.
QUICK_PIP = {
    "PIP_COMPILE": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_RETRIES": "10",
}
BUILD_SECONDS = 240


def copy_of_the_repository(folder: Path) -> Path:
    """Copy what git knows, and what it would take: the tree that Binder would clone."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Build as repo2docker does, in its order and from the repository's root; then begin by `start`."""
    folder = tmp_path_factory.mktemp("binder")
    repository = copy_of_the_repository(folder / "repository")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
    programs = folder / "env" / "bin"
    outside = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    inside = without_accounts(outside) | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for command in (
        [str(programs / "pip"), "install", "-qq", "-r", "binder/requirements.txt"],
        ["chmod", "+x", "binder/postBuild", "binder/start"],
        ["./binder/postBuild"],
    ):
        subprocess.run(command, cwd=repository, env=inside | QUICK_PIP, check=True, timeout=BUILD_SECONDS)

    home = folder / "home"
    command = [str(repository / "binder" / "start"), "jupyter-lab", f"--ServerApp.base_url={BASE}"]
    try:
        with serving(repository, [*command, "--no-browser"], inside | homes(home), folder / "lab.log") as lab:
            yield lab
            lab.stop_kernels()
    finally:
        # It would go on for a quarter of an hour.
        with suppress(FileNotFoundError, ProcessLookupError):
            told = json.loads((home / "ledger" / "sandbox" / "ready.json").read_text())
            os.kill(told["pid"], signal.SIGTERM)


@pytest.mark.browser
@pytest.mark.kernel
@pytest.mark.timeout(400)
def test_a_visitor_plays_the_quickstarts_video(visited: Lab, page: Page) -> None:
    """Opened by its address alone, Run All makes the video with its sound: no question, no token, no bill."""
    page.goto(f"{visited.url}{URLPATH}?token={TOKEN}")
    notebook = OpenNotebook(page)
    notebook.ready()

    notebook.run_all()

    expect(notebook.output(0)).to_contain_text("The sandbox is on: no token, no bill", timeout=60_000)
    expect(notebook.output(0)).to_contain_text("Its clips say that they are the sandbox's.")
    playing = watch_playing(notebook.output(MADE).locator("video"))
    assert (playing["width"], playing["height"]) == (1280, 720)
    eventually(lambda: notebook.execution_count(LAST), 60, what="all cells have run")
    expect(notebook.output(LAST)).to_contain_text("succeeded")
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    expect(page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)


def test_binder_gives_a_python_that_the_project_supports() -> None:
    """Without a runtime.txt it would be Binder's default, which has been older than ours."""
    [version] = re.findall(r"\Apython-(3\.\d+)\n\Z", (ROOT / "binder" / "runtime.txt").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version in SpecifierSet(project["requires-python"])
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]
