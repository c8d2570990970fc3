"""What the doctor's tests share: how a report is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import examine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._display.reports import Check
    from runcomfy_jupyter._session.session import Session


def told(checks: Sequence[Check], what: str) -> list[tuple[Kind, str, str]]:
    """Return what was found of one thing."""
    return [(check.kind, check.found, check.todo) for check in checks if check.what == what]


def bad(session: Session) -> dict[str, str]:
    """Return what a look at everything finds wrong, with what to do about it."""
    found = [check for check in examine(session) if check.kind is Kind.BAD]
    return {check.what: f"{check.found} | {check.todo}" for check in found}
