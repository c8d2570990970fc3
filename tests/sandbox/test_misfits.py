from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter.sandbox.catalogue import cards
from runcomfy_jupyter.sandbox.misfits import misfits

SORA = cards()["openai/sora-2/text-to-video"].schema
SEEDANCE = cards()["bytedance/seedance-2.5/text-to-video/1080p"].schema
FLUX = cards()["blackforestlabs/flux-3/text-to-video"].schema
STILL_LIFE = cards()["sandbox/still-life/text-to-image"].schema
STORYBOARD = cards()["sandbox/storyboard/image-to-video"].schema
UPSCALER = cards()["sandbox/upscaler/video-to-video"].schema
POSTCARD = cards()["sandbox/postcard/text-to-image"].schema
VARIATIONS = cards()["sandbox/variations/text-to-video"].schema
MUSIC_VIDEO = cards()["sandbox/music-video/workflow"].schema
CAT = "https://files.example/cat.png"
SONG = "https://files.example/song.mp3"


def story(**fields: Any) -> dict[str, Any]:
    """Return an input of the storyboard that fits, but for these fields."""
    return {"prompt": "x", "images": [CAT]} | fields


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (SORA, {"prompt": ""}),
        (SORA, {"prompt": "x", "size": "1280x720", "seconds": 12}),
        (FLUX, {"prompt": "", "negative_prompt": None, "guidance": 2}),
        (FLUX, {"prompt": "", "guidance": 2.5, "duration": "auto"}),
        (STILL_LIFE, {"prompt": "x", "seed": None, "styles": ["ink", "oil"], "style_strength": 0.15}),
        (STILL_LIFE, {"prompt": "x", "seed": 7, "style_strength": 0.1 + 0.2, "negative_prompt": None}),
        (STORYBOARD, story(audio_url=SONG, camera={"motion": "pan", "speed": 0.7})),
        (STORYBOARD, story(audio_url=None, camera={"motion": "still"}, images=[CAT] * 4)),
        (STORYBOARD, story(images=[f"{CAT}?file_size_mb=29.9&width_pixels=15&height_pixels=0&width=x"])),
        (UPSCALER, {"video_url": "https://user@files.example:8443/a%20b.mp4?x=1#y", "keep_grain": None}),
        (MUSIC_VIDEO, {"song_url": SONG, "tempo": None, "reference_videos": []}),
        (MUSIC_VIDEO, {"song_url": SONG, "tempo": 120, "reference_videos": [CAT, CAT]}),
    ],
)
def test_inputs_that_fit(schema: dict[str, Any], body: dict[str, Any]) -> None:
    """The page's own example fits, and so does every notation of the catalogue at a legal value."""
    assert misfits(schema, body) == []


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "prompt", "is required"),
        ({"prompt": 1}, "prompt", "must be of type string"),
        ({"prompt": None}, "prompt", "must be of type string"),
        ({"prompt": "", "size": "1x1"}, "size", 'must be one of "1280x720", "720x1280"; it is "1x1"'),
        ({"prompt": "", "seconds": 5}, "seconds", "must be one of 4, 8, 12; it is 5"),
        ({"prompt": "", "seconds": "4"}, "seconds", "must be of type integer, one of 4, 8, 12"),
        ({"prompt": "", "seconds": 4.0}, "seconds", "must be of type integer, one of 4, 8, 12"),
        ({"prompt": "", "seconds": True}, "seconds", "must be of type integer, one of 4, 8, 12"),
        ({"prompt": "", "wait": True}, "wait", "its fields are prompt, size, seconds"),
    ],
)
def test_what_does_not_fit_is_told_with_field_and_legal_values(
    body: dict[str, Any], field: str, words: str
) -> None:
    """Each misfit names its field and what would be legal."""
    (misfit,) = misfits(SORA, body)
    assert misfit.field == field
    assert words in misfit.message


