"""How Chromium is started for tests."""

from __future__ import annotations

import os

CHROMIUM_FLAGS = (
    # Chromium's own sandbox does not work as root, where containers and CI mostly run.
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
