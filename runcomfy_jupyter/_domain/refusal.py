"""One line for what does not fit: which field, what it takes, what was given, what was likely meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.legal import called, in_words, legal, nearest, shown, tidy
from runcomfy_jupyter._domain.mediums import LONGEST_ADDRESS
from runcomfy_jupyter.errors import InputError

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.legal import Rules
    from runcomfy_jupyter._domain.plain import NotPlainError
    from runcomfy_jupyter._domain.verdict import Misfit

NOTHING_SENT = "Nothing was sent."

_NO_UPLOAD = "A public https URL is needed; nothing is uploaded from here."
_MOST_STEPS = 5
_STEP_LENGTH = 30


def refusal(name: str, found: Misfit, takes: str = "") -> InputError:
    """Say what is wrong with a field's value. `takes`: what the whole field takes, in words."""
    where = called(name) + _steps(found.path)
    takes = takes if takes and not found.path else legal(found.rules)
    if said := found.rules.get("says", {}).get(found.keyword):
        return sorry(f"{where}: {said}")
    if found.keyword in _OTHERS:
        return _OTHERS[found.keyword](where, takes, found)
    near = nearest(found.value, _candidates(found.rules))
    return sorry(f"{where} takes {takes}, not {shown(found.value)}.", meant(near))


def unsayable(field: Field, value: Any, reason: NotPlainError) -> InputError:
    """Say that a value cannot be written as JSON."""
    if reason.half:
        return sorry(f"{called(field.name)} holds a character that is not whole (a lone surrogate).")
    # A path of Python, perhaps.
    hint = _NO_UPLOAD if field.medium else ""
    return sorry(f"{called(field.name)} takes {field.legal()}, not {shown(value)}.", hint)


def sorry(message: str, hint: str = "") -> InputError:
    """Return the error for what is asked for wrongly, before anything was sent."""
    return InputError(message, hint=f"{hint} {NOTHING_SENT}".strip())


def meant(near: Any) -> str:
    """Ask whether this is what was meant."""
    return "" if near is None else f"Did you mean {in_words([near])}?"


def _lacks(where: str, _: str, found: Misfit) -> InputError:
    lacking = in_words([part for part in found.rules["required"] if part not in found.value], "and")
    return sorry(f"{where} lacks {lacking}.")


def _has_more(where: str, _: str, found: Misfit) -> InputError:
    known = found.rules.get("properties", {})
    extra = next(part for part in found.value if part not in known)
    listed = f"It takes {in_words(list(known))}." if known else ""
    return sorry(f"{where} has no part {shown(extra)}.", meant(nearest(extra, known)) or listed)


def _repeats(where: str, _: str, __: Misfit) -> InputError:
    return sorry(f"{where} takes a value once, and names one twice.")


def _is_long(where: str, takes: str, found: Misfit) -> InputError:
    number = len(found.value)
    unit = "character" if isinstance(found.value, str) else "value"
    return sorry(f"{where} takes {takes}, not {number:,} {unit}{'' if number == 1 else 's'}.")


def _no_address(where: str, takes: str, found: Misfit) -> InputError:
    text = found.value
    if len(text) > LONGEST_ADDRESS:
        return sorry(f"{where} takes {takes}, not one of {len(text):,} characters.")
    hint = _NO_UPLOAD
    if text.lower().startswith("http://"):
        hint = "http does not do: it has to be https."
    return sorry(f"{where} takes {takes}, not {shown(text)}.", hint)


_OTHERS = {
    "required": _lacks,
    "additionalProperties": _has_more,
    "uniqueItems": _repeats,
    "medium": _no_address,
    **dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems"], _is_long),
}


def _steps(path: tuple[str | int, ...]) -> str:
    """Write the way to a part of a value: images[0], camera.speed."""
    steps = [
        f"[{step}]" if isinstance(step, int) else f".{tidy(step, _STEP_LENGTH) or shown(step)}"
        for step in path[:_MOST_STEPS]
    ]
    return "".join([*steps, *(["…"] if len(path) > _MOST_STEPS else [])])


def _candidates(rules: Rules) -> list[Any]:
    """Return the values that are listed, in whichever of several forms."""
    forms = rules.get("anyOf", ())
    return [*rules.get("enum", ()), *(value for form in forms for value in _candidates(form))]
