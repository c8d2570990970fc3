from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.differences import differences

PROMPT = "A red panda surfs a long wave at dawn"


@pytest.mark.parametrize(
    ("inputs", "captions"),
    [
        ([], []),
        ([{"prompt": PROMPT, "seconds": 4}], [""]),
        ([{"seconds": 4}, {"seconds": 8}], ["4 s", "8 s"]),
        ([{"duration": "5"}, {"duration": "auto"}], ["5 s", "auto"]),
        ([{"duration": 2.5}, {"duration": 3}], ["2.5 s", "3 s"]),
        (
            [{"size": "1280x720", "seconds": 4}, {"size": "720x1280", "seconds": 4}],
            ["1280x720", "720x1280"],
        ),
        ([{"aspect_ratio": "16:9"}, {"aspect_ratio": "1:1"}], ["16:9", "1:1"]),
        ([{"resolution": "720p"}, {"resolution": "4K"}], ["720p", "4K"]),
        ([{"audio": True, "cfg": 1}, {"audio": False, "cfg": 1}], ["audio true", "audio false"]),
        ([{"seed": 1}, {}], ["seed 1", ""]),
        ([{"prompt": "a"}, {"prompt": "a"}, {"prompt": "a"}], ["take 1", "take 2", "take 3"]),
        (
            [{"seconds": 4}, {"seconds": 4}, {"seconds": 8}],
            ["4 s · take 1", "4 s · take 2", "8 s"],
        ),
        (
            [{"seconds": 4, "prompt": "a fox"}, {"seconds": 8, "prompt": "an owl"}],
            ["a fox · 4 s", "an owl · 8 s"],
        ),
        ([{"n": 1}, {"n": True}, {"n": "1"}], ["n 1", "n true", "n 1"]),
        ([{"images": ["x"]}, {"images": ["y"]}], ["images ['x']", "images ['y']"]),
        ([{"camera": {"x": 1, "y": 2}}, {"camera": {"y": 2, "x": 1}}], ["take 1", "take 2"]),
        ([{"size": "", "seconds": 4}, {"size": "720x720", "seconds": 8}], ["4 s", "720x720 · 8 s"]),
    ],
)
def test_captions_say_what_differs(inputs: list[dict[str, Any]], captions: list[str]) -> None:
    """What all have in common is left out; shots that are equal are numbered as takes."""
    assert differences(inputs) == captions


def test_of_long_prompts_only_what_differs_is_told() -> None:
    """The words that all begin and end with are left out, and short prompts stay whole."""
    prompts = [f"{PROMPT}, {mood}, the sea hissing" for mood in ("calm", "wild and loud", "")]
    captions = differences([{"prompt": prompt} for prompt in prompts])
    assert captions == ["… calm …", "… wild and loud …", "…"]
    assert differences([{"prompt": "a b c"}, {"prompt": "a c"}]) == ["a b …", "a …"]


def test_a_few_words_that_all_share_say_what_it_is_about() -> None:
    """Of numbered shots more than the bare number is told."""
    prompts = [{"prompt": f"Shot {number}: a red panda surfs"} for number in range(2)]
    assert differences(prompts) == ["Shot 0 …", "Shot 1 …"]
    assert differences([{"prompt": "a"}, {"prompt": "a a"}, {}]) == ["a", "a a", ""]
    assert differences([{"prompt": "a"}, {"prompt": "a a"}]) == ["a", "a a"]
    boats = [{"prompt": "Two red pandas in a boat"}, {"prompt": "Two red pandas in the snow"}]
    assert differences(boats) == ["… a boat", "… the snow"]
    whole = ["A red panda surfs", "A red panda sleeps"]
    assert differences([{"prompt": prompt} for prompt in whole]) == whole
    assert differences([{"prompt": f"{prompt} now"} for prompt in whole]) == [
        "A red panda surfs …",
        "A red panda sleeps …",
    ]


def test_a_prompt_may_have_another_name() -> None:
    """The field that a model takes its text by is told without its name, and first."""
    inputs = [{"seed": 1, "text": f"{PROMPT}, {mood}"} for mood in ("calm", "wild")]
    assert differences(inputs, "text") == ["… calm", "… wild"]
    assert differences([{"seed": n, "text": "ab"[n]} for n in (0, 1)], "text") == ["a · seed 0", "b · seed 1"]


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=80), st.text(max_size=300) | st.integers() | st.none(), max_size=6),
        max_size=6,
    )
)
def test_captions_are_short_whatever_differs(inputs: list[dict[str, Any]]) -> None:
    """One line for each shot, of four values at most."""
    captions = differences(inputs)
    assert len(captions) == len(inputs)
    assert all(len(caption) < 320 for caption in captions)
    assert not [caption for caption in captions if "\n" in caption]
