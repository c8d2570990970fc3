"""The words of `%sora help` and `%%sora --help`, from the same tables that the magics read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._notebook.grammar import FLAGS

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.models import ModelCard

_EXAMPLE = """\
    %%sora clip --size 1280x720 --seconds 8
    A red panda surfs a long wave at dawn, {mood}"""


def cell_help(model: ModelCard) -> str:
    """Return what a `%%sora` cell takes, for a model."""
    options = []
    for field in model.schema.fields:
        if field.name == "prompt":
            continue
        word = str(field.default).lower() if isinstance(field.default, bool) else field.default
        default = "" if field.default is None else f" (default {word})"
        options.append((f"--{field.name} …", f"{field.title}: {field.legal()}{default}"))
    options += [(f"--{name}", what) for name, what in FLAGS.items()]
    width = max(len(name) for name, _ in options)
    listed = "\n".join(f"  {name.ljust(width)}  {what}" for name, what in options)
    return (
        f"%%sora [NAME] [OPTIONS]    makes a video with {model.display_name} ({model.model_id})\n\n"
        f"{_EXAMPLE}\n\n"
        "NAME is a variable that receives the job. The lines below are the prompt; {mood} is your\n"
        "variable, and {{ and }} are braces.\n\n"
        f"{listed}\n\n"
        "Running the same cell again shows what it made: nothing is paid twice."
    )
