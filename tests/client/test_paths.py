from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._client.paths import model_path, request_path
from runcomfy_jupyter.errors import InputError


@pytest.mark.parametrize(
    "model",
    ["openai/sora-2/text-to-video", "bytedance/seedance-2.5/text-to-video/1080p", "a", "a/..b/c.", "A_1"],
)
def test_a_model_id_becomes_a_path(model: str) -> None:
    """The path of a model is its id under /models."""
    assert model_path(model) == f"/models/{model}"


@pytest.mark.parametrize(
    "model",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        "a/./b",
        ".",
        "../requests",
        "a/...",
        "a b",
        "a?b",
        "a#b",
        "a%2fb",
        "ü",
        "a\n",
        "a/b\n",
        "x" * 201,
        None,
        5,
    ],
)
def test_what_is_no_model_id_is_refused(model: Any) -> None:
    """Nothing that could lead elsewhere becomes a path."""
    with pytest.raises(InputError, match="is no model id"):
        model_path(model)


def test_a_request_id_becomes_a_path() -> None:
    """The paths of a request are built from its id."""
    assert request_path("a-B_9", "status") == "/requests/a-B_9/status"
    assert request_path("x" * 128, "cancel") == f"/requests/{'x' * 128}/cancel"


@pytest.mark.parametrize(
    "request_id", ["", "a/b", "..", "a\n", "a b", "ü", "x" * 129, "https://evil", None, 5]
)
def test_what_is_no_request_id_is_refused(request_id: Any) -> None:
    """An id that could change the path is refused before anything is sent."""
    with pytest.raises(InputError, match="is no request id"):
        request_path(request_id, "status")
