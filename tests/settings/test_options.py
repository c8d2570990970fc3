from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import platformdirs
import pytest

from runcomfy_jupyter import settings
from runcomfy_jupyter.errors import InputError
from runcomfy_jupyter.settings import SETTINGS, Options, check_option, sandbox_asked_for


def test_the_defaults_are_the_promised_ones() -> None:
    """Videos beside the notebook, up to 20 MB in it, up to 2 GB each, waiting where nobody watches."""
    options = Options()
    assert options.save_dir == "videos"
    assert options.embed_limit_mb == 20
    assert options.wait == "auto"
    assert options.max_download_mb == 2048


@pytest.mark.parametrize(("name", "value"), list(asdict(Options()).items()))
def test_every_default_is_legal(name: str, value: object) -> None:
    """A setting can always be set back to what it was."""
    assert check_option(name, value) == value


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_tells_what_it_is_for_and_what_it_takes(name: str) -> None:
    """Each has a line for `%config Sora`, and a refusal that names what is legal; its few words are legal."""
    declared = SETTINGS[name]
    assert declared.does
    with pytest.raises(InputError) as told:
        check_option(name, object())
    assert str(told.value).startswith(f"Sora.{name} takes {declared.takes.told}, not <object")
    assert [check_option(name, word) for word in declared.takes.words] == list(declared.takes.words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wait", "yes"),
        ("wait", "no"),
        ("embed_limit_mb", 0.5),
        ("embed_limit_mb", 100),
        ("max_download_mb", 1),
        ("save_dir", "~/Videos/mit Leerzeichen"),
        ("model", "bytedance/seedance-2.5/text-to-video/1080p"),
        ("max_cost_usd", 0.5),
        ("max_cost_usd", None),
        ("session_budget_usd", 20),
        ("max_in_flight", 1),
    ],
)
def test_a_good_value_is_taken_as_it_is(name: str, value: object) -> None:
    """What fits is returned unchanged."""
    assert check_option(name, value) is value


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "model",
            "../../admin",
            "Sora.model takes a model's id, such as openai/sora-2/text-to-video, not '../../admin'.",
        ),
        ("max_cost_usd", 0, "Sora.max_cost_usd takes an amount of US dollars above 0, or None, not 0."),
        ("max_cost_usd", "1", "Sora.max_cost_usd takes an amount of US dollars above 0, or None, not '1'."),
        (
            "session_budget_usd",
            float("inf"),
            "Sora.session_budget_usd takes an amount of US dollars above 0, or None, not inf.",
        ),
        ("max_in_flight", 0, "Sora.max_in_flight takes a whole number from 1 to 1000, not 0."),
        ("max_in_flight", True, "Sora.max_in_flight takes a whole number from 1 to 1000, not True."),
        ("max_in_flight", 2.0, "Sora.max_in_flight takes a whole number from 1 to 1000, not 2.0."),
        ("wait", "maybe", "Sora.wait takes auto, yes or no, not 'maybe'."),
        ("wait", True, "Sora.wait takes auto, yes or no, not True."),
        ("embed_limit_mb", 0, "Sora.embed_limit_mb takes a number of megabytes above 0, not 0."),
        ("embed_limit_mb", -1.5, "Sora.embed_limit_mb takes a number of megabytes above 0, not -1.5."),
        ("embed_limit_mb", "20", "Sora.embed_limit_mb takes a number of megabytes above 0, not '20'."),
        ("embed_limit_mb", True, "Sora.embed_limit_mb takes a number of megabytes above 0, not True."),
        (
            "max_download_mb",
            float("nan"),
            "Sora.max_download_mb takes a number of megabytes above 0, not nan.",
        ),
        (
            "max_download_mb",
            float("inf"),
            "Sora.max_download_mb takes a number of megabytes above 0, not inf.",
        ),
        ("save_dir", " ", "Sora.save_dir takes the name of a folder, not ' '."),
        ("save_dir", None, "Sora.save_dir takes the name of a folder, not None."),
        ("save_dir", "a\0b", r"Sora.save_dir takes the name of a folder, not 'a\x00b'."),
    ],
)
def test_a_bad_value_is_refused_with_a_reason(name: str, value: object, reason: str) -> None:
    """The message says what the setting takes."""
    with pytest.raises(InputError) as told:
        check_option(name, value)
    assert str(told.value) == reason


@pytest.mark.parametrize("value", ["1", "true", "YES", "On", "1 "])
def test_the_sandbox_is_asked_for_by_a_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """`RUNCOMFY_SANDBOX=1`, or a word for yes, turns it on."""
    monkeypatch.setenv("RUNCOMFY_SANDBOX", value)
    assert sandbox_asked_for()


@pytest.mark.parametrize("value", [None, "", "0", "false", "no", "off"])
@pytest.mark.usefixtures("home")
def test_the_sandbox_is_not_on_by_itself(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Absent, empty, or a word for no: requests go to the service."""
    if value is not None:
        monkeypatch.setenv("RUNCOMFY_SANDBOX", value)
    assert not sandbox_asked_for()


@pytest.mark.parametrize("value", ["maybe", "2", "y", "enabled"])
def test_what_is_no_answer_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A slip of the pen must not mean that requests are billed."""
    monkeypatch.setenv("RUNCOMFY_SANDBOX", value)
    with pytest.raises(InputError, match="RUNCOMFY_SANDBOX takes 1 or 0"):
        sandbox_asked_for()


def test_the_ledgers_home_can_be_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`RUNCOMFY_JUPYTER_HOME` is taken from here, with `~` for the user's home."""
    monkeypatch.setenv("RUNCOMFY_JUPYTER_HOME", "~/ledgers")
    assert settings.home() == Path.home() / "ledgers"
    monkeypatch.setenv("RUNCOMFY_JUPYTER_HOME", "ledgers")
    assert settings.home() == home / "ledgers"


@pytest.mark.usefixtures("home")
def test_the_ledgers_home_is_the_platforms_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name it is where the platform keeps a user's data, under the package's name."""
    monkeypatch.delenv("RUNCOMFY_JUPYTER_HOME")
    assert settings.home() == Path(platformdirs.user_data_dir()) / "runcomfy_jupyter"
    assert settings.home().is_absolute()
