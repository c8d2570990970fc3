from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any

import av
import pytest

from runcomfy_jupyter.sandbox.clip import clip_for
from runcomfy_jupyter.sandbox.picture import drawable, layers
from runcomfy_jupyter.sandbox.render import FRAMES_PER_SECOND, render

if TYPE_CHECKING:
    from pathlib import Path

SHORT: dict[str, Any] = {"size": "320x180", "seconds": 2}


def rendered(folder: Path, name: str = "clip.mp4", **inputs: Any) -> Path:
    path = folder / name
    render(clip_for("m", SHORT | inputs), path)
    return path


def brightness(path: Path) -> list[float]:
    """Return the mean luma of each frame."""
    with av.open(str(path)) as container:
        return [_mean(frame) for frame in container.decode(video=0)]


def _mean(frame: av.VideoFrame) -> float:
    luma = frame.planes[0]
    pixels = bytes(luma)
    rows = (pixels[y * luma.line_size : y * luma.line_size + frame.width] for y in range(frame.height))
    return sum(map(sum, rows)) / (frame.width * frame.height)


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
        assert (picture.average_rate, picture.frames) == (FRAMES_PER_SECOND, 120)
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
    """Picture and sound each jump at every whole second and at no other time, within a frame of each other."""
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
    first, second = (rendered(tmp_path, name, prompt="twice") for name in ("a.mp4", "b.mp4"))
    assert first.read_bytes() == second.read_bytes()


def test_other_prompts_look_different(tmp_path: Path) -> None:
    """Two prompts of equal length differ far more than their letters do: in colour."""
    pictures = []
    for name in ("sea", "sun"):
        with av.open(str(rendered(tmp_path, f"{name}.mp4", prompt=name))) as container:
            frame = next(container.decode(video=0)).reformat(format="rgb24", width=8, height=8)
            pictures.append(bytes(frame.planes[0]))
    distance = sum(abs(a - b) for a, b in zip(*pictures, strict=True)) / len(pictures[0])
    assert distance > 15


def test_a_clip_moves(tmp_path: Path) -> None:
    """Frames between two flashes differ from each other."""
    with av.open(str(rendered(tmp_path))) as container:
        frames = [bytes(frame.planes[0]) for frame in container.decode(video=0)]
    assert len(set(frames[5:25])) == 20


def test_a_silent_clip_has_no_sound_track(tmp_path: Path) -> None:
    """Where no audio was asked for, there is none."""
    with av.open(str(rendered(tmp_path, generate_audio=False))) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    "prompt", ["", " \n", "日本語のテキスト 🐼" * 300, "x" * 3000, "word " * 900, "a\nb\r\n\x00c", "§ß–"]
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


def test_text_is_brought_to_what_the_font_has() -> None:
    """Accents are dropped, ligatures spelt, dashes plain; other scripts become boxes, one for each character."""
    assert drawable("Grüße, naïve café – “x” …") == "Grusse, naive cafe - “x” …"
    assert drawable("œuvre\tÆon") == "oeuvre AEon"
    assert drawable("日本") == "\N{REPLACEMENT CHARACTER}" * 2
    assert drawable("a\u0301\u200db") == "ab"


def test_the_prompt_has_a_panel_of_its_own() -> None:
    """A prompt adds one panel, with letters in it, to what every clip shows."""
    worded = layers(clip_for("m", {"prompt": "Hello"}))
    wordless = layers(clip_for("m", {"prompt": ""}))
    assert len(worded) == len(wordless) + 1
    assert (255, 255, 255, 255) in dict(map(reversed, worded[2].image.getcolors(1 << 20) or ()))
