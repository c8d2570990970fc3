"""What a cluster is tried for before anything is paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cloudpickle", reason="it comes with the extra `dask`")

from runcomfy_jupyter._session.cluster import Cluster


class Nobody:
    """A client of a cluster whose workers are never asked."""

    def submit(self, *_: Any, **__: Any) -> Any:
        """Take nothing."""
        raise NotImplementedError

    def subscribe_topic(self, *_: Any) -> None:
        """Tell nothing."""


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("videos", Path("work/videos")),
        ("~/videos", Path("home/videos")),
        ("memory://bucket/videos", None),
    ],
)
def test_a_folder_is_named_as_every_worker_finds_it(
    named: str, found: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers, and later kernels, work in other folders than this kernel does."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cluster = Cluster(Nobody(), None, named)
    assert cluster.save_dir == (named if found is None else str(tmp_path / found))
