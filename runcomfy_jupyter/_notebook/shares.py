"""Which inputs of a model a form shows at once, which behind a button, and which as JSON. Pure.

A form of hundreds of fields is long to draw and longer to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.legal import called
from runcomfy_jupyter._domain.refusal import NOTHING_SENT
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.schema import Schema

# So many are seen at once; a few more are not worth a button.
SEEN, A_FEW = 12, 4
# So many have a control of their own, seen or not.
OWN = 36
FURTHER = "further inputs"

# What people look for first, whatever its place in a schema. A part of the name will do.
_COMMON = (
    "prompt",
    "size",
    "resolution",
    "aspect",
    "duration",
    "seconds",
    "length",
    "image",
    "video",
    "audio",
    "seed",
)


class Shares(NamedTuple):
    """Names of fields, in the schema's order: `seen` at once, `more` behind a button, the `rest` as JSON."""

    seen: tuple[str, ...]
    more: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


def shares(schema: Schema) -> Shares:
    """Share out a model's fields: what it requires first, then what is common, then by their order."""
    names = tuple(field.name for field in schema.fields)
    if len(names) <= SEEN + A_FEW:
        return Shares(names)
    body = schema.body
    ranked = sorted(schema.fields, key=lambda field: 0 if field is body else _rank(field))
    by_rank = [field.name for field in ranked]
    required = sum(field.required for field in schema.fields)
    seen, own = set(by_rank[: max(SEEN, min(required, OWN))]), set(by_rank[:OWN])
    return Shares(
        tuple(name for name in names if name in seen),
        tuple(name for name in names if name in own - seen),
        tuple(name for name in names if name not in own),
    )


def further(text: str, own: frozenset[str]) -> dict[str, Any]:
    """Return the inputs that a JSON object names; raise `InputError`. `own`: those with a control."""
    if not text.strip():
        return {}
    inputs: dict[str, Any] = Field(FURTHER, FURTHER.capitalize(), "object").from_text(text)
    if twice := sorted(own & inputs.keys()):
        hint = f"Say it there. {NOTHING_SENT}"
        raise InputError(f"{called(twice[0])} has a field of its own in the panel.", hint=hint)
    return inputs


def _rank(field: Field) -> int:
    if field.required:
        return 0
    return 1 if any(part in field.name.lower() for part in _COMMON) else 2
