"""Every model of the catalogue over real HTTP: submitted, rendered, and its files looked at."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from runcomfy_jupyter.sandbox.catalogue import cards
from support.media import probe

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.conftest import Api

PICTURE = "https://files.example/cat.png"
SONG = "https://files.example/song.mp3"
H264, AAC, SILENT = "h264", "aac", None

MADE: list[tuple[str, dict[str, Any], list[tuple[Any, ...]], float]] = [
    (
        "openai/sora-2/text-to-video",
        {"prompt": "x", "size": "1280x720"},
        [(H264, AAC, 1280, 720, 4)],
        0.4,
    ),
    (
        "openai/sora-2/pro/text-to-video",
        {"prompt": "x", "size": "1024x1792"},
        [(H264, AAC, 1024, 1792, 4)],
        2.0,
    ),
    (
        "bytedance/seedance-2.5/text-to-video/1080p",
        {"prompt": "x", "aspect_ratio": "1:1", "duration": 4},
        [(H264, AAC, 1080, 1080, 4)],
        0.48,
    ),
    (
        "blackforestlabs/flux-3/text-to-video",
        {"prompt": "x", "duration": "auto"},
        [(H264, SILENT, 852, 480, 5)],
        0.5,
    ),
    (
        "sandbox/still-life/text-to-image",
        {"prompt": "x", "num_images": 2, "aspect_ratio": "16:9"},
        [("PNG", 1280, 720), ("PNG", 1280, 720)],
        0.08,
    ),
    (
        "sandbox/storyboard/image-to-video",
        {"prompt": "x", "images": [PICTURE], "generate_audio": False},
        [(H264, SILENT, 852, 480, 5), ("PNG", 852, 480)],
        0.4,
    ),
    (
        "sandbox/upscaler/video-to-video",
        {"video_url": "https://files.example/sea.mp4"},
        [(H264, AAC, 1280, 720, 5)],
        0.3,
    ),
    (
        "sandbox/postcard/text-to-image",
        {"text": "x", "image_size": "square"},
        [("JPEG", 720, 720)],
        0.02,
    ),
    (
        "sandbox/variations/text-to-video",
        {"prompt": "x", "width": 320, "height": 256, "generate_audio": True},
        [(H264, AAC, 320, 256, 2)] * 2,
        0.2,
    ),
    (
        "sandbox/music-video/workflow",
        {"song_url": SONG, "aspect_ratio": "9:16"},
        [(H264, AAC, 480, 852, 4)] * 2,
        0.5,
    ),
]


def addresses(output: Any) -> list[str]:
    """Return all URLs of an output, in order."""
    if isinstance(output, str):
        return [output]
    inner = output.values() if isinstance(output, dict) else output
    return [url for value in inner for url in addresses(value)]


def seen(content: bytes, kind: str) -> tuple[Any, ...]:
    """Return what a file turns out to be."""
    if kind == "video/mp4":
        clip = probe(content)
        return (clip.video_codec, clip.audio_codec, clip.width, clip.height, clip.seconds)
    with Image.open(io.BytesIO(content)) as picture:
        assert kind == f"image/{str(picture.format).lower()}"
        return (picture.format, *picture.size)


def test_every_model_of_the_catalogue_is_tried() -> None:
    """No model is left out below."""
    assert [model for model, *_ in MADE] == list(cards())


@pytest.mark.parametrize(("model", "body", "files", "usd"), MADE, ids=[model for model, *_ in MADE])
def test_each_model_makes_what_was_asked(
    api: Api, model: str, body: dict[str, Any], files: list[tuple[Any, ...]], usd: float
) -> None:
    """Size, shape, length, sound, number and format are as asked; the cost is told."""
    request_id = api.accepted(model, body)
    output = api.finished(request_id)["output"]
    answers = [api.anonymous.get(url) for url in addresses(output)]
    assert [seen(answer.content, answer.headers["content-type"]) for answer in answers] == files
    assert len({answer.content for answer in answers}) == len(files)
    assert api.ask(request_id, "result", include_cost="true")["cost"] == usd


@pytest.mark.parametrize("name", ["{id}.png", "{id}/1.mp4", "{id}/0.mp4", "{id}/x.mp4", "{id}"])
def test_files_that_were_not_made_are_not_there(api: Api, done: str, name: str) -> None:
    """Only the addresses of the output lead to a file."""
    assert api.anonymous.get(f"/media/{name.format(id=done)}").status_code == 404


def test_a_file_that_has_gone_is_rendered_again(one_by_one: Api, tmp_path: Path) -> None:
    """The service still has what was paid for."""
    url = one_by_one.finished(one_by_one.submit())["output"]["video"]
    [clip] = (tmp_path / "media").iterdir()
    content = clip.read_bytes()
    clip.unlink()
    assert one_by_one.anonymous.get(url).content == content


def test_a_file_that_cannot_be_had_any_more_is_told(one_by_one: Api, tmp_path: Path) -> None:
    """With its folder gone too, the file's address answers 404 in words."""
    url = one_by_one.finished(one_by_one.submit())["output"]["video"]
    shutil.rmtree(tmp_path / "media")
    answer = one_by_one.anonymous.get(url)
    assert (answer.status_code, answer.json()["error_code"]) == (404, 404000)
    assert "the clip is gone" in answer.json()["error_message"]
