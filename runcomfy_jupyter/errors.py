"""Everything this package raises on purpose, sorted by who can mend it.

RunComfyError
├── UserError                  you can mend it; nothing is lost
│   ├── InputError             a field, option, placeholder or setting is wrong (also a ValueError)
│   ├── NotFound               no such job in the ledger (also a LookupError)
│   ├── TokenError             no token, or the service does not accept it
│   ├── CostError              it would cost more than you allow
│   ├── BalanceError           the account's balance does not cover the request
│   ├── ModelError             the service has no such model
│   └── StorageError           the disk refused: full, read-only, locked
├── ServiceError               they, or time, can mend it
│   ├── Unreachable            no connection came about; nothing was sent
│   ├── Busy                   the service asks to come back later
│   ├── BadReply               an answer that cannot be understood, or none at all
│   ├── RequestGone            the service no longer has this request
│   ├── DeliveryError          a result's file could not be had
│   │   ├── DeliveryCut        the way to it broke; what has come is good
│   │   └── LinkExpired        its address no longer leads to it; a new result may bring another
│   ├── JobFailed              the request ended as failed, or was refused
│   ├── JobCancelled           the request ended as cancelled
│   └── JobUndelivered         it succeeded at the service, but the file is not here yet
└── SubmissionUnconfirmed      nobody knows yet: the request may be running, and billed

WaitInterrupted                a KeyboardInterrupt: the waiting was stopped, the job was not
TimedOut                       a TimeoutError: the waiting came to its end, the job goes on

Anything else that comes out of this package, `IllegalMove` included, is a bug of ours and
keeps its full traceback.
"""

from __future__ import annotations


class RunComfyError(Exception):
    """Say in one line what happened, and in `hint` what to do now."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        # What the service says ends as it likes; a hint behind it begins a sentence of its own.
        stop = "." if self.hint and self.message[-1:].isalnum() else ""
        return f"{self.message}{stop} {self.hint}".strip()

    def _render_traceback_(self) -> list[str]:
        """Give IPython one line in place of a traceback.

        The cell still fails with the real type, so nbclient and papermill see a failure.
        """
        return [f"{type(self).__name__}: {self}"]


class UserError(RunComfyError):
    """You can mend it, and nothing was lost."""


class InputError(UserError, ValueError):
    """A field, option, placeholder or setting is wrong; nothing was sent."""


class NotFound(UserError, LookupError):
    """The ledger has no such job."""


class TokenError(UserError):
    """There is no token, or the service does not accept it."""


class CostError(UserError):
    """It would cost more than you allow, or nobody knows what it would cost; nothing was sent."""


class BalanceError(UserError):
    """The account's balance does not cover the request."""


class ModelError(UserError):
    """The service has no such model."""


class StorageError(UserError):
    """The disk refused: it is full, read-only or locked."""


class ServiceError(RunComfyError):
    """The service, or time, can mend it.

    `transient`: asking again later is worth it.
    `retry_after`: seconds the service asked to wait, if it did.
    """

    transient = False

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unreachable(ServiceError):
    """No connection came about, so not a byte of the request was sent."""

    transient = True


class Busy(ServiceError):
    """The service asks to come back later."""

    transient = True


class BadReply(ServiceError):
    """The answer cannot be understood, or never came."""

    transient = True


class RequestGone(ServiceError):
    """The service no longer has this request: it was deleted, or it expired."""


class DeliveryError(ServiceError):
    """The file of a result could not be had."""


class DeliveryCut(DeliveryError):
    """The way to the file broke, or its host is in trouble; what has come so far is good."""

    transient = True


class LinkExpired(DeliveryError):
    """The address of the file no longer leads to it; asking for the result again may bring another."""


class JobFailed(ServiceError):
    """The request ended as failed, or the service refused it."""


class JobCancelled(ServiceError):
    """The request ended as cancelled."""


class JobUndelivered(ServiceError):
    """The request succeeded at the service, but its file is not here yet."""


class SubmissionUnconfirmed(RunComfyError):
    """No clear answer to a submission came back: it may be running, and billed."""


class WaitInterrupted(KeyboardInterrupt):
    """The waiting was stopped; the job goes on.

    No `Exception`: a loop that goes on after errors must not go on after an interrupt.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class TimedOut(TimeoutError):
    """The waiting came to its end; the job goes on.

    No `RunComfyError`: nothing went wrong, and Python's own name for it is the one to catch.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())

    def _render_traceback_(self) -> list[str]:
        # By the name under which it is caught.
        return [f"TimeoutError: {self}"]


class IllegalMove(RuntimeError):
    """A job was moved to a state that may not follow its own: a bug of this package."""
