from __future__ import annotations

import ast
import importlib.metadata
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import runcomfy_jupyter as rc
from runcomfy_jupyter import errors

ROOT = Path(rc.__file__).parents[1]
HEAVY = {
    "IPython",
    "anyio",
    "asyncio",
    "concurrent",
    "filelock",
    "httpx",
    "ipywidgets",
    "platformdirs",
    "sqlite3",
    "ssl",
}


def bare_python(code: str) -> set[str]:
    """Run code in an interpreter without site-packages; return the words it prints.

    So it can use nothing that was installed, and nothing that a start-up file has brought.
    """
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", start + code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr == ""
    return set(result.stdout.split())


# What ipywidgets 7 itself does at its import.
@pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")
def test_the_public_names_are_sorted_and_there() -> None:
    """`__all__` is in order, without doubles, and every name of it can be had."""
    assert list(rc.__all__) == sorted(set(rc.__all__))
    for name in rc.__all__:
        value = getattr(rc, name)
        assert value.__name__ == name
        assert value.__doc__
    assert {"Client", "Job", "get", "jobs", "submit"} <= set(rc.__all__)


def test_the_door_shows_what_can_be_used() -> None:
    """Completion after `rc.` offers the public names and the version, and is in order."""
    assert dir(rc) == sorted([*rc.__all__, "__version__"])


def test_every_error_that_comes_out_can_be_named() -> None:
    """Each class of the tree is public, but for the two that only the downloads tell apart."""
    tree = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.RunComfyError)
    }
    assert tree - set(rc.__all__) == {"DeliveryCut", "LinkExpired"}
    assert rc.JobFailed is errors.JobFailed


@pytest.mark.parametrize("name", ["Pannel", "settings_", "_Client", "__wrapped__"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    """What is not public is said to be absent, as of any module."""
    with pytest.raises(AttributeError, match=rf"^module 'runcomfy_jupyter' has no attribute '{name}'$"):
        getattr(rc, name)


def test_the_version_is_the_installed_one() -> None:
    """The version that the package tells is that of its metadata."""
    assert rc.__version__ == importlib.metadata.version("runcomfy_jupyter")


def test_importing_brings_nothing_heavy() -> None:
    """The import needs no dependency to be installed, and loads no part of the package."""
    loaded = bare_python(
        "before = set(sys.modules)\nimport runcomfy_jupyter\nprint(*set(sys.modules) - before)"
    )
    assert "runcomfy_jupyter" in loaded
    assert not {name.partition(".")[0] for name in loaded} & HEAVY
    assert not {name for name in loaded if name.startswith("runcomfy_jupyter.")}


def test_an_error_can_be_caught_without_anything_heavy() -> None:
    """Naming an error brings the errors alone."""
    code = (
        "before = set(sys.modules)\nfrom runcomfy_jupyter import JobFailed\nprint(*set(sys.modules) - before)"
    )
    loaded = bare_python(code)
    assert {name for name in loaded if name.startswith("runcomfy_jupyter.")} == {"runcomfy_jupyter.errors"}
    assert not {name.partition(".")[0] for name in loaded} & HEAVY


def test_importing_leaves_no_trace() -> None:
    """No thread is started, no warning is given and nothing is printed."""
    code = "import threading, runcomfy_jupyter; print(threading.active_count())"
    assert bare_python(code) == {"1"}


def test_the_typed_uses_cover_every_public_name() -> None:
    """The file that is checked by types uses all that is public, as `rc.name`."""
    tree = ast.parse(Path(__file__).with_name("public_api.py").read_text(encoding="utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rc"
    }
    assert used == {*rc.__all__, "__version__"}


def test_the_package_says_that_it_is_typed() -> None:
    """A user's type checker reads the annotations."""
    assert (Path(rc.__file__).parent / "py.typed").is_file()
