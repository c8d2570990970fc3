from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from runcomfy_jupyter.sandbox.clip import clip_for
from runcomfy_jupyter.sandbox.picture import even, layers
from runcomfy_jupyter.sandbox.render import FRAMES_PER_SECOND, render

if TYPE_CHECKING:
    from pathlib import Path

SHORT: dict[str, Any] = {"size": "320x180", "seconds": 2}


def rendered(folder: Path, name: str = "clip.mp4", **inputs: Any) -> Path:
    """Render a short clip, but for what `inputs` say, and return its file."""
    path = folder / name
    render(clip_for("m", SHORT | inputs), path)
    return path


def pictures(path: Path) -> list[Image.Image]:
    """Return all frames."""
    with av.open(str(path)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


def brightness(path: Path) -> list[float]:
    """Return the mean brightness of each frame, of 255."""
    return [ImageStat.Stat(picture.convert("L")).mean[0] for picture in pictures(path)]


def loudness(path: Path, step: float) -> list[float]:
    """Return the peak of each `step` seconds of sound."""
    samples = array.array("f")
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
    size = round(48_000 * step)
    return [max(map(abs, samples[start : start + size])) for start in range(0, len(samples), size)]


def test_a_clip_has_the_asked_size_length_and_codecs(tmp_path: Path) -> None:
    """A 4 s clip at 1280x720 is H.264 and AAC, 30 frames a second, exactly that large and long."""
    path = rendered(tmp_path, size="1280x720", seconds=4, prompt="A red panda surfs a long wave at dawn")
    with av.open(str(path)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert sound.codec_context.name == "aac"
        assert (picture.width, picture.height) == (1280, 720)
        assert picture.average_rate == FRAMES_PER_SECOND
        assert picture.frames == 120
        for stream in (picture, sound):
            assert stream.duration is not None
            assert stream.time_base is not None
            assert stream.duration * stream.time_base == 4
        assert container.duration == 4_000_000


def test_a_clip_can_begin_to_play_before_it_has_come_whole(tmp_path: Path) -> None:
    """The index stands before the frames."""
    content = rendered(tmp_path).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_flash_and_beep_come_together_on_every_second(tmp_path: Path) -> None:
    """Picture and sound jump at every whole second and at no other time, within a frame of each other."""
    path = rendered(tmp_path, prompt="sync", seconds=3)
    bright = brightness(path)
    flashes = [n for n in range(len(bright)) if n == 0 or bright[n] - bright[n - 1] > 20]
    loud = loudness(path, 1 / FRAMES_PER_SECOND)
    beeps = [n for n in range(len(loud)) if loud[n] > 0.1 and (n == 0 or loud[n - 1] <= 0.1)]
    assert flashes == [0, 30, 60]
    assert len(beeps) == 3
    assert all(abs(flash - beep) <= 1 for flash, beep in zip(flashes, beeps, strict=True))
    assert max(loud[15:28]) < 0.01


def test_the_same_clip_has_the_same_bytes(tmp_path: Path) -> None:
    """Rendering is repeatable to the byte."""
    clips = [rendered(tmp_path, f"{n}.mp4", prompt="again").read_bytes() for n in range(4)]
    assert len(set(clips)) == 1


def test_pictures_of_odd_sides_are_widened() -> None:
    """A picture laid over the clip has even sides and is otherwise the same."""
    image = Image.new("RGBA", (3, 5), "red")
    assert even(image).size == (4, 6)
    assert even(image).crop((0, 0, 3, 5)).tobytes() == image.tobytes()
    assert even(image).getpixel((3, 5)) == (0, 0, 0, 0)
    assert even(even(image)).size == (4, 6)


def test_other_prompts_look_different(tmp_path: Path) -> None:
    """Two prompts of equal length differ far more than their letters do: in colour."""
    sea, sun = (pictures(rendered(tmp_path, f"{name}.mp4", prompt=name))[0] for name in ("sea", "sun"))
    distance = sum(ImageStat.Stat(ImageChops.difference(sea, sun)).mean) / 3
    assert distance > 15


def test_a_clip_moves(tmp_path: Path) -> None:
    """Frames between two flashes differ from each other."""
    frames = [picture.tobytes() for picture in pictures(rendered(tmp_path))]
    assert len(set(frames[5:25])) == 20


def test_a_silent_clip_has_no_sound_track(tmp_path: Path) -> None:
    """Where no audio was asked for, there is none."""
    with av.open(str(rendered(tmp_path, generate_audio=False))) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    "prompt",
    ["", " \n", "日本語のテキスト 🐼" * 300, "x" * 3000, "word " * 900, "a\nb\r\n\x00c", "§ß–"],
    ids=["empty", "blank", "no spaces", "one word", "many words", "controls", "signs"],
)
@pytest.mark.parametrize("size", ["1280x720", "720x1280", "480x480"])
def test_any_prompt_fits_into_the_picture(prompt: str, size: str) -> None:
    """Whatever the prompt, the words stay inside the frame."""
    clip = clip_for("m", {"prompt": prompt, "size": size})
    for layer in layers(clip):
        if layer.image.height < clip.height / 10:
            continue  # labels and playhead
        assert layer.x >= 0
        assert layer.y >= 0
        assert layer.x + layer.image.width <= clip.width
        assert layer.y + layer.image.height <= clip.height


def test_the_prompt_has_a_panel_of_its_own() -> None:
    """A prompt adds one panel, with letters in it, to what every clip shows."""
    worded = layers(clip_for("m", {"prompt": "Hello"}))
    wordless = layers(clip_for("m", {"prompt": ""}))
    assert len(worded) == len(wordless) + 1
    colours = {colour for _, colour in worded[2].image.getcolors(1 << 20) or ()}
    assert (255, 255, 255, 255) in colours
