from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter.errors import StorageError
from runcomfy_jupyter.settings import Secret, base_of, endpoint, store, token_file, token_source

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "sentinel-token-that-was-typed-in"


def test_a_stored_token_is_found_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It lies where the official CLI keeps its own, and in its shape."""
    monkeypatch.setenv("RUNCOMFY_CONFIG_DIR", str(tmp_path / "config"))
    path = store(Secret(TOKEN))
    assert path == token_file() == tmp_path / "config" / "token.json"
    assert json.loads(path.read_text()) == {
        "access_token": TOKEN,
        "refresh_token": None,
        "expires_at": None,
        "user_email": None,
    }
    assert token_source() == str(path)
    assert endpoint().token == Secret(TOKEN)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_can_read_a_stored_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the file and the umask were before, its owner alone reads it afterwards."""
    monkeypatch.setenv("RUNCOMFY_CONFIG_DIR", str(tmp_path))
    token_file().write_text("{}")
    token_file().chmod(0o644)
    before = os.umask(0)
    try:
        path = store(Secret(TOKEN))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_token_that_cannot_be_stored_says_what_else_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder that is a file is named, with the way around it, and without the token."""
    (tmp_path / "config").write_text("no folder")
    monkeypatch.setenv("RUNCOMFY_CONFIG_DIR", str(tmp_path / "config"))
    with pytest.raises(StorageError, match="cannot be written") as caught:
        store(Secret(TOKEN))
    assert "Set RUNCOMFY_TOKEN" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert not [frame for frame in caught.traceback[1:] if TOKEN in str(frame.locals)]


def test_the_base_is_known_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where requests would go can be said before there is a token."""
    assert base_of() == "https://model-api.runcomfy.net/v1"
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "https://example.test/api")
    assert base_of() == "https://example.test/api/v1"