@pytest.mark.parametrize(
    ("schema", "body", "told"),
    [
        (SEEDANCE, {"prompt": ""}, "prompt must have at least 1 character(s)"),
        (SEEDANCE, {"prompt": "x", "duration": 3}, "duration must be at least 4"),
        (SEEDANCE, {"prompt": "x", "duration": 31}, "duration must be at most 30"),
        (SEEDANCE, {"prompt": "x", "generate_audio": 1}, "generate_audio must be of type boolean"),
        (FLUX, {"prompt": "x", "guidance": 2.3}, "guidance must be a multiple of 0.5"),
        (FLUX, {"prompt": "x", "duration": 10}, "duration must be of type string, one of"),
        (STILL_LIFE, {"prompt": "x", "seed": "7"}, "seed must be of type integer or null"),
        (STILL_LIFE, {"prompt": "x", "num_images": None}, "num_images must be of type integer"),
        (STILL_LIFE, {"prompt": "x", "styles": ["ink"] * 4}, "styles must have at most 3 item(s)"),
        (STILL_LIFE, {"prompt": "x", "styles": ["ink", "lead"]}, "styles.1 must be one of"),
        (STILL_LIFE, {"prompt": "x", "styles": "ink"}, "styles must be of type array"),
        (VARIATIONS, {"prompt": "x", "width": 641}, "width must be a multiple of 16"),
        (VARIATIONS, {"prompt": "x", "width": 10**400}, "width must be at most 1280"),
        (FLUX, {"prompt": "x", "guidance": 10**400}, "guidance must be at most 20"),
        (STORYBOARD, {"prompt": "x"}, "images is required"),
        (STORYBOARD, story(images=[]), "images must have at least 1 item(s)"),
        (STORYBOARD, story(images=[CAT] * 5), "images must have at most 4 item(s)"),
        (STORYBOARD, story(images=[CAT, 5]), "images.1 must be of type string"),
        (
            STORYBOARD,
            story(images=["http://a.example/b.png"]),
            "images.0 must be a public https URL of image",
        ),
        (STORYBOARD, story(audio_url="song.mp3"), "audio_url must be a public https URL of audio"),
        (STORYBOARD, story(camera=[]), "camera must be of type object"),
        (STORYBOARD, story(camera={}), "camera.motion is required"),
        (STORYBOARD, story(camera={"motion": "fly"}), "camera.motion must be one of"),
        (
            STORYBOARD,
            story(camera={"motion": "pan", "speed": 0.55}),
            "camera.speed must be a multiple of 0.1",
        ),
        (STORYBOARD, story(camera={"motion": "pan", "zoom": 1}), "camera.zoom is not a field"),
        (UPSCALER, {"video_url": "https:///a.mp4"}, "video_url must be a public https URL of video"),
        (UPSCALER, {"video_url": "https://[::1/a.mp4"}, "video_url must be a public https URL of video"),
        (UPSCALER, {"video_url": "data:video/mp4;base64,AA=="}, "video_url must be a public https URL"),
        (UPSCALER, {"video_url": None}, "video_url must be of type string"),
        (MUSIC_VIDEO, {"song_url": SONG, "tempo": 300}, "tempo must be at most 220"),
        (MUSIC_VIDEO, {"song_url": SONG, "tempo": "fast"}, "tempo must be of type integer"),
        (MUSIC_VIDEO, {"song_url": SONG, "reference_videos": ["x"]}, "reference_videos.0 must be a public"),
    ],
)
def test_every_notation_of_the_catalogue_is_checked(
    schema: dict[str, Any], body: dict[str, Any], told: str
) -> None:
    """Bounds, steps, lists, nested objects, null types and addresses of files hold."""
    first = misfits(schema, body)[0]
    assert f"{first.field} {first.message}".startswith(told)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ("file_size_mb=31", "File size must be less than 30 MB."),
        ("width_pixels=14", "The picture must be wider than 14 pixels."),
        ("width=3200&height=100", "The picture must not be wider than 16:1."),
    ],
)
def test_rules_about_files_go_by_what_the_address_says(figures: str, words: str) -> None:
    """A file whose address says that it breaks a `validations` rule is refused in the rule's own words."""
    (misfit,) = misfits(STORYBOARD, story(images=[CAT, f"{CAT}?{figures}"]))
    assert (misfit.path, misfit.message) == (("images", 1), words)
