"""The magics `%%sora` and `%sora`. They read, ask the session and show; nothing is decided here."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Float, Int, TraitError, Unicode, observe, validate

from runcomfy_jupyter._domain.models import unknown
from runcomfy_jupyter._notebook import commands
from runcomfy_jupyter._notebook.grammar import model_named, parse
from runcomfy_jupyter._notebook.help import cell_help, documented
from runcomfy_jupyter._notebook.orders import is_batch, shots_of
from runcomfy_jupyter._notebook.stage import Stage
from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter.errors import InputError
from runcomfy_jupyter.settings import SETTINGS, check_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._session.session import Session
    from runcomfy_jupyter.settings import Setting

_TRAITS: Mapping[str, Any] = {
    "str": Unicode,
    "int": Int,
    "float": Float,
    "float | None": partial(Float, allow_none=True),
}


def _trait(one: Setting) -> Any:
    return _TRAITS[one.kind](one.default, config=True, help=one.does)


# IPython's configuration goes by traits: there is one for each setting.
_Settings: Any = type("Settings", (Magics,), {name: _trait(one) for name, one in SETTINGS.items()})


@magics_class
class Sora(_Settings):
    """Make AI video from a notebook. `%config Sora` lists these settings, `%sora` the commands."""

    # What takes away the completion that was put into the shell beside these magics.
    take_away: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        # First: a value from IPython's own configuration is observed while the base class begins.
        self.session = session
        kept = asdict(session.options)
        super().__init__(shell)
        for name, value in kept.items():
            if value != SETTINGS[name].default:  # set by %config before the extension was loaded anew
                setattr(self, name, value)
        self._names = shell.user_ns
        self._stage = Stage(shell, session)
        documented(Sora.sora, self._told)

    def _told(self) -> str:
        """Return what `%%sora?` shows: the network is not asked for it."""
        model_id = self.session.options.model
        card = self.session.catalogue.known(model_id) or unknown(model_id)
        return f"{cell_help(card)}\n\n{commands.commands_help()}"

    @validate(*SETTINGS)
    def _checked(self, proposal: Any) -> Any:
        try:
            return check_option(proposal["trait"].name, proposal["value"])
        except InputError as error:
            raise TraitError(str(error)) from None

    @observe(*SETTINGS)
    def _configured(self, change: Any) -> None:
        setattr(self.session.options, change["name"], change["new"])

    @no_var_expand
    @line_cell_magic
    def sora(self, line: str, cell: str | None = None) -> None:
        """Make a video from the prompt in the cell; as a line magic, see to your jobs.

        `%sora help` tells all of it.
        """
        if cell is None:
            commands.run(self._stage, line)
        else:
            self._make(line, cell)

    def _make(self, line: str, body: str) -> None:
        session, stage = self.session, self._stage
        card = session.model(model_named(line))
        command = parse(line, card.schema)
        if command.help:
            print(cell_help(card, named=command.model is not None))  # noqa: T201 - help is text
            return
        shots = shots_of(command, body, card, self._names)
        plan = session.plan(
            shots,
            model=card.model_id,
            again=command.again,
            max_cost=command.max_cost,
            priced=command.dry_run,
        )
        if command.dry_run:
            stage.rehearse(plan)
            return
        stage.warn([*plan.warnings, *session.look(plan)])
        several = is_batch(command, body)
        if several:
            stage.announce(plan)
        jobs = session.buy(plan)
        made = Batch(session, jobs, plan.told) if several else jobs[0]
        if command.variable:
            self._names[command.variable] = made
        waiting = stage.waits(asked=command.wait)
        if isinstance(made, Batch):
            stage.present_batch(made, waiting=waiting)
        else:
            stage.present(made, waiting=waiting, bought_before=not made.is_new)
