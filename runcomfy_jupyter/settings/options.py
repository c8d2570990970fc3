"""What `%config Sora.<name>` sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.models import SORA_2, is_model_id
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable


_LARGEST_USD = 1_000_000
_MOST_IN_FLIGHT = 1000


@dataclass(slots=True)
class Options:
    """What `%config Sora.<name>` sets. Every value passes `check_option` first.

    `max_cost_usd` bounds each submission, `session_budget_usd` all of one kernel; None: no bound.
    """

    model: str = SORA_2
    save_dir: str = "videos"
    embed_limit_mb: float = 20.0
    wait: str = "auto"
    max_cost_usd: float | None = None
    session_budget_usd: float | None = None
    max_in_flight: int = 8
    max_download_mb: float = 2048.0


def check_option(name: str, value: Any) -> Any:
    """Return the value an option takes; raise `InputError` with the reason otherwise."""
    fits, takes = _CHECKS[name]
    if not fits(value):
        raise InputError(f"Sora.{name} takes {takes}, not {value!r}.")
    return value


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


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "model": (is_model_id, f"a model's id, such as {SORA_2}"),
    "save_dir": (_is_folder, "the name of a folder"),
    "embed_limit_mb": (_is_size, "a number of megabytes above 0"),
    "wait": (lambda value: value in ("auto", "yes", "no"), "auto, yes or no"),
    "max_cost_usd": (_is_bound, "an amount of US dollars above 0, or None"),
    "session_budget_usd": (_is_bound, "an amount of US dollars above 0, or None"),
    "max_in_flight": (_is_count, f"a whole number from 1 to {_MOST_IN_FLIGHT}"),
    "max_download_mb": (_is_size, "a number of megabytes above 0"),
}
