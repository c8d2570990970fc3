from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
from typing import TYPE_CHECKING

import pytest

import runcomfy_jupyter as rc
from release.distributions import (
    PACKAGE,
    ROOT,
    Members,
    differences,
    faults_of_record,
    faults_of_sdist,
    faults_of_wheel,
    metadata_of,
    of_sdist,
    of_wheel,
)

if TYPE_CHECKING:
    from pathlib import Path


STRAY = (
    ".coverage.host.1",
    ".venv/bin/python",
    "build/quickstart.ipynb",
    "dist/old.whl",
    "notes.txt",
    f"{PACKAGE}/__pycache__/errors.cpython-311.pyc",
    f"{PACKAGE}/_jobs/.ipynb_checkpoints/follower-checkpoint.py",
    "videos/clip.mp4",
)


def built(kind: str, source: Path, target: Path) -> Path:
    """Build one distribution with what builds it at a release, without a network; return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    [path] = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return path


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is built, so that nobody edits it meanwhile, and put beside it what must not go along."""
    copy = tmp_path_factory.mktemp("tree") / "project"
    copy.mkdir()
    shutil.copy(ROOT / ".gitignore", copy)
    for path in ROOT.glob("[!.]*"):
        if path.is_file():
            shutil.copy(path, copy)
        elif path.name not in {"build", "dist", "videos"}:
            shutil.copytree(path, copy / path.name, ignore=shutil.ignore_patterns("__pycache__", "videos"))
    for stray in STRAY:
        (copy / stray).parent.mkdir(exist_ok=True, parents=True)
        (copy / stray).touch()
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel once."""
    return built("wheel", tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist once."""
    return built("sdist", tree, tmp_path_factory.mktemp("sdist"))


@pytest.fixture
def members(wheel: Path) -> Members:
    """Return the files of the wheel, to look at or to spoil."""
    return of_wheel(wheel)


def test_the_wheel_holds_the_package_and_nothing_else(members: Members, tree: Path) -> None:
    """Every module, each model's card and the mark of types are in it as in the tree; no test is."""
    assert list(faults_of_wheel(members, tree)) == []
    assert {
        f"{PACKAGE}/py.typed",
        f"{PACKAGE}/_domain/sora_2.json",
        f"{PACKAGE}/sandbox/models/10-sora-2.json",
    } <= members.keys()


def test_what_a_wheel_should_not_be_is_named(members: Members, tree: Path) -> None:
    """A lost file, a stray one, a changed one and a changed license are faults, each by its name."""
    lost, changed, stray = f"{PACKAGE}/py.typed", f"{PACKAGE}/errors.py", "tests/test_x.py"
    del members[lost]
    members[changed] += b"\n"
    members[stray] = b""
    [licence] = [name for name in members if name.endswith("/LICENSE")]
    members[licence] += b"\n"
    assert sorted(faults_of_wheel(members, tree)) == sorted(
        [
            f"{lost} is in the tree and not in the wheel",
            f"{lost} is in RECORD alone",
            f"{changed} is not the same in the wheel and in the tree",
            f"{changed} is not as RECORD says",
            f"{stray} is in the wheel and not in the tree",
            f"{stray} is not in RECORD",
            f"{licence} is not as RECORD says",
        ]
    )


def test_the_license_goes_along(members: Members) -> None:
    """The wheel holds the license as it is, and names it so that a machine can read it."""
    [name] = [name for name in members if name.endswith("/LICENSE")]
    assert members[name] == (ROOT / "LICENSE").read_bytes()
    assert metadata_of(members)["License-Expression"] == "BSD-3-Clause"


def test_the_metadata_says_what_the_project_says(wheel: Path, members: Members) -> None:
    """Name and version are those of the package, and whoever uses it gets what it needs, no more."""
    metadata = metadata_of(members)
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert (metadata["Name"], metadata["Version"]) == (PACKAGE, rc.__version__)
    assert wheel.name == f"{PACKAGE}-{rc.__version__}-py3-none-any.whl"
    needed = [one for one in metadata.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert sorted(needed) == sorted(one.replace("_", "-") for one in project["dependencies"])
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_sdist_builds_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """What is built from the sdist is, file by file and with its RECORD, what is built from the tree."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [source] = (tmp_path / "unpacked").iterdir()
    again = of_wheel(built("wheel", source, tmp_path / "again"))
    assert list(differences(again, of_wheel(wheel), "one", "the other")) == []
    assert list(faults_of_record(again)) == []


def test_the_sdist_brings_its_tests_and_papers(sdist: Path) -> None:
    """Whoever packs the project can test it and read how it is made; what lies about does not go along."""
    held = of_sdist(sdist)
    assert {"ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "tests/conftest.py"} <= held.keys()
    assert {*STRAY} & held.keys() == set()


def test_what_an_sdist_should_not_be_is_named() -> None:
    """A path that is missing, and one that nobody committed, are faults."""
    members = {"PKG-INFO": b"", "README.md": b"", "notes.txt": b""}
    lacks, holds = faults_of_sdist(members, {"README.md", "binder/start"})
    assert lacks.startswith("the sdist lacks binder/start: ")
    assert holds == "the sdist holds notes.txt, which is not committed"


def test_the_version_is_written_once() -> None:
    """The metadata takes the version from the package, where it can be read without a heavy import."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        told = tomllib.load(file)
    assert "version" not in told["project"]
    assert told["project"]["dynamic"] == ["version"]
    assert told["tool"]["hatch"]["version"] == {"path": f"{PACKAGE}/__init__.py"}
