"""What `%config Sora.<name>` sets. A setting is declared here, and nowhere else: a line of `Options`."""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from runcomfy_jupyter._domain.models import SORA_2, is_model_id
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LARGEST_USD = 1_000_000
_MOST_IN_FLIGHT = 1000


class Takes(NamedTuple):
    """What a setting takes: in words, as a check, and one by one where they are few."""

    told: str
    fits: Callable[[Any], bool]
    words: tuple[str, ...] = ()


class Setting(NamedTuple):
    """A setting as it is declared; `kind` is its type as it is annotated, such as "float | None"."""

    default: Any
    kind: str
    does: str
    takes: Takes


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_size(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_bound(value: Any) -> bool:
    return value is None or (_is_number(value) and 0 < value <= _LARGEST_USD)


def _is_folder(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_IN_FLIGHT


def _one_of(*words: str) -> Takes:
    return Takes(f"{', '.join(words[:-1])} or {words[-1]}", lambda value: value in words, words)


_MODEL = Takes(f"a model's id, such as {SORA_2}", is_model_id)
_FOLDER = Takes("the name of a folder", _is_folder)
_SIZE = Takes("a number of megabytes above 0", _is_size)
_BOUND = Takes("an amount of US dollars above 0, or None", _is_bound)
_COUNT = Takes(f"a whole number from 1 to {_MOST_IN_FLIGHT}", _is_count)


def _setting(default: Any, takes: Takes, does: str) -> Any:
    """Declare a setting. `does`: what `%config Sora` says of it."""
    return field(default=default, metadata={"takes": takes, "does": does})


@dataclass(slots=True)
class Options:
    """What `%config Sora.<name>` sets. Every value passes `check_option` first.

    `max_cost_usd` bounds each submission, `session_budget_usd` all of one kernel; None: no bound.
    """

    model: str = _setting(SORA_2, _MODEL, "id of the model that cells without --model use")
    save_dir: str = _setting("videos", _FOLDER, "folder of the videos, beside the notebook")
    embed_limit_mb: float = _setting(20.0, _SIZE, "megabytes up to which a video is put into the notebook")
    wait: str = _setting(
        "auto", _one_of("auto", "yes", "no"), "auto, yes or no: does a cell wait for its video"
    )
    max_cost_usd: float | None = _setting(None, _BOUND, "US dollars that one cell may cost at most")
    session_budget_usd: float | None = _setting(
        None, _BOUND, "US dollars that all cells of this kernel may cost together"
    )
    max_in_flight: int = _setting(8, _COUNT, "requests that are out at a time at most")
    max_download_mb: float = _setting(2048.0, _SIZE, "megabytes that a video may have")


SETTINGS: Mapping[str, Setting] = {
    one.name: Setting(one.default, str(one.type), one.metadata["does"], one.metadata["takes"])
    for one in fields(Options)
}


def check_option(name: str, value: Any) -> Any:
    """Return the value an option takes; raise `InputError` with the reason otherwise."""
    takes = SETTINGS[name].takes
    if not takes.fits(value):
        raise InputError(f"Sora.{name} takes {takes.told}, not {reprlib.repr(value)}.")
    return value
