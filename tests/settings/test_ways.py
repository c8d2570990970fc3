from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter.errors import TokenError
from runcomfy_jupyter.settings import find_token, way_on
from support.children import run
from support.shell import a_shell

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_TOKEN = """
import asyncio
import runcomfy_jupyter as rc

CALLS = {
    "submit": lambda: rc.submit("A boat"),
    "submit_many": lambda: rc.submit_many(["A boat", "A kite"]),
    "get": lambda: rc.get("zzzz"),
    "client": rc.Client,
}
for name, call in CALLS.items():
    try:
        call()
    except rc.RunComfyError as error:
        print(f"{name}: {type(error).__name__}: {error}")
"""


@pytest.mark.usefixtures("home")
def test_a_script_is_never_sent_to_a_magic() -> None:
    """In plain Python what goes wrong names variables and functions, in each call of the package."""
    said = dict(line.split(": ", 1) for line in run(WITHOUT_TOKEN).splitlines())
    for name in ("submit", "submit_many", "client"):
        assert said[name].startswith("TokenError: ")
        assert "Set RUNCOMFY_TOKEN, or try without one: RUNCOMFY_SANDBOX=1. Nothing was sent." in said[name]
    assert said["get"] == "NotFound: No job of your ledger begins with 'zzzz'. rc.jobs() lists them."


@pytest.mark.usefixtures("home")
def test_in_a_shell_the_magics_are_the_way_on() -> None:
    """Where IPython runs, the same error names the commands; when it has gone, it does so no more."""
    with a_shell():
        assert way_on("a magic", "a function") == "a magic"
        with pytest.raises(TokenError, match=r"%sora login asks for it .*%sora sandbox on\."):
            find_token()
    assert way_on("a magic", "a function") == "a function"


def test_ipython_without_a_shell_is_no_notebook(home: Path) -> None:
    """A script that only imports IPython, or something that does, stays a script."""
    script = "import IPython; from runcomfy_jupyter.settings import way_on; print(way_on('cell', 'script'))"
    assert run(script).strip() == "script"
    assert list(home.iterdir()) == []
