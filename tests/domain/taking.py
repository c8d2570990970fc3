"""Whether a field of a schema takes a value, in one word."""

from __future__ import annotations

from typing import Any

from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError


def takes(spec: Any, value: Any, **root: Any) -> bool:
    """Tell whether a field of this schema takes a value."""
    schema = Schema.parse({"properties": {"it": spec}, **root})
    try:
        schema.check({"it": value})
    except InputError:
        return False
    return True
