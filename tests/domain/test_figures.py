from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain import figures


@pytest.mark.parametrize(
    ("resolved", "seconds"),
    [
        ({"seconds": 8}, 8),
        ({"duration": "10"}, 10),
        ({"duration": 2.5}, 2.5),
        ({"duration": 0.5}, 0.5),
        ({"duration": "5s"}, 5),
        ({"duration": " 7.5 Seconds "}, 7.5),
        ({"duration_seconds": 6}, 6),
        ({"duration": "auto", "fps": 24}, None),
        ({"duration": None}, None),
        ({"duration": True}, None),
        ({"duration": 0}, None),
        ({"duration": -4}, None),
        ({"duration": float("nan")}, None),
        ({"duration": 10**400}, None),
        ({"duration": "9" * 99}, None),
        ({"duration": ["5"]}, None),
        ({"length": 81}, None),
        ({"num_frames": 81, "fps": 16}, 5.0625),
        ({"num_frames": "48", "frames_per_second": "24"}, 2),
        ({"num_frames": 81}, None),
        ({"num_frames": 86_400, "fps": 0.001}, None),
        ({"fps": 24}, None),
        ({}, None),
    ],
)
def test_the_length_is_what_the_inputs_say(resolved: dict[str, Any], seconds: float | None) -> None:
    """Under the names that models use, as a number or in digits; what is left to the model is not known."""
    assert figures.seconds(resolved) == seconds


@pytest.mark.parametrize(
    ("resolved", "pixels"),
    [
        ({"size": "1280x720"}, (1280, 720)),
        ({"size": "720 × 1280"}, (720, 1280)),
        ({"size": "832*480"}, (832, 480)),
        ({"resolution": "1024X1024"}, (1024, 1024)),
        ({"width": 640, "height": 368}, (640, 368)),
        ({"width": "640", "height": 368}, (640, 368)),
        ({"image_size": {"width": 512, "height": 768}}, (512, 768)),
        ({"image_size": {"width": 512}}, None),
        ({"size": "auto", "width": 640, "height": 368}, (640, 368)),
        ({"aspect_ratio": "16:9", "resolution": "720p"}, (1280, 720)),
        ({"aspect_ratio": "9:16", "resolution": "1080P"}, (1080, 1920)),
        ({"aspect_ratio": "16:9", "resolution": 480}, (854, 480)),
        ({"aspect_ratio": "1:1", "resolution": "720"}, (720, 720)),
        ({"aspect_ratio": "21:9", "resolution": "4K"}, (5040, 2160)),
        ({"aspect_ratio": "9999:1", "resolution": "720p"}, None),
        ({"aspect_ratio": "16:9"}, None),
        ({"aspect_ratio": "adaptive", "resolution": "720p"}, None),
        ({"aspect_ratio": "16:0", "resolution": "720p"}, None),
        ({"aspect_ratio": "16:9", "resolution": "auto"}, None),
        ({"aspect_ratio": "16:9", "resolution": "000p"}, None),
        ({"aspect_ratio": "16:9", "resolution": True}, None),
        ({"aspect_ratio": "16:9", "resolution": None}, None),
        ({"resolution": "720p"}, None),
        ({"size": "0x720"}, None),
        ({"size": "99999x99999"}, None),
        ({"size": 720}, None),
        ({"width": 640}, None),
        ({"width": 640.5, "height": 368}, None),
        ({"width": 80_000, "height": 368}, None),
        ({}, None),
    ],
)
def test_the_size_is_told_where_both_sides_are_known(
    resolved: dict[str, Any], pixels: tuple[int, int] | None
) -> None:
    """From one word, from two numbers, or from a proportion and a number of lines; never guessed."""
    assert figures.pixels(resolved) == pixels


@pytest.mark.parametrize(
    ("resolved", "shape"),
    [
        ({"size": "1280x720", "aspect_ratio": "1:1"}, (1280, 720)),
        ({"aspect_ratio": "9:16"}, (9, 16)),
        ({"aspect_ratio": "auto"}, None),
        ({"aspect_ratio": 1.5}, None),
    ],
)
def test_a_shape_may_be_known_without_a_size(resolved: dict[str, Any], shape: tuple[int, int] | None) -> None:
    """A proportion is enough to keep a place free on the page."""
    assert figures.shape(resolved) == shape


@pytest.mark.parametrize(
    ("resolved", "outputs"),
    [
        ({"num_images": 4}, 4),
        ({"num_outputs": "2"}, 2),
        ({"n": 3}, 3),
        ({"num_images": 0, "n": 2}, 2),
        ({"num_images": 2.5}, 1),
        ({"num_images": 10**9}, 1),
        ({"num_images": 5000}, 1),
        ({"num_images": 1000}, 1000),
        ({"num_images": "many"}, 1),
        ({"num_images": None}, 1),
        ({}, 1),
    ],
)
def test_one_output_is_made_where_no_number_is_told(resolved: dict[str, Any], outputs: int) -> None:
    """Or as many as the inputs say, if that is a number that can be meant."""
    assert figures.outputs(resolved) == outputs


NAMES = st.sampled_from(
    ["seconds", "duration", "size", "resolution", "aspect_ratio", "width", "height", "n", "fps"]
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.from_regex(r"[0-9]{0,6}[x:*p]?[0-9]{0,6}", fullmatch=True)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["width", "height"]), st.integers())
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(resolved=st.dictionaries(NAMES, VALUES))
def test_any_inputs_can_be_asked(resolved: dict[str, Any]) -> None:
    """What comes out is a length, a size and a number that can be calculated and drawn with."""
    seconds, pixels, shape = figures.seconds(resolved), figures.pixels(resolved), figures.shape(resolved)
    assert seconds is None or 0 < seconds < 10**6
    assert pixels is None or (min(pixels) > 0 and max(pixels) < 20_000)
    assert shape is None or min(shape) > 0
    assert 1 <= figures.outputs(resolved) <= 1000
