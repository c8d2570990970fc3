"""Make AI video from a notebook: `%load_ext runcomfy_jupyter`, then `%%sora` and a prompt.

Everything is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._notebook.panel import Panel
    from runcomfy_jupyter._session.batch import Batch
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.process import get, jobs, submit, submit_many
    from runcomfy_jupyter.errors import (
        BadReply,
        BalanceError,
        Busy,
        CostError,
        DeliveryError,
        InputError,
        JobCancelled,
        JobFailed,
        JobUndelivered,
        ModelError,
        NotFound,
        RequestGone,
        RunComfyError,
        ServiceError,
        StorageError,
        SubmissionUnconfirmed,
        TokenError,
        Unreachable,
        UserError,
        WaitInterrupted,
    )

__version__ = "0.1.0"

__all__ = [
    "BadReply",
    "BalanceError",
    "Batch",
    "Busy",
    "Client",
    "CostError",
    "DeliveryError",
    "InputError",
    "Job",
    "JobCancelled",
    "JobFailed",
    "JobUndelivered",
    "ModelError",
    "NotFound",
    "Panel",
    "RequestGone",
    "RunComfyError",
    "ServiceError",
    "StorageError",
    "SubmissionUnconfirmed",
    "TokenError",
    "Unreachable",
    "UserError",
    "WaitInterrupted",
    "get",
    "jobs",
    "submit",
    "submit_many",
]

_HOMES = {
    "Batch": "runcomfy_jupyter._session.batch",
    "Client": "runcomfy_jupyter._client.client",
    "Job": "runcomfy_jupyter._session.job",
    "Panel": "runcomfy_jupyter._notebook.panel",
    "get": "runcomfy_jupyter._session.process",
    "jobs": "runcomfy_jupyter._session.process",
    "submit": "runcomfy_jupyter._session.process",
    "submit_many": "runcomfy_jupyter._session.process",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_HOMES.get(name, "runcomfy_jupyter.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics `%sora` and `%%sora` to a shell; nothing else changes."""
    from runcomfy_jupyter import extension  # noqa: PLC0415 - importing the package must stay light

    extension.load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away and stop what runs; nothing is lost."""
    from runcomfy_jupyter import extension  # noqa: PLC0415 - as above

    extension.unload(shell)
