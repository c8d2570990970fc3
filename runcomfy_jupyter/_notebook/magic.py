"""The magics `%%sora` and `%sora`. They read, ask the session and show; nothing is decided here."""

from __future__ import annotations

from dataclasses import asdict
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
from runcomfy_jupyter.settings import Options, check_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._session.session import Session

_DEFAULTS = Options()
_NAMES = tuple(asdict(_DEFAULTS))


@magics_class
class Sora(Magics):
    """Make AI video from a notebook. `%config Sora` lists these settings, `%sora` the commands."""

    model = Unicode(_DEFAULTS.model, config=True, help="id of the model that cells without --model use")
    save_dir = Unicode(_DEFAULTS.save_dir, config=True, help="folder of the videos, beside the notebook")
    embed_limit_mb = Float(
        _DEFAULTS.embed_limit_mb, config=True, help="megabytes up to which a video is put into the notebook"
    )
    wait = Unicode(_DEFAULTS.wait, config=True, help="auto, yes or no: does a cell wait for its video")
    max_cost_usd = Float(
        _DEFAULTS.max_cost_usd, allow_none=True, config=True, help="US dollars that one cell may cost at most"
    )
    session_budget_usd = Float(
        _DEFAULTS.session_budget_usd,
        allow_none=True,
        config=True,
        help="US dollars that all cells of this kernel may cost together",
    )
    max_in_flight = Int(_DEFAULTS.max_in_flight, config=True, help="requests that are out at a time at most")
    max_download_mb = Float(_DEFAULTS.max_download_mb, config=True, help="megabytes that a video may have")

    # What takes away the completion that was put into the shell beside these magics.
    take_away: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        # First: a value from IPython's own configuration is observed while the base class begins.
        self.session = session
        kept = asdict(session.options)
        super().__init__(shell)
        for name, value in kept.items():
            if value != getattr(_DEFAULTS, name):  # set by %config before the extension was loaded anew
                setattr(self, name, value)
        self._names = shell.user_ns
        self._stage = Stage(shell, session)
        documented(Sora.sora, self._told)

    def _told(self) -> str:
        """Return what `%%sora?` shows: the network is not asked for it."""
        model_id = self.session.options.model
        card = self.session.catalogue.known(model_id) or unknown(model_id)
        return f"{cell_help(card)}\n\n{commands.commands_help()}"

    @validate(*_NAMES)
    def _checked(self, proposal: Any) -> Any:
        try:
            return check_option(proposal["trait"].name, proposal["value"])
        except InputError as error:
            raise TraitError(str(error)) from None

    @observe(*_NAMES)
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
        jobs = session.buy(plan)
        several = is_batch(command, body)
        made = Batch(session, jobs, plan.told) if several else jobs[0]
        if command.variable:
            self._names[command.variable] = made
        waiting = stage.waits(asked=command.wait)
        if isinstance(made, Batch):
            stage.present_batch(made, waiting=waiting)
        else:
            stage.present(made, waiting=waiting, bought_before=not made.is_new)
