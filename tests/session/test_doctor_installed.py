from __future__ import annotations

import importlib.metadata
import sys
import venv
from typing import TYPE_CHECKING

import pytest

import runcomfy_jupyter
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import installed
from support.installations import ROOT, describe, environment, run_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOOK = """
import sys
from runcomfy_jupyter._session.doctor import installed
for check in installed.{look}():
    print(check.kind.value, "|", check.found, "|", check.todo)
"""
SANDBOX = """
from runcomfy_jupyter._session.doctor import service
from runcomfy_jupyter._session.session import Session
session = Session()
session.sandbox_on = {on}
for check in service.sandbox(session):
    print(check.kind.value, "|", check.found, "|", check.todo)
"""
KERNEL = int(importlib.metadata.version("ipykernel").split(".")[0])
new_kernels = pytest.mark.skipif(KERNEL < 7, reason="older kernels nest safely")


def test_the_versions_that_matter_are_told() -> None:
    """This package's, Python's, IPython's and those of what draws."""
    check, libraries = installed.versions()
    assert check.kind is libraries.kind is Kind.GOOD
    assert check.found.startswith(
        f"runcomfy_jupyter {runcomfy_jupyter.__version__}, Python {sys.version_info[0]}."
    )
    assert f"ipywidgets {importlib.metadata.version('ipywidgets')}" in check.found


def test_a_whole_environment_is_told_as_such() -> None:
    """What this package says that it needs is here."""
    [check] = installed.packages()
    assert (check.kind, check.found) == (Kind.GOOD, "everything needed is here, and new enough")


@pytest.mark.parametrize(
    ("without", "instead", "told"),
    [
        (["ipywidgets"], {}, "bad | ipywidgets is not installed in this kernel's environment"),
        ([], {"ipywidgets": "7.5.1"}, "bad | ipywidgets 7.5.1 is too old: 7.7 is the oldest that works"),
        ([], {"nest_asyncio": "1.5.9"}, "bad | nest-asyncio 1.5.9 is too old: 1.6 is the oldest that works"),
        ([], {"ipykernel": "6.29.0"}, "care | ipykernel 6.29.0 is too old: 6.31 is the oldest that works"),
    ],
    ids=["no ipywidgets", "old ipywidgets", "old nest_asyncio", "old ipykernel"],
)
def test_what_is_missing_or_too_old_is_found(
    tmp_path: Path, without: list[str], instead: Mapping[str, str], told: str
) -> None:
    """Set-ups of a kernel that lacks something: what, and the line that mends it."""
    packages = environment(tmp_path / "packages", without=without, instead=instead)
    [line] = run_in(packages, LOOK.format(look="packages")).splitlines()
    assert line.startswith(told)
    assert "Run `%pip install" in line
    assert line.endswith("then restart the kernel.")


def test_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    """1.10 comes after 1.9, and 8 is 8.0."""
    packages = environment(tmp_path / "packages", instead={"ipywidgets": "10.0"})
    assert run_in(packages, LOOK.format(look="packages")).startswith("good")
    numbers = installed.numbers
    assert numbers("1.10") > numbers("1.9")
    assert numbers("8") == numbers("8.0.0") < numbers("8.0.1rc2")
    assert numbers("unknown") == (0,)


def test_a_package_that_was_upgraded_under_the_kernel_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is loaded is not what is installed: the kernel has to be restarted."""
    monkeypatch.syspath_prepend(str(describe(tmp_path, "runcomfy_jupyter", "99.0", needs=["httpx>=0.1"])))
    [check] = installed.packages()
    assert check.kind is Kind.CARE
    assert check.found.startswith("runcomfy_jupyter 99.0 is installed, but this kernel still has")
    assert check.todo == "Restart the kernel."


def test_the_kernels_own_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the shell that started Jupyter would install into another, that is said, too."""
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    [check] = installed.environment()
    assert (check.kind, check.found, check.todo) == (Kind.GOOD, sys.prefix, "")
    monkeypatch.setenv("VIRTUAL_ENV", "/opt/another")
    [check] = installed.environment()
    assert check.kind is Kind.GOOD
    assert check.todo.startswith(
        "Jupyter was started from /opt/another: to install something for this kernel"
    )


def test_a_package_of_another_environment_is_found(tmp_path: Path) -> None:
    """A kernel that borrows this package from elsewhere is told both places, and the way out."""
    venv.create(tmp_path / "other", with_pip=False, symlinks=True)
    python = tmp_path / "other/bin/python"
    packages = environment(tmp_path / "packages")
    code = LOOK.format(look="environment").replace("import sys", "import sys, site; site.main()")
    [line] = run_in(packages, code, python=str(python)).splitlines()
    assert line.startswith("care | runcomfy_jupyter comes from ")
    assert f"but the kernel's environment is {tmp_path / 'other'}" in line
    assert "Run `%pip install runcomfy_jupyter` in this kernel" in line


def test_a_package_that_nobody_installed_is_found(tmp_path: Path) -> None:
    """A folder on the path is no installation: what it needs is not written down anywhere."""
    packages = environment(tmp_path / "packages", without=["runcomfy_jupyter"])
    [line] = run_in(packages, LOOK.format(look="environment")).splitlines()
    assert line.startswith(f"care | runcomfy_jupyter comes from {ROOT}")
    assert run_in(packages, LOOK.format(look="packages")) == ""


