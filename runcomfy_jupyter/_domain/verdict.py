"""Whether a value fits its rules. The library `jsonschema` judges."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.mediums import is_address
from runcomfy_jupyter._domain.plain import same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_jupyter._domain.legal import Rules


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first thing that does not fit: its place, itself, and the rules that it fails by a keyword."""

    path: tuple[str | int, ...]
    value: Any
    keyword: str
    rules: Rules


def misfit(rules: Rules, value: Any) -> Misfit | None:
    """Return the first thing about a JSON value that does not fit, or None where all of it fits."""
    if certain(rules, value):
        return None
    error = next(_validator()(rules).iter_errors(value), None)
    return None if error is None else _told(error)


def certain(rules: Rules, value: Any) -> bool:
    """Tell without the library whether a value surely fits: a plain one, under plain rules.

    The library takes a second to come where JupyterLab has brought all that it can use, and most
    cells have nothing for it to judge.
    """
    if not rules.keys() <= {"type", "enum", "says", "notes", "minimum", "maximum"}:
        return False
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }
    if not fits.get(str(rules.get("type")), False):
        return False
    ranged = rules["type"] in ("integer", "number")
    low, high = rules.get("minimum", value), rules.get("maximum", value)
    return (not ranged or low <= value <= high) and (
        "enum" not in rules or any(same(value, legal) for legal in rules["enum"])
    )


def _told(error: Any) -> Misfit:
    """Read the library's error; of forms of which one had to fit, take the only one of the right type."""
    near = {one.schema_path[0]: one for one in reversed(error.context)}
    wrong = {one.schema_path[0] for one in error.context if not _goes_deeper(one)}
    likely = [one for form, one in near.items() if form not in wrong]
    if len(likely) == 1:
        return _told(likely[0])
    return Misfit(tuple(error.absolute_path), error.instance, error.validator, dict(error.schema))


def _goes_deeper(error: Any) -> bool:
    """Tell whether an error of a form is about more than the type of the whole."""
    return bool(error.path) or error.validator not in {"type", "enum"}


@cache
def _validator() -> Any:
    """Return the library's validator, with the meanings of ours, and with nothing that it could fetch."""
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - see `certain`
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - as above
    from referencing import Registry  # noqa: PLC0415 - as above

    def check(holds: Any) -> Any:
        def judge(_: Any, expected: Any, value: Any, __: Any) -> Iterable[Any]:
            if not holds(expected, value):
                yield ValidationError("")

        return judge

    ours = {"multipleOf": check(_is_multiple), "medium": check(_is_file), "enum": check(_is_listed)}
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: _is_whole(value))
    judge = validators.extend(Draft202012Validator, ours, type_checker=types)
    return partial(judge, registry=Registry())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_multiple(step: Any, value: Any) -> bool:
    """Tell whether a number is a multiple as it is written: 0.3 of 0.1, though no float is either."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return (Fraction(str(value)) / Fraction(str(step))).denominator == 1


def _is_file(_: Any, value: Any) -> bool:
    return not isinstance(value, str) or is_address(value)


def _is_listed(legal: list[Any], value: Any) -> bool:
    return any(same(value, one) for one in legal)
