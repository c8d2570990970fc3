"""Where each setting comes from: argument › %config › environment › file › default."""

from __future__ import annotations

from runcomfy_jupyter.settings.endpoints import (
    OFFICIAL_ACCOUNT_BASE,
    OFFICIAL_BASE,
    Endpoint,
    base_of,
    endpoint,
    normalise_base,
)
from runcomfy_jupyter.settings.options import Options, check_option
from runcomfy_jupyter.settings.surroundings import home, notebook, on_colab, on_vscode, sandbox_asked_for
from runcomfy_jupyter.settings.tokens import TOKEN_VARIABLES, Secret, store, token_file, token_source

__all__ = [
    "OFFICIAL_ACCOUNT_BASE",
    "OFFICIAL_BASE",
    "TOKEN_VARIABLES",
    "Endpoint",
    "Options",
    "Secret",
    "base_of",
    "check_option",
    "endpoint",
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
