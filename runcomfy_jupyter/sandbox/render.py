"""Render a clip as a real MP4: H.264 picture, AAC sound, a flash and a beep together on every second."""

from __future__ import annotations

import array
import math
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import av.filter

from .colours import colours, grid_of, seed_of
from .picture import even, layers, playhead, track_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from av.container import OutputContainer
    from av.filter.context import FilterContext
    from PIL import Image

    from .clip import Clip

FRAMES_PER_SECOND = 30
SAMPLES_PER_SECOND = 48_000
FLASH_FRAMES = 2
BEEP_SECONDS = 0.08

_FRAME = Fraction(1, FRAMES_PER_SECOND)
_Still = tuple["FilterContext", "Image.Image"]
_PENTATONIC_HZ = (523.25, 587.33, 659.26, 783.99, 880.0)
_X264 = {"preset": "ultrafast", "crf": "24", "threads": "1", "g": str(FRAMES_PER_SECOND)}
"""One thread: the bytes must not depend on the number of cores. A key frame each second: seeking is quick."""


def render(clip: Clip, path: Path) -> None:
    """Write the clip to `path`; the same clip gives the same bytes with the same PyAV and Pillow."""
    seed = seed_of(clip)
    with av.open(
        str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
    ) as out:
        _encode(clip, seed, out)


def _encode(clip: Clip, seed: bytes, out: OutputContainer) -> None:
    picture = out.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_X264)
    picture.width, picture.height, picture.pix_fmt = clip.width, clip.height, "yuv420p"
    picture.codec_context.time_base = _FRAME
    sound = out.add_stream("aac", rate=SAMPLES_PER_SECOND, layout="mono") if clip.sound else None
    for number, frame in enumerate(_pictures(clip, seed)):
        if sound is not None and number % FRAMES_PER_SECOND == 0:
            out.mux(sound.encode(_second_of_sound(number // FRAMES_PER_SECOND, seed)))
        out.mux(picture.encode(frame))
    out.mux(picture.encode())
    if sound is not None:
        out.mux(sound.encode())


def _pictures(clip: Clip, seed: bytes) -> Iterator[av.VideoFrame]:
    """Yield the clip's frames: a coarse grid of moving colours, enlarged and drawn upon by libavfilter."""
    columns, rows = grid_of(clip)
    graph = av.filter.Graph()
    source = graph.add(
        "buffer", f"video_size={columns}x{rows}:pix_fmt=rgb24:time_base={_FRAME}:pixel_aspect=1/1"
    )
    stills: list[_Still] = []
    sink = _drawn_upon(graph, source, clip, stills)
    graph.configure()
    for entry, image in stills:
        entry.push(_filled(av.VideoFrame(image.width, image.height, "rgba"), image.tobytes(), 0))
        entry.push(None)
    for number in range(clip.seconds * FRAMES_PER_SECOND):
        source.push(
            _filled(
                av.VideoFrame(columns, rows, "rgb24"),
                colours((columns, rows), number / FRAMES_PER_SECOND, seed),
                number,
            )
        )
        frame = sink.pull()
        assert isinstance(frame, av.VideoFrame)  # noqa: S101 - a video graph yields pictures; for the type checker
        frame.pts, frame.time_base = number, _FRAME
        yield frame


def _drawn_upon(
    graph: av.filter.Graph, source: FilterContext, clip: Clip, stills: list[_Still]
) -> FilterContext:
    """Chain enlargement, words, playhead and flash behind `source`, and return the end of the chain."""
    enlarged = graph.add(
        "scale", f"{clip.width}:{clip.height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"
    )
    last = graph.add("format", "yuv420p")
    source.link_to(enlarged)
    enlarged.link_to(last)
    track = track_of(clip)
    span = clip.seconds * FRAMES_PER_SECOND
    dot = playhead(clip)
    x = f"{track.left - track.radius}+{track.right - track.left}*n/{span}"
    placed = [(even(layer.image), str(layer.x), str(layer.y)) for layer in layers(clip)]
    placed.append((dot, x, str(track.middle - track.radius)))
    for image, left, top in placed:
        still = graph.add(
            "buffer",
            f"video_size={image.width}x{image.height}:pix_fmt=rgba:time_base={_FRAME}:pixel_aspect=1/1",
        )
        overlay = graph.add("overlay", f"x={left}:y={top}:format=yuv420")
        last.link_to(overlay, 0, 0)
        still.link_to(overlay, 0, 1)
        stills.append((still, image))
        last = overlay
    flash = graph.add(
        "drawbox",
        f"x=0:y=0:w=iw:h=ih:color=white@0.5:t=fill:enable='lt(mod(n,{FRAMES_PER_SECOND}),{FLASH_FRAMES})'",
    )
    last.link_to(flash)
    sink = graph.add("buffersink")
    flash.link_to(sink)
    return sink


def _filled(frame: av.VideoFrame, pixels: bytes, number: int) -> av.VideoFrame:
    """Put packed pixels into a frame whose rows may be padded."""
    plane = frame.planes[0]
    row = len(pixels) // frame.height
    padding = bytes(plane.line_size - row)
    plane.update(b"".join(pixels[y * row : (y + 1) * row] + padding for y in range(frame.height)))
    frame.pts, frame.time_base = number, _FRAME
    return frame


def _second_of_sound(second: int, seed: bytes) -> AudioFrame:
    """Make one second of mono sound: a beep that starts with it, then silence."""
    pitch = _PENTATONIC_HZ[seed[4] % len(_PENTATONIC_HZ)]
    length = round(BEEP_SECONDS * SAMPLES_PER_SECOND)
    fade = length // 10
    samples = array.array("f", bytes(4 * SAMPLES_PER_SECOND))
    for n in range(length):
        loudness = 0.4 * min(1.0, n / fade, (length - n) / fade)
        samples[n] = loudness * math.sin(math.tau * pitch * n / SAMPLES_PER_SECOND)
    frame = av.AudioFrame("fltp", "mono", SAMPLES_PER_SECOND)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.time_base = SAMPLES_PER_SECOND, Fraction(1, SAMPLES_PER_SECOND)
    frame.pts = second * SAMPLES_PER_SECOND
    return frame
