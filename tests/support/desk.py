"""A shell in this process, at which `%sora` lines are typed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.utils.capture import capture_output

from runcomfy_jupyter._notebook import commands
from runcomfy_jupyter._notebook.stage import Stage
from support.shell import a_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_jupyter._session.session import Session


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """What a kernel knows of the front end that runs a cell."""

    asks: bool

    def get_parent(self, channel: str) -> dict[str, Any]:
        """Return the message that runs the cell."""
        assert channel == "shell"
        return {"content": {"allow_stdin": self.asks}}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a line showed, each in the order in which it came."""

    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A shell with a session."""

    shell: Any
    session: Session
    stage: Stage

    def type(self, line: str) -> Shown:
        """Carry out a `%sora` line; raises what it raises."""
        with capture_output() as caught:
            commands.run(self.stage, line)
        bundles = [output.data for output in caught.outputs]
        text = "\n".join(bundle["text/plain"] for bundle in bundles if bundle.get("text/plain"))
        return Shown("\n".join(bundle.get("text/html", "") for bundle in bundles), caught.stdout + text)

    def sit_at(self, *, asks: bool) -> None:
        """Be a notebook's kernel from now on, with somebody before it who can be asked, or nobody."""
        self.shell.kernel = FrontEnd(asks)


@contextmanager
def a_desk(session: Session) -> Iterator[Desk]:
    """Have a shell until the block ends; it is a terminal's."""
    with a_shell() as shell:
        yield Desk(shell, session, Stage(shell, session))
