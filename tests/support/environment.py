"""Environment variables for processes that must not touch the account, or the home, of whoever runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ACCOUNTS = (
    "RUNCOMFY_API_KEY",
    "RUNCOMFY_API_TOKEN",
    "RUNCOMFY_CONFIG_DIR",
    "RUNCOMFY_MODEL_API_BASE",
    "RUNCOMFY_SERVERLESS_API_BASE",
    "RUNCOMFY_TOKEN",
    "YOUR_API_TOKEN",
)
SWITCHES = ("RUNCOMFY_JUPYTER_HOME", "RUNCOMFY_SANDBOX")


def without_accounts(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without anything that could reach, or bill, an account."""
    return {name: value for name, value in environment.items() if name not in ACCOUNTS}


def homes(folder: Path) -> dict[str, str]:
    """Make `folder` a home, and return the variables that have a process take it for its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / ".jupyter"),
        "JUPYTER_DATA_DIR": str(folder / ".jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(folder / ".jupyter-run"),
        "RUNCOMFY_JUPYTER_HOME": str(folder / "ledger"),
        "XDG_CACHE_HOME": str(folder / ".cache"),
        "XDG_CONFIG_HOME": str(folder / ".config"),
        "XDG_DATA_HOME": str(folder / ".local" / "share"),
    }
