"""Paths of the API, built from ids that are checked: nothing of a reply gets into an address."""

from __future__ import annotations

import re
from typing import TypeGuard

from runcomfy_jupyter._client.words import plain
from runcomfy_jupyter._domain.models import is_model_id
from runcomfy_jupyter.errors import InputError

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def is_request_id(value: object) -> TypeGuard[str]:
    """Tell whether this is an id as RunComfy's own clients accept it."""
    return isinstance(value, str) and _REQUEST_ID.fullmatch(value) is not None


def model_path(model: str) -> str:
    """Return the path to submit to a model, or to read its card; raise `InputError` for no id."""
    if not is_model_id(model):
        message = f"{plain(model, 80)!r} is no model id."
        raise InputError(message, hint="One looks like openai/sora-2/text-to-video. Nothing was sent.")
    return f"/models/{model}"


def request_path(request_id: str, call: str) -> str:
    """Return the path of a request's `status`, `result` or `cancel`; raise `InputError` for no id."""
    if not is_request_id(request_id):
        message = f"{plain(request_id, 80)!r} is no request id."
        raise InputError(message, hint="One is 1 to 128 letters, digits, '_' and '-'. Nothing was sent.")
    return f"/requests/{request_id}/{call}"
