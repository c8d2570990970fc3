"""The magics `%%sora` and `%sora`. They read, ask the session and show; nothing is decided here."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Float, TraitError, Unicode, observe, validate

from runcomfy_jupyter._notebook import commands
from runcomfy_jupyter._notebook.grammar import fill, parse
from runcomfy_jupyter._notebook.help import cell_help
from runcomfy_jupyter._notebook.stage import Stage
from runcomfy_jupyter.errors import InputError
from runcomfy_jupyter.settings import Options, check_option

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._session.session import Session

_DEFAULTS = Options()


@magics_class
class Sora(Magics):
    """Make AI video from a notebook. `%config Sora` lists these settings, `%sora` the commands."""

    save_dir = Unicode(_DEFAULTS.save_dir, config=True, help="folder of the videos, beside the notebook")
    embed_limit_mb = Float(
        _DEFAULTS.embed_limit_mb, config=True, help="megabytes up to which a video is put into the notebook"
    )
    wait = Unicode(_DEFAULTS.wait, config=True, help="auto, yes or no: does a cell wait for its video")
    max_download_mb = Float(_DEFAULTS.max_download_mb, config=True, help="megabytes that a video may have")

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

    @validate("save_dir", "embed_limit_mb", "wait", "max_download_mb")
    def _checked(self, proposal: Any) -> Any:
        try:
            return check_option(proposal["trait"].name, proposal["value"])
        except InputError as error:
            raise TraitError(str(error)) from None

    @observe("save_dir", "embed_limit_mb", "wait", "max_download_mb")
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
            return
        model = self.session.model()
        command = parse(line, model.schema)
        if command.help:
            print(cell_help(model))  # noqa: T201 - help is text
            return
        prompt = fill(cell.rstrip("\n"), self._names)
        job = self.session.submit(prompt, again=command.again, **command.inputs)
        if command.variable:
            self._names[command.variable] = job
        waiting = self._stage.waits(asked=command.wait)
        self._stage.present(job, waiting=waiting, bought_before=not job.is_new)
