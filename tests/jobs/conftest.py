"""What the jobs' tests share: a service to follow them at, a ledger to write them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.bench import Bench, make_bench
from jobs.one_file import LONG, Download
from jobs.stage import Stage, make_stage
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.owners import Owner
from support.scripted_service import Media, Service, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def service() -> Iterator[Service]:
    """Run a service whose answers the test writes."""
    with serving() as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open an empty ledger with little patience."""
    opened = Ledger(tmp_path / "home" / "ledger.sqlite", patience=0.05)
    yield opened
    opened.close()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    """Be a living process."""
    living = Owner(tmp_path / "kernels")
    yield living
    living.leave()


@pytest.fixture
async def stage(tmp_path: Path, service: Service, ledger: Ledger) -> AsyncIterator[Stage]:
    """Set the stage for one follower in virtual time."""
    made = make_stage(tmp_path, service, ledger)
    async with made.client, made.downloads:
        yield made


@pytest.fixture
def bench(tmp_path: Path, service: Service, ledger: Ledger) -> Iterator[Bench]:
    """Run a runner in something like real time."""
    with make_bench(tmp_path, service, ledger) as made:
        yield made


@pytest.fixture
def download(stage: Stage) -> Download:
    """Let the host have a file of several chunks."""
    stage.service.media = Media(LONG)
    return Download(stage)
