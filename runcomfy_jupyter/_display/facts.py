"""What is known of a job, in few words: what it was asked for, what it cost, where its files are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_jupyter._domain import figures, words
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.record import is_elsewhere

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import File, Record

_FACT = 40


def title(record: Record, model: ModelCard) -> str:
    """Return what tells a job from others: its prompt, else its first file.

    For a model that takes no prompt, else its first text; nothing where there is none of these.
    """
    inputs, schema = record.inputs, model.schema
    names = [schema.body.name] if schema.body is not None else []
    for name in (*names, "prompt"):
        if isinstance(said := inputs.get(name), str) and said.strip():
            return said
    for field, address in schema.files(inputs):
        # What comes after a question mark may open the file to anybody.
        return f"{field.title}: {address.partition('?')[0]}"
    if schema.body is not None:
        return ""
    texts = ((name, text) for name, text in inputs.items() if isinstance(text, str) and text.strip())
    return next((f"{name}: {text}" for name, text in texts), "")


def size_of(record: Record, model: ModelCard) -> tuple[int, int] | None:
    """Return width and height, or their proportion, if the inputs tell them: (1280, 720), (16, 9)."""
    return figures.shape(model.schema.resolve(record.inputs))


def facts(record: Record, model: ModelCard) -> list[str]:
    """Return what was asked for, in few words: 1280 × 720, 8 s."""
    resolved = model.schema.resolve(record.inputs)
    found = _shape(resolved)
    if (seconds := figures.seconds(resolved)) is not None:
        found.append(f"{seconds:g} s")
    if not record.files and (number := figures.outputs(resolved)) > 1:
        found.append(f"{number} outputs")
    return found


def _shape(resolved: Mapping[str, Any]) -> list[str]:
    """Say the size as it was asked for: a proportion is not told as pixels that nobody named."""
    ratio, resolution = (_word(resolved.get(name)) for name in ("aspect_ratio", "resolution"))
    if not ratio and (size := figures.pixels(resolved)):
        return [f"{size[0]} × {size[1]}"]
    return [word for word in (ratio, resolution) if word]


def _word(value: Any) -> str:
    return words.shorten(value, _FACT) if isinstance(value, str) else ""


def cost(record: Record) -> str:
    """Say what a job cost, or will cost; nothing where neither is known."""
    if record.cost_usd is not None:
        return words.dollars(record.cost_usd)
    return "" if record.estimate_usd is None else f"about {words.dollars(record.estimate_usd)}"


def caption(record: Record, model: ModelCard) -> list[str]:
    """Return the line of facts under a finished output."""
    found = [model.display_name, *facts(record, model), cost(record)]
    if record.took is not None:
        found.append(f"made in {words.duration(record.took)}")
    return [fact for fact in found if fact]


def near_path(path: str) -> str:
    """Return a path as it is written from here, if it lies below, with forward slashes."""
    if is_elsewhere(path):
        return path
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; the working folder is gone
        return path
    return path if relative.startswith("..") else Path(relative).as_posix()


def is_here(record: Record) -> bool:
    """Tell whether a job has succeeded and its outputs can be shown from here."""
    return record.state is State.SUCCEEDED and not missing(record.files)


def missing(files: tuple[File, ...]) -> list[str]:
    """Return the paths of delivered files that are not there any more."""
    return [file.path for file in files if not (is_elsewhere(file.path) or os.path.isfile(file.path))]  # noqa: PTH113 - it never raises
