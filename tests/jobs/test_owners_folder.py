from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._jobs.owners import Owner

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_made_with_all_that_leads_to_it(tmp_path: Path) -> None:
    """On a new machine nothing of it is there."""
    owner = Owner(tmp_path / "share" / "runcomfy" / "kernels")
    assert owner.lives(owner.name)
    owner.leave()