def test_two_installations_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are named, and which is used."""
    copy = describe(tmp_path / "copy", "runcomfy_jupyter", "0.0.1")
    (copy / "runcomfy_jupyter").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(copy)])
    [check] = installed.environment()
    assert check.kind is Kind.CARE
    assert check.found.startswith(f"runcomfy_jupyter is installed more than once: {ROOT} is used")
    assert str(copy) in check.found


def test_what_an_installation_says_of_itself_may_be_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken note of where it came from hides nothing."""
    copy = describe(tmp_path / "copy", "runcomfy_jupyter", "0.0.1")
    for note in ("no JSON", "[]", '{"dir_info": {"editable": true}}'):
        (copy / "runcomfy_jupyter-0.0.1.dist-info/direct_url.json").write_text(note)
        monkeypatch.setattr(sys, "path", [*sys.path, str(copy)])
        assert [check.kind for check in installed.environment()] == [Kind.GOOD]


@pytest.mark.parametrize(
    ("without", "instead", "told"),
    [
        (
            [],
            {"ipywidgets": "8.1.0", "jupyterlab_widgets": "3.0.1", "jupyterlab": "4.2"},
            "good | ipywidgets 8.1.0 and",
        ),
        (
            [],
            {"ipywidgets": "7.7.0", "jupyterlab_widgets": "1.1.1", "jupyterlab": "3.0"},
            "good | ipywidgets 7.7.0 and",
        ),
        (
            [],
            {"ipywidgets": "7.7.0", "jupyterlab_widgets": "3.0.1", "jupyterlab": "4.2"},
            "care | ipywidgets 7.7.0 needs",
        ),
        (
            [],
            {"ipywidgets": "8.1.0", "jupyterlab_widgets": "1.1.1", "jupyterlab": "4.2"},
            "care | ipywidgets 8.1.0 needs",
        ),
        (
            ["jupyterlab_widgets"],
            {"ipywidgets": "8.1.0", "jupyterlab": "4.2"},
            "care | ipywidgets 8.1.0 needs",
        ),
        (["jupyterlab"], {"ipywidgets": "8.1.0"}, "good | ipywidgets 8.1.0; the page's part"),
        ([], {"ipywidgets": "9.0", "jupyterlab": "5.0"}, "good | ipywidgets 9.0; the page's part"),
    ],
)
def test_widgets_that_do_not_fit_the_page_are_found(
    tmp_path: Path, without: list[str], instead: Mapping[str, str], told: str
) -> None:
    """As far as the kernel's environment tells: the kernel's half and the page's half speak one protocol."""
    packages = environment(tmp_path / "packages", without=without, instead=instead)
    [line] = run_in(packages, LOOK.format(look="widgets")).splitlines()
    assert line.startswith(told)
    assert run_in(environment(tmp_path / "none", without=["ipywidgets"]), LOOK.format(look="widgets")) == ""


def test_a_process_without_a_kernel_nests() -> None:
    """Waiting lets other tasks go on."""
    [check] = installed.event_loop()
    assert (check.kind, check.todo) == (Kind.GOOD, "")


def test_a_loop_that_does_not_nest_is_told(tmp_path: Path) -> None:
    """As uvloop's, which the waiting would have to stop; awaiting does not."""
    code = "import asyncio\nclass Policy(asyncio.DefaultEventLoopPolicy):\n    __module__ = 'uvloop'\n"
    code += "asyncio.set_event_loop_policy(Policy())\n"
    line = run_in(environment(tmp_path / "packages"), code + LOOK.format(look="event_loop"))
    assert line.startswith(
        "good | job.wait() works; while it waits your own asyncio tasks stand still | uvloop"
    )
    assert "`await job`" in line


@new_kernels
@pytest.mark.parametrize(
    ("without", "before", "told"),
    [
        ([], "", "good | job.wait() lets your own asyncio tasks go on | "),
        (
            ["nest_asyncio2"],
            "",
            "good | job.wait() works; while it waits your own asyncio tasks stand still | `%pip",
        ),
        (
            [],
            "import nest_asyncio; nest_asyncio.apply()",
            "care | nest_asyncio is applied, and with ipykernel 7",
        ),
    ],
    ids=["nest_asyncio2", "none", "applied"],
)
def test_what_nesting_means_here_is_told(tmp_path: Path, without: list[str], before: str, told: str) -> None:
    """With ipykernel 7: safely nested, not at all, or patched in a way that drops cells."""
    packages = environment(tmp_path / "packages", without=without)
    code = f"import asyncio, ipykernel\nasyncio.set_event_loop(asyncio.new_event_loop())\n{before}\n"
    code += LOOK.format(look="event_loop")
    assert run_in(packages, code).startswith(told)


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (True, "bad | on, but the sandbox lacks "),
        (False, "over | off; the sandbox lacks "),
    ],
)
def test_a_sandbox_that_is_not_installed_is_found(tmp_path: Path, on: bool, told: str) -> None:  # noqa: FBT001 - a row of the table
    """Set-up 7: what is missing, and the line that installs it; it matters where it is on."""
    packages = environment(tmp_path / "packages", without=["av"])
    [line] = run_in(packages, SANDBOX.format(on=on)).splitlines()
    assert line.startswith(told)
    assert "av" in line.split("lacks")[1].split("|")[0]
    assert '%pip install "runcomfy_jupyter[sandbox]"' in line
