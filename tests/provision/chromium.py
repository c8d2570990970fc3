"""Find a Chromium that plays the tests' videos, or get one, and print its path as the last line.

Tried in this order: the variable CHROMIUM, what is installed, Playwright's own download, Debian's package.
A browser counts only when it starts and can play H.264 with AAC: builds without those codecs exist.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error, Playwright, sync_playwright

from support.browser import CHROMIUM_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CODECS = 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"'
DOWNLOAD_SECONDS = 300


def say(text: str) -> None:
    """Report progress beside the answer on standard output."""
    print(f"· Chromium: {text}", file=sys.stderr, flush=True)


def run(*command: str, seconds: int = DOWNLOAD_SECONDS) -> bool:
    """Run a command quietly; its last words are shown when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"{command[0]}: {error}")
        return False
    if done.returncode:
        say("\n".join((done.stderr or done.stdout).strip().splitlines()[-3:]))
    return done.returncode == 0


def candidates(playwright: Playwright) -> Iterator[tuple[str, str]]:
    """Yield (where from, path), getting a browser only when those before it were not good enough."""
    if chosen := os.environ.get("CHROMIUM"):
        yield "the variable CHROMIUM", chosen
    for name in INSTALLED:
        if path := shutil.which(name):
            yield "installed", path
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        say("none is installed, trying Playwright's own …")
        with_libraries = ["--with-deps"] if os.geteuid() == 0 else []
        run(sys.executable, "-m", "playwright", "install", *with_libraries, "chromium")
    if Path(own).exists():
        yield "Playwright's own", own
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Playwright's own could not be had, trying Debian's package …")
        run("apt-get", "-qq", "update")
        run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium", seconds=600)
        if path := shutil.which("chromium"):
            yield "Debian's package", path


def plays(playwright: Playwright, path: str) -> bool:
    """Tell whether this browser starts and can play what RunComfy delivers."""
    try:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        try:
            answer = browser.new_page().evaluate(f"document.createElement('video').canPlayType('{CODECS}')")
        finally:
            browser.close()
    except Error as error:
        say(f"{path} does not start: {error.message.splitlines()[0]}")
        return False
    if not answer:
        say(f"{path} starts, but plays no H.264 with AAC")
    return bool(answer)


def main() -> None:
    """Print the path of the first browser that will do."""
    with sync_playwright() as playwright:
        for origin, path in candidates(playwright):
            if plays(playwright, path):
                say(f"{path} ({origin})")
                print(path)
                return
    sys.exit(
        "The browser tests need a Chromium that plays H.264. None was found, and neither Playwright's "
        "download nor Debian's package could be had. Install one and name it: make test CHROMIUM=/path/to/it"
    )


if __name__ == "__main__":
    main()
