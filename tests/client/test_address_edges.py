from __future__ import annotations

import pytest

from runcomfy_jupyter._client.moments import moment
from runcomfy_jupyter._client.outputs import is_address
from runcomfy_jupyter._client.paths import model_path, request_path
from runcomfy_jupyter._domain.mediums import LONGEST_ADDRESS
from runcomfy_jupyter.errors import InputError

FILE = "https://files.example/"


def test_the_longest_model_id_is_one_of_200_characters() -> None:
    """Such a one still becomes a path."""
    assert model_path("x" * 200) == f"/models/{'x' * 200}"


def test_a_refused_id_comes_with_an_example() -> None:
    """Whoever mistypes one sees what one looks like, and that nothing was sent."""
    with pytest.raises(InputError, match=r"openai/sora-2/text-to-video\. Nothing was sent\."):
        model_path("a b")
    with pytest.raises(InputError, match=r"letters, digits, '_' and '-'\. Nothing was sent\."):
        request_path("a b", "status")


def test_the_longest_address_can_be_used() -> None:
    """One character more is too many."""
    longest = FILE + "x" * (LONGEST_ADDRESS - len(FILE))
    assert is_address(longest)
    assert not is_address(f"{longest}x")


@pytest.mark.parametrize("text", [f"{FILE}a\\b.mp4", f"{FILE}?a=\\", "https:\\\\files.example/a.mp4"])
def test_a_backslash_makes_an_address_none(text: str) -> None:
    """Some read it as a slash, and come to another host."""
    assert not is_address(text)


@pytest.mark.parametrize("text", ["1788264000.0.0", "1.788.264.000", "1788264000..", "."])
def test_a_number_has_one_point(text: str) -> None:
    """What has more of them is no moment, and no trouble."""
    assert moment(text) is None
