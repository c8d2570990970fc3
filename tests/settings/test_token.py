from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from runcomfy_jupyter.errors import TokenError
from runcomfy_jupyter.settings import TOKEN_VARIABLES, endpoint, token_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VARIABLES = ("RUNCOMFY_TOKEN", "RUNCOMFY_API_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN")


class Colab(ModuleType):
    """Stands in for Colab's module: secrets by name, an error of its own for what is absent."""

    def __init__(self, secrets: dict[str, object]) -> None:
        super().__init__("google.colab")
        self.userdata = self
        self.secrets = secrets

    def get(self, name: str) -> object:
        """Return a secret; raise what is no KeyError of Python's where there is none."""
        if name not in self.secrets:
            message = "SecretNotFoundError"
            raise RuntimeError(message)
        return self.secrets[name]


@pytest.fixture
def on_colab(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, object]], None]:
    """Return a function that makes this process run on Colab, with these secrets."""
    return lambda secrets: monkeypatch.setitem(sys.modules, "google.colab", Colab(secrets))


def write_token(folder: Path, content: object) -> Path:
    """Write the official CLI's token file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "token.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    return file


def config(home: Path) -> Path:
    """Return the folder of the official CLI in the test's home."""
    return home.parent / "home" / ".config" / "runcomfy"


def test_the_variables_are_those_of_the_promise() -> None:
    """The four names in use for a token, in their order."""
    assert TOKEN_VARIABLES == VARIABLES


@pytest.mark.parametrize("first", range(len(VARIABLES)))
def test_an_earlier_variable_wins(
    home: Path, monkeypatch: pytest.MonkeyPatch, on_colab: Callable[..., None], first: int
) -> None:
    """Of all places that hold a token the first in order is taken, blank ones passed over."""
    write_token(config(home), {"access_token": "from-file"})
    on_colab({"RUNCOMFY_TOKEN": "from-colab"})
    for name in VARIABLES[:first]:
        monkeypatch.setenv(name, "  ")
    for name in VARIABLES[first:]:
        monkeypatch.setenv(name, f" {name}-token\n")
    assert endpoint().token.reveal() == f"{VARIABLES[first]}-token"
    assert token_source() == VARIABLES[first]


@pytest.mark.parametrize("name", VARIABLES)
def test_colabs_secrets_come_before_the_file(home: Path, on_colab: Callable[..., None], name: str) -> None:
    """On Colab a secret of any of the names is found, and what Colab raises for the others is not."""
    write_token(config(home), {"access_token": "from-file"})
    on_colab({name: " from-colab "})
    assert endpoint().token.reveal() == "from-colab"
    assert token_source() == "Colab's secrets"


@pytest.mark.parametrize("secrets", [{}, {"RUNCOMFY_TOKEN": None}, {"RUNCOMFY_TOKEN": " "}])
def test_colab_without_a_secret_leaves_it_to_the_file(
    home: Path, on_colab: Callable[..., None], secrets: dict[str, object]
) -> None:
    """A secret that is absent, or holds nothing, is no token."""
    file = write_token(config(home), {"access_token": "from-file"})
    on_colab(secrets)
    assert endpoint().token.reveal() == "from-file"
    assert token_source() == str(file)


def test_an_old_colab_has_no_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Colab's module knows nothing of secrets the file is read all the same."""
    write_token(config(home), {"access_token": "from-file"})
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert endpoint().token.reveal() == "from-file"


def test_the_file_is_where_the_official_cli_keeps_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`RUNCOMFY_CONFIG_DIR`, else `XDG_CONFIG_HOME`, else `~/.config`."""
    monkeypatch.delenv("XDG_CONFIG_HOME")
    write_token(home.parent / "home" / ".config" / "runcomfy", {"access_token": "default"})
    write_token(home / "xdg" / "runcomfy", {"access_token": "xdg"})
    write_token(home / "named", {"access_token": "named"})
    assert endpoint().token.reveal() == "default"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    assert endpoint().token.reveal() == "xdg"
    monkeypatch.setenv("RUNCOMFY_CONFIG_DIR", str(home / "named"))
    assert endpoint().token.reveal() == "named"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[" * 100_000,
        '"a string"',
        "[]",
        {},
        {"access_token": None},
        {"access_token": ""},
        {"access_token": " \n"},
        {"access_token": 5},
        {"token": "under another name"},
    ],
)
def test_a_token_file_that_holds_none_is_no_token(home: Path, content: object) -> None:
    """An empty, broken or strange file is as good as none: it is named, not quoted."""
    file = write_token(config(home), content)
    assert token_source() is None
    with pytest.raises(TokenError) as told:
        endpoint()
    assert str(file) in str(told.value)
    assert "under another name" not in str(told.value)


def test_a_token_file_that_is_no_text_is_no_token(home: Path) -> None:
    """Bytes in place of text, or a folder in place of the file, do not break the search."""
    write_token(config(home), "").write_bytes(b"\xff\xfe\x00\xd8")
    assert token_source() is None
    config(home).joinpath("token.json").unlink()
    config(home).joinpath("token.json").mkdir()
    assert token_source() is None


def test_without_a_token_the_places_and_the_ways_out_are_named(home: Path) -> None:
    """The error says where was looked, what to set, how to try without, and that nothing was sent."""
    with pytest.raises(TokenError) as told:
        endpoint()
    message = str(told.value)
    for place in (*VARIABLES, str(config(home) / "token.json")):
        assert place in message
    assert "Colab" not in message
    assert "Set RUNCOMFY_TOKEN, or try without one: RUNCOMFY_SANDBOX=1." in message
    assert message.endswith("Nothing was sent.")


@pytest.mark.usefixtures("home")
def test_on_colab_its_secrets_are_among_the_places(on_colab: Callable[..., None]) -> None:
    """Where there are secrets, the error says that they were looked at too."""
    on_colab({})
    with pytest.raises(TokenError, match="Colab's secrets"):
        endpoint()


def test_an_argument_comes_before_everything(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that is handed over is taken, a blank one is not."""
    monkeypatch.setenv("RUNCOMFY_TOKEN", "from-environment")
    assert endpoint("handed-over").token.reveal() == "handed-over"
    assert endpoint("  ").token.reveal() == "from-environment"
    assert endpoint("").token.reveal() == "from-environment"
    assert home.is_dir()


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tök€n", 'quo"ted', "back\\slash", "\x00"])
@pytest.mark.usefixtures("home")
def test_a_mangled_token_is_refused_before_anything_is_recorded(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """What no header can carry is no token; the error does not quote it."""
    if "\x00" not in token:
        monkeypatch.setenv("RUNCOMFY_TOKEN", token)
    with pytest.raises(TokenError, match=r"characters that no token has.* Nothing was sent\.$") as told:
        endpoint(token)
    assert token not in str(told.value)
