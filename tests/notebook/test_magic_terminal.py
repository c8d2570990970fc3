"""`%%sora` cells in a terminal's shell: what IPython lets through, and what a batch says while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from IPython.utils.capture import capture_output

from runcomfy_jupyter._notebook.magic import Sora

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service


def run(desk: Desk, cell: str) -> str:
    """Run a cell as IPython runs it; return what is printed."""
    magics: Any = Sora
    desk.shell.register_magics(magics(desk.shell, desk.session))
    with capture_output() as caught:
        desk.shell.run_cell(cell)
    return str(caught.stdout) + str(caught.stderr)


@pytest.mark.parametrize(("below", "passes"), [("\n", False), ("\n\n", True), ("\n \n", True)])
def test_help_needs_what_its_words_say(desk: Desk, below: str, *, passes: bool) -> None:
    """IPython refuses a cell with one empty line below the magic; with two, the help is shown."""
    assert ("sends a request to Sora 2" in run(desk, f"%%sora --help{below}")) is passes


def test_a_line_needs_nothing_below_it(desk: Desk) -> None:
    """The other way to the help, which it names, has that sentence in it."""
    told = " ".join(run(desk, "%sora --help").split())
    assert "leave two empty lines for --help, or where --each brings the prompts" in told


def test_a_batch_says_first_how_many_then_how_far(desk: Desk, service: Service) -> None:
    """The number, then how many are done, then all of it; run again, that nothing was sent."""
    first = run(desk, "%%sora film\na boat\n---\na car")
    lines = first.splitlines()
    assert lines[0].startswith("2 requests")
    assert any(line.startswith("0 of 2 done") for line in lines[1:])
    assert len(service.asked("submit")) == 2

    again = run(desk, "%%sora film\na boat\n---\na car")
    assert again.startswith("2 of 2 shown from your ledger, nothing was sent; --again makes new takes")
