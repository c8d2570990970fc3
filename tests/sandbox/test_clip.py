from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter.sandbox.catalogue import cards
from runcomfy_jupyter.sandbox.clip import clip_for, clips_for


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
        ({"width": 640, "height": 368}, (640, 368)),
        ({"width": 0, "height": 368}, (64, 368)),
        ({"width": 640, "height": None}, (1280, 720)),
        ({"image_size": "portrait_16_9"}, (720, 1280)),
        ({"aspect_ratio": "adaptive", "resolution": "1K"}, (1820, 1024)),
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
    assert not clip_for("m", {"enable_audio": False}).sound


def test_a_picture_has_no_length_and_no_sound() -> None:
    """A file that is an image is one, whatever length was asked."""
    picture = clip_for("m", {"seconds": 4}, suffix="png")
    assert (picture.medium, picture.seconds, picture.sound) == ("image", 0, False)


@pytest.mark.parametrize(
    ("model", "inputs", "suffixes"),
    [
        ("openai/sora-2/text-to-video", {}, ["mp4"]),
        ("sandbox/still-life/text-to-image", {"num_images": 3}, ["png", "png", "png"]),
        ("sandbox/still-life/text-to-image", {"num_images": None, "output_format": "jpeg"}, ["jpeg"]),
        ("sandbox/still-life/text-to-image", {"num_images": 99, "output_format": "gif"}, ["png"] * 10),
        ("sandbox/storyboard/image-to-video", {}, ["mp4", "png"]),
        ("sandbox/variations/text-to-video", {"num_outputs": 2}, ["mp4", "mp4"]),
        ("sandbox/music-video/workflow", {}, ["mp4", "mp4"]),
    ],
)
def test_a_model_makes_as_many_files_as_it_says(
    model: str, inputs: dict[str, Any], suffixes: list[str]
) -> None:
    """The number is the model's own or a field's; each file is another one, and says which it is."""
    clips = clips_for(cards()[model], inputs)
    assert [clip.suffix for clip in clips] == suffixes
    assert len({clip.name for clip in clips}) == len(clips)
    assert len({(clip.medium, clip.colours) for clip in clips}) == len(clips)
    assert {clip.of for clip in clips} == {suffixes.count(suffixes[0])}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"prompt": "a", "text": "b"}, "a"),
        ({"prompt": "", "text": "b"}, "b"),
        ({"text_prompt": "c", "song_url": "https://files.example/d.mp3"}, "c"),
        ({"scale": 2, "video_url": "https://files.example/x/the%20sea.mp4?key=y/z"}, "the sea.mp4"),
        ({"scale": 2}, ""),
    ],
)
def test_the_words_drawn_are_the_prompt_or_the_name_of_a_file(inputs: dict[str, Any], words: str) -> None:
    """A prompt has many names; a model that takes none shows which file it was given."""
    assert clip_for("m", inputs).text == words


def test_another_seed_is_another_picture() -> None:
    """The seed changes the colours, and takes of one prompt can be told apart."""
    assert clip_for("m", {"prompt": "x", "seed": 1}).colours != clip_for("m", {"prompt": "x"}).colours
