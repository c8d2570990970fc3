from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter.sandbox.clip import clip_for


@pytest.mark.parametrize(
    ("inputs", "size"),
    [
        ({"size": "1280x720"}, (1280, 720)),
        ({"size": "720x1280"}, (720, 1280)),
        ({}, (1280, 720)),
        ({"aspect_ratio": "9:16", "resolution": "480p"}, (480, 852)),
        ({"aspect_ratio": "1:1", "resolution": "1080p"}, (1080, 1080)),
        ({"aspect_ratio": "21:9", "resolution": "1080p"}, (1920, 822)),
        ({"aspect_ratio": "auto"}, (1280, 720)),
        ({"aspect_ratio": "0:0"}, (720, 720)),
        ({"size": "9999x1"}, (1920, 64)),
    ],
)
def test_sizes(inputs: dict[str, Any], size: tuple[int, int]) -> None:
    """A clip has the asked size, or one of the asked shape that can be encoded."""
    clip = clip_for("m", inputs)
    assert (clip.width, clip.height) == size


@pytest.mark.parametrize(
    ("inputs", "seconds"),
    [
        ({"seconds": 12}, 12),
        ({"duration": 30}, 30),
        ({"duration": "10"}, 10),
        ({"duration": "8s"}, 8),
        ({"duration": "auto"}, 5),
        ({"duration": None}, 5),
        ({}, 5),
        ({"duration": 0}, 1),
        ({"duration": 10**6}, 30),
    ],
)
def test_lengths(inputs: dict[str, Any], seconds: int) -> None:
    """A clip has the asked length; words without a number mean five seconds."""
    assert clip_for("m", inputs).seconds == seconds


def test_the_name_stands_for_model_and_inputs() -> None:
    """The same request has the same name, in whatever order its fields came; any difference gives another."""
    clip = clip_for("m", {"prompt": "x", "seconds": 4})
    assert clip == clip_for("m", {"seconds": 4, "prompt": "x"})
    others = [clip_for("n", {"prompt": "x", "seconds": 4}), clip_for("m", {"prompt": "y", "seconds": 4})]
    assert len({clip.name, *(other.name for other in others)}) == 3


def test_plain_clips_leave_the_prompt_out() -> None:
    """For load tests one clip of a size and length serves every prompt."""
    one, other = (clip_for("m", {"prompt": prompt}, plain=True) for prompt in "xy")
    assert one == other
    assert one.text == ""


def test_sound_is_left_out_when_it_is_not_wanted() -> None:
    """Only a plain false of the audio field makes a silent clip."""
    assert clip_for("m", {}).sound
    assert not clip_for("m", {"generate_audio": False}).sound
