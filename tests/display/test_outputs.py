from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from display.examples import NOW, PROMPT, finished, job
from display.pages import Page, check_saved
from runcomfy_jupyter._display.outputs import Outlet, job_html, name_of, shown_size
from runcomfy_jupyter._display.room import Room
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import ModelCard, built_in

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record

SORA = built_in()
PAINTER = ModelCard.parse(
    {
        "model_id": "maker/painter",
        "display_name": "Painter",
        "input_schema": {
            "properties": {
                "prompt": {"type": "string"},
                "aspect_ratio": {"type": "string", "default": "9:16"},
                "num_images": {"type": "integer", "default": 4},
            }
        },
    }
)


def png(width: int, height: int) -> bytes:
    """Return the beginning of a PNG of that size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(20)


def several(folder: Path, *contents: bytes, media_type: str = "video/mp4") -> Record:
    """Return a job with an output of each content."""
    done = [finished(folder / f"k3f9-{at}.x", content, media_type) for at, content in enumerate(contents, 1)]
    return replace(done[0], files=tuple(record.files[0] for record in done))


def drawn(record: Record, limit: int = 10**6, model: ModelCard = SORA, **facts: Any) -> Page:
    """Return a job's page, checked as one that stays in a notebook."""
    return check_saved(job_html(record, model, Outlet(limit, **facts), now=NOW))


def sources(page: Page) -> list[str]:
    """Return where the outputs of a page come from."""
    return [attributes["src"] for tag, attributes in page.elements if tag in {"audio", "img", "video"}]


def test_several_outputs_are_a_grid_with_a_name_below_each(home: Path) -> None:
    """They stand side by side, each above the link to its file; the caption stands once."""
    page = drawn(several(home, b"a", b"b", b"c"))
    assert ("display", "grid") in page.styles()
    assert page.text.count(PROMPT) == 1
    assert [tag for tag, _ in page.elements if tag in {"video", "a"}] == ["video", "a"] * 3
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"] == [
        "k3f9-1.x",
        "k3f9-2.x",
        "k3f9-3.x",
    ]


def test_one_limit_holds_for_all_outputs_together(home: Path) -> None:
    """Files are embedded while there is room for them; the rest is reached by path, and that is said."""
    record = several(home, b"12345", b"123456", b"1")
    page = drawn(record, 6)
    assert [source.startswith("data:") for source in sources(page)] == [True, False, True]
    assert sources(page)[1] == "k3f9-2.x"
    assert "1 of 3 files are too large to be put into the notebook" in page.text
    assert all(source.startswith("data:") for source in sources(drawn(record, 12)))
    assert "too large" not in drawn(record, 12).text


def test_room_is_taken_once() -> None:
    """Nothing is said before a file was too large."""
    assert Room(0).note == ""


def test_pictures_have_their_own_proportions(home: Path) -> None:
    """A picture's size is read from the file, whatever was asked for."""
    image = drawn(several(home, png(1216, 832), media_type="image/png"), model=PAINTER).one("img")
    assert (image["width"], image["height"]) == ("640", str(round(640 * 832 / 1216)))
    assert "height:auto" in image["style"]


def test_a_small_picture_is_not_blown_up(home: Path) -> None:
    """An icon stays an icon."""
    image = drawn(several(home, png(96, 64), media_type="image/png"), model=PAINTER).one("img")
    assert (image["width"], image["height"]) == ("96", "64")


def test_a_picture_that_tells_no_size_is_shown_as_it_was_asked_for(home: Path) -> None:
    """A proportion that was asked for reserves the place: 9:16 is as high as it will be."""
    record = replace(several(home, b"none", media_type="image/png"), inputs={"prompt": "x"})
    image = drawn(record, model=PAINTER).one("img")
    assert (image["width"], image["height"]) == ("300", str(round(300 * 16 / 9)))


def test_pictures_of_unknown_shape_are_taken_for_squares(home: Path) -> None:
    """Where neither file nor inputs tell, pictures stand in square fields, videos in wide ones."""
    record = replace(
        several(home, b"a", b"b", media_type="image/png"), inputs={"prompt": "x", "size": "auto"}
    )
    assert "minmax(190px" in dict(drawn(record).styles())["grid-template-columns"]
    record = replace(several(home, b"a", b"b"), inputs={"prompt": "x", "size": "auto"})
    assert "minmax(270px" in dict(drawn(record).styles())["grid-template-columns"]


