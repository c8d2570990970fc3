"""What completion may offer: all that is known here, without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._notebook.commands import COMMANDS
from runcomfy_jupyter.errors import RunComfyError
from runcomfy_jupyter.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._domain.schema import Schema
    from runcomfy_jupyter._session.session import Session

_JOBS = 50


class Known:
    """The facts of a session and its shell."""

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        self._shell = shell
        self._session = session

    def schema(self, model_id: str | None) -> Schema | None:
        """Return a model's input schema, None if it is not known here; without an id, the usual model's."""
        card = self._session.catalogue.known(model_id or self._session.options.model)
        return None if card is None else card.schema

    def models(self) -> Iterable[str]:
        """Return the ids of the models that are known here."""
        return self._session.catalogue.ids()

    def jobs(self) -> Iterable[str]:
        """Return the ids of recent jobs, newest first; none where there is no ledger that can be read."""
        try:
            if not self._session.engine.has_ledger:
                return []
            return [record.id for record in self._session.ledger.newest(limit=_JOBS)]
        except RunComfyError:
            return []

    def commands(self) -> Mapping[str, str]:
        """Return the commands of `%sora`, with what each takes."""
        return {name: command.takes for name, command in COMMANDS.items()}

    def variables(self) -> Iterable[str]:
        """Return the names in the user's namespace."""
        hidden = self._shell.user_ns_hidden
        return [name for name in self._shell.user_ns if not name.startswith("_") and name not in hidden]

    def settings(self) -> Mapping[str, Sequence[str]]:
        """Return the settings of `%config Sora`, with the words that each takes where they are few."""
        return {name: one.takes.words for name, one in SETTINGS.items()}
