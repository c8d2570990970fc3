"""What is installed, and where: the kernel's own environment, as far as it can be known from within."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import site
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

import runcomfy_jupyter
from runcomfy_jupyter._display.reports import Check
from runcomfy_jupyter._display.shapes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_US = "runcomfy_jupyter"
_SHELLS = ("IPython", "ipykernel", "ipywidgets")
_LIBRARIES = ("jupyterlab", "notebook", "httpx", "nest_asyncio", "nest_asyncio2")
_REQUIREMENT = re.compile(r"\s*([\w.-]+)\s*>=\s*([\d.]+)\s*(?:;.*extra == ['\"](\w+)['\"])?")
# Extras of ours that users install; of the others nobody needs to hear.
_EXTRAS = {"sandbox", "media", "lab"}
# ipywidgets of one generation speak to one generation of JupyterLab's part of it.
_LAB_PARTS = {7: 1, 8: 3}
_NESTING_KERNEL = 7


def versions() -> list[Check]:
    """Tell the versions of what matters."""
    first = [f"{_US} {runcomfy_jupyter.__version__}", f"Python {platform.python_version()}"]
    return [
        Check(Kind.GOOD, "Versions", ", ".join([*first, *_present(_SHELLS)])),
        Check(Kind.GOOD, "Libraries", ", ".join(_present(_LIBRARIES))),
    ]


def _present(names: Iterable[str]) -> list[str]:
    return [f"{name} {number}" for name in names if (number := version(name))]


def packages() -> list[Check]:
    """Compare what is installed with what this package says that it needs."""
    own = _own()
    if own is None:
        return []  # what it needs is written where it is installed; `environment` tells
    checks = list(_outdated(own))
    loaded = runcomfy_jupyter.__version__
    if own.version != loaded:
        told = f"{_US} {own.version} is installed, but this kernel still has {loaded}"
        checks.append(Check(Kind.CARE, "Packages", told, "Restart the kernel."))
    return checks or [Check(Kind.GOOD, "Packages", "everything needed is here, and new enough")]


def _outdated(own: importlib.metadata.Distribution) -> Iterator[Check]:
    for requirement in own.requires or ():
        match = _REQUIREMENT.match(requirement)
        if match is None or (match[3] and match[3] not in _EXTRAS):
            continue
        name, least, extra = match.groups()
        here = version(name)
        mend = f'Run `%pip install "{name}>={least}"`, then restart the kernel.'
        if here is None and not extra:
            yield Check(Kind.BAD, "Packages", f"{name} is not installed in this kernel's environment", mend)
        elif here is not None and numbers(here) < numbers(least):
            kind = Kind.CARE if extra else Kind.BAD
            yield Check(kind, "Packages", f"{name} {here} is too old: {least} is the oldest that works", mend)


def environment() -> list[Check]:
    """Look whether this package is of the kernel's own environment, and there once."""
    package, own = Path(runcomfy_jupyter.__file__).resolve().parent, _own()
    here = Path(sys.prefix)
    mend = f"Run `%pip install {_US}` in this kernel, then restart it."
    if own is None or not _belongs(own):
        told = f"{_US} comes from {package.parent}, but the kernel's environment is {here}"
        return [Check(Kind.CARE, "Environment", told, mend)]
    copies = {path for copy in importlib.metadata.distributions(name=_US) if (path := _home(copy))} | {
        package
    }
    if len(copies) > 1:
        others = ", ".join(sorted(str(path.parent) for path in copies - {package}))
        told = f"{_US} is installed more than once: {package.parent} is used, and there is {others}"
        mend = f"Run `%pip uninstall {_US}` until none is left, install it once, restart the kernel."
        return [Check(Kind.CARE, "Environment", told, mend)]
    return [Check(Kind.GOOD, "Environment", f"{here}", _other_shell(here))]


