"""Where each setting comes from: argument › %config › environment › file › default."""

from __future__ import annotations

from runcomfy_jupyter.settings.endpoints import LOOPBACK, Endpoint, base_of, endpoint
from runcomfy_jupyter.settings.options import SETTINGS, Options, Setting, check_option
from runcomfy_jupyter.settings.surroundings import (
    home,
    notebook,
    on_colab,
    on_vscode,
    sandbox_asked_for,
    way_on,
)
from runcomfy_jupyter.settings.tokens import (
    TOKEN_VARIABLES,
    Secret,
    find_token,
    is_sendable,
    store,
    token_file,
    token_source,
)

__all__ = [
    "LOOPBACK",
    "SETTINGS",
    "TOKEN_VARIABLES",
    "Endpoint",
    "Options",
    "Secret",
    "Setting",
    "base_of",
    "check_option",
    "endpoint",
    "find_token",
    "home",
    "is_sendable",
    "notebook",
    "on_colab",
    "on_vscode",
    "sandbox_asked_for",
    "store",
    "token_file",
    "token_source",
    "way_on",
]
