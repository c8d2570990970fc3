"""What a wheel and an sdist hold, and each way in which that is not what they should hold."""

from __future__ import annotations

import base64
import csv
import hashlib
import subprocess
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "runcomfy_jupyter"
# All that the package is made of. Whatever else should go along is named here first.
KINDS = (".json", ".py", ".typed")
BESIDES = {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}
# Tracked, and of no use without the repository; and what only an sdist has.
LEFT_OUT = (".ci/", ".github/")
ADDED = {"PKG-INFO"}

Members = dict[str, bytes]


def of_wheel(path: Path) -> Members:
    """Return the files of a wheel."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def of_sdist(path: Path) -> Members:
    """Return the files of an sdist, by their paths below its one folder."""
    found = {}
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if stream := archive.extractfile(member):
                found[member.name.partition("/")[2]] = stream.read()
    return found


def of_package(root: Path = ROOT) -> Members:
    """Return the files of the package as they stand in the tree; what a tool has put there is hidden."""
    paths = [path.relative_to(root) for path in (root / PACKAGE).rglob("*") if path.suffix in KINDS]
    seen = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    return {path.as_posix(): (root / path).read_bytes() for path in seen}


def tracked(root: Path = ROOT) -> set[str]:
    """Return the paths that git knows and an sdist should hold."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {path for path in listed.split("\0") if path and not path.startswith(LEFT_OUT)}


def metadata_of(members: Members) -> Message:
    """Return the METADATA of a wheel."""
    [name] = [name for name in members if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(members[name].decode())


def faults_of_wheel(members: Members, root: Path = ROOT) -> Iterator[str]:
    """Name what a wheel lacks, and what it has that is not the package's or not as in the tree."""
    inside = {name: content for name, content in members.items() if ".dist-info/" not in name}
    yield from differences(inside, of_package(root), "the wheel", "the tree")
    about = {name.partition(".dist-info/")[2] for name in members.keys() - inside.keys()}
    if about != BESIDES:
        yield f"the wheel's .dist-info holds {sorted(about)}, not {sorted(BESIDES)}"
    yield from faults_of_record(members)


def faults_of_record(members: Members) -> Iterator[str]:
    """Name each file of which RECORD says something else than what the wheel holds."""
    [name] = [name for name in members if name.endswith(".dist-info/RECORD")]
    rows = {path: (digest, size) for path, digest, size in csv.reader(members[name].decode().splitlines())}
    for path in sorted(rows.keys() ^ members.keys()):
        yield f"{path} is {'in RECORD alone' if path in rows else 'not in RECORD'}"
    for path in sorted(rows.keys() & members.keys() - {name}):
        content = members[path]
        code = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        if rows[path] != (f"sha256={code}", str(len(content))):
            yield f"{path} is not as RECORD says"


def faults_of_sdist(members: Members, wanted: set[str]) -> Iterator[str]:
    """Name what an sdist lacks of the wanted paths, and what it holds beyond them."""
    for path in sorted(wanted - members.keys()):
        yield f"the sdist lacks {path}: pyproject.toml's [tool.hatch.build.targets.sdist] lists what goes in"
    for path in sorted(members.keys() - wanted - ADDED):
        yield f"the sdist holds {path}, which is not committed"


def differences(
    one: Mapping[str, bytes], other: Mapping[str, bytes], named: str, named_other: str
) -> Iterator[str]:
    """Name each file that is in one alone, or not the same in both."""
    for path in sorted(one.keys() | other.keys()):
        if path not in other:
            yield f"{path} is in {named} and not in {named_other}"
        elif path not in one:
            yield f"{path} is in {named_other} and not in {named}"
        elif one[path] != other[path]:
            yield f"{path} is not the same in {named} and in {named_other}"