def _other_shell(here: Path) -> str:
    """Say where the shell that Jupyter was started from would install packages, if not here."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        active = os.environ.get(name)
        if active and Path(active).resolve() != here.resolve():
            return f"Jupyter was started from {active}: to install something for this kernel use `%pip`."
    return ""


def _own() -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(_US)
    except importlib.metadata.PackageNotFoundError:
        return None


def _belongs(own: importlib.metadata.Distribution) -> bool:
    """Tell whether a distribution lies in this environment, or in the user's own beside it."""
    place = Path(str(own.locate_file(""))).resolve()
    tops = [sys.prefix, sys.base_prefix if sys.prefix == sys.base_prefix else "", site.getusersitepackages()]
    return any(place.is_relative_to(Path(top).resolve()) for top in tops if top) or _is_system(place)


def _is_system(place: Path) -> bool:
    """Tell whether it is where this Python itself looks, as with system packages of a distribution."""
    return place in {Path(folder).resolve() for folder in site.getsitepackages()}


def _home(copy: importlib.metadata.Distribution) -> Path | None:
    """Return the folder of the package that a distribution stands for, if it is there."""
    folder = Path(str(copy.locate_file(_US)))
    try:
        told = json.loads(copy.read_text("direct_url.json") or "{}")
        if told.get("dir_info", {}).get("editable"):
            folder = Path(url2pathname(urlsplit(told["url"]).path)) / _US
    except (ValueError, KeyError, AttributeError, TypeError):
        pass
    return folder.resolve() if folder.is_dir() else None


def widgets() -> list[Check]:
    """Compare ipywidgets with JupyterLab's part of it, where that is in this environment, too."""
    kernels, labs = version("ipywidgets"), version("jupyterlab_widgets")
    if kernels is None:
        return []  # `packages` tells
    generation = numbers(kernels)[0]
    wanted = _LAB_PARTS.get(generation)
    if version("jupyterlab") is None or wanted is None:
        told = "the page's part of ipywidgets is with the Jupyter server, which is not of this environment"
        mend = "If a row shows 'Error displaying widget', install ipywidgets there, too, and reload the page."
        return [Check(Kind.GOOD, "Widgets", f"ipywidgets {kernels}; {told}", mend)]
    if labs is None or numbers(labs)[0] != wanted:
        found = "is not installed" if labs is None else f"is {labs}"
        told = f"ipywidgets {kernels} needs jupyterlab_widgets {wanted}, which {found}: live rows stay empty"
        mend = "Run `%pip install -U ipywidgets jupyterlab_widgets`, restart JupyterLab, reload the page."
        return [Check(Kind.CARE, "Widgets", told, mend)]
    return [Check(Kind.GOOD, "Widgets", f"ipywidgets {kernels} and jupyterlab_widgets {labs} fit")]


def event_loop() -> list[Check]:
    """Tell whether waiting for a job lets the user's own tasks go on."""
    kernel = getattr(sys.modules.get("ipykernel"), "version_info", (0,))
    is_new = kernel[0] >= _NESTING_KERNEL
    if is_new and asyncio.run.__module__ == "nest_asyncio":
        told = f"nest_asyncio is applied, and with ipykernel {kernel[0]} it can drop cells of a Run All"
        mend = "Take nest_asyncio.apply() out, restart the kernel; nest_asyncio2 does the same safely."
        return [Check(Kind.CARE, "Event loop", told, mend)]
    still = "job.wait() works; while it waits your own asyncio tasks stand still"
    if type(asyncio.get_event_loop_policy()).__module__.startswith("uvloop"):
        return [Check(Kind.GOOD, "Event loop", still, "uvloop does not nest: `await job` lets them go on.")]
    if is_new and importlib.util.find_spec("nest_asyncio2") is None:
        return [Check(Kind.GOOD, "Event loop", still, "`%pip install nest_asyncio2` lets them go on.")]
    return [Check(Kind.GOOD, "Event loop", "job.wait() lets your own asyncio tasks go on")]


def version(name: str) -> str | None:
    """Return the version of a package of this environment, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def numbers(text: str) -> tuple[int, ...]:
    """Return a version's leading numbers, without the zeros at its end: 1.10.0rc1 is 1.10."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    found = [int(part) for part in match[0].split(".")] if match else [0]
    while len(found) > 1 and found[-1] == 0:
        found.pop()
    return tuple(found)
