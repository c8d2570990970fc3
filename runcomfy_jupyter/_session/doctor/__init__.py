"""A look at everything a video needs, at what is wrong with it, and at what to do about that.

Nothing is changed, generated or paid for. A look that fails itself is told, too.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_jupyter._display.reports import Check
from runcomfy_jupyter._display.shapes import Kind
from runcomfy_jupyter._session.doctor import disk, installed, service
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_jupyter._session.session import Session

SECONDS = 5.0


class _Look(NamedTuple):
    """What is looked at; our own errors that it raises are what it found."""

    what: str
    checks: Callable[[Session], list[Check]]


_LOOKS = (
    _Look("Versions", lambda _: installed.versions()),
    _Look("Packages", lambda _: installed.packages()),
    _Look("Environment", lambda _: installed.environment()),
    _Look("Widgets", lambda _: installed.widgets()),
    _Look("Event loop", lambda _: installed.event_loop()),
    _Look("Sandbox", service.sandbox),
    _Look("Token", service.token),
    _Look("Address", service.address),
    _Look("Account", service.account),
    _Look("Model", service.model),
    _Look("Ledger", disk.ledger),
    _Look("Video folder", disk.videos),
)


def examine(session: Session, *, seconds: float = SECONDS) -> list[Check]:
    """Look at everything at once, and return what was found. Neither raises nor holds the token.

    `seconds`: what has not answered by then is not waited for.
    """
    found: dict[str, list[Check]] = {}

    def carry_out(look: _Look) -> None:
        found[look.what] = _guarded(look, session)

    # Threads of our own: those of a pool would be waited for at the end of the process.
    threads = [threading.Thread(target=carry_out, args=(look,), daemon=True) for look in _LOOKS]
    until = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return [check for look in _LOOKS for check in found.get(look.what, [_late(look.what, seconds)])]


def _guarded(look: _Look, session: Session) -> list[Check]:
    try:
        return look.checks(session)
    except RunComfyError as error:
        return [Check(Kind.BAD, look.what, error.message, error.hint)]
    except Exception as error:  # noqa: BLE001 - one look that fails must not hide what the others found
        # Its words may hold anything, the token included.
        return [Check(Kind.CARE, look.what, f"this could not be looked at ({type(error).__name__})")]


def _late(what: str, seconds: float) -> Check:
    return Check(Kind.CARE, what, f"no answer within {seconds:g} s; it was not waited for")
