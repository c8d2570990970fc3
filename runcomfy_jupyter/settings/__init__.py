"""Where each setting comes from: argument › %config › environment › file › default."""

from __future__ import annotations

from runcomfy_jupyter.settings.endpoints import Endpoint, base_of, endpoint, normalise_base
from runcomfy_jupyter.settings.options import SETTINGS, Options, Setting, check_option
from runcomfy_jupyter.settings.surroundings import home, notebook, on_colab, on_vscode, sandbox_asked_for
from runcomfy_jupyter.settings.tokens import (
    TOKEN_VARIABLES,
    Secret,
    find_token,
    store,
    token_file,
    token_source,
)

__all__ = [
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
    "normalise_base",
    "notebook",
    "on_colab",
    "on_vscode",
    "sandbox_asked_for",
    "store",
    "token_file",
    "token_source",
]