def test_shapes_that_differ_stand_in_rows(home: Path) -> None:
    """Landscape, square and portrait together are as wide as their proportions ask for."""
    record = several(home, png(160, 90), png(50, 50), png(90, 160), media_type="image/png")
    widths = [value for name, value in drawn(record).styles() if name == "flex"]
    assert widths == ["1.78 1 427px", "1.00 1 240px", "0.56 1 135px", "100 1 0"]


def test_sound_is_played(home: Path) -> None:
    """A sound has a player as wide as the page, and words where it cannot be played."""
    page = drawn(several(home, b"la", media_type="audio/mpeg"))
    assert page.one("audio")["src"].startswith("data:audio/mpeg;base64,")
    assert "controls" in page.one("audio")
    assert "This page cannot play the sound; the file is k3f9-1.x." in page.text


def test_a_file_of_another_kind_is_named(home: Path) -> None:
    """What no page shows is told by its type and size, and linked."""
    page = drawn(several(home, bytes(1_500_000), media_type="model/gltf-binary"))
    assert "A file of the type model/gltf-binary, 1.5 MB" in page.text
    assert page.one("a")["href"] == "k3f9-1.x"


def test_several_among_others_keep_their_grid(home: Path) -> None:
    """In a panel too, the outputs stand side by side above their caption."""
    page = drawn(several(home, b"a", b"b"), small=True)
    assert ("display", "grid") in page.styles()
    assert page.text.index("k3f9-1.x") < page.text.index(PROMPT)


def test_bare_outputs_have_no_caption(home: Path) -> None:
    """What a page shows above the caption is the outputs alone."""
    assert PROMPT not in drawn(several(home, b"a"), bare=True).text


def test_a_model_without_a_prompt_has_a_caption(home: Path) -> None:
    """What goes in stands where the prompt would, without the part of an address that may be secret."""
    upscaler = ModelCard.parse(
        {
            "model_id": "maker/upscale",
            "display_name": "Upscaler",
            "input_schema": {
                "properties": {"video_url": {"type": "string", "title": "Video", "format": "video_uri"}}
            },
        }
    )
    record = replace(several(home, b"a"), inputs={"video_url": "https://example.com/clip.mp4?signature=abc"})
    page = drawn(record, model=upscaler)
    assert "Video: https://example.com/clip.mp4Upscaler" in page.text
    assert "abc" not in page.text
    assert page.one("video")["title"] == "Video: https://example.com/clip.mp4"
    page = drawn(replace(record, inputs={"factor": 2}), model=upscaler)
    assert page.text.index("Upscaler") < page.text.index("made in")
    assert page.one("video")["title"] == "Upscaler"


def test_an_output_that_went_away_leaves_the_card(home: Path) -> None:
    """One of several files that is gone is told, and how to have it again."""
    record = several(home, b"a", b"b")
    (home / "k3f9-2.x").unlink()
    page = drawn(record)
    assert "k3f9-2.x is not there any more" in page.text
    assert not sources(page)


@pytest.mark.parametrize(
    ("size", "small", "shown"),
    [
        ((1280, 720), False, (640, 360)),
        ((16, 9), False, (640, 360)),
        ((9, 16), True, (180, 320)),
        (None, False, (640, None)),
        (None, True, (320, None)),
    ],
)
def test_the_place_to_reserve_follows_the_proportion(
    size: tuple[int, int] | None,
    small: bool,  # noqa: FBT001 - a table
    shown: tuple[int, int | None],
) -> None:
    """Pixels and mere proportions reserve the same place."""
    assert shown_size(size, small=small) == shown


def test_a_video_has_a_name_of_bounded_length() -> None:
    """Those who cannot see it are told its prompt, cut short, and the model.s name where it has none."""
    assert name_of(job(State.SUCCEEDED), SORA) == PROMPT
    assert len(name_of(job(State.SUCCEEDED, inputs={"prompt": "a" * 5000}), SORA)) == 200
    assert name_of(job(State.SUCCEEDED, inputs={}), SORA) == SORA.display_name
