"""Look at videos as a player would: find them in HTML, decode them whole."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, cast

import av

DATA_URI = "data:video/mp4;base64,"


@dataclass(frozen=True, slots=True)
class Clip:
    """What a file turned out to hold once every frame of it was decoded."""

    video_codec: str
    audio_codec: str | None
    width: int
    height: int
    seconds: float
    size: int

    @property
    def words(self) -> str:
        """The same, for a person."""
        codecs = f"{self.video_codec} + {self.audio_codec or 'no sound'}"
        return f"{codecs}, {self.width}x{self.height}, {self.seconds:.2f} s, {self.size / 1e6:.2f} MB"


class _VideoTags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "video":
            self.sources.append(dict(attrs).get("src") or "")


def video_sources(html: str) -> list[str]:
    """Return the `src` of each <video> element itself, "" where it has none: a <source> inside is no use."""
    tags = _VideoTags()
    tags.feed(html)
    tags.close()
    return tags.sources


def embedded_videos(outputs: list[dict[str, Any]]) -> list[bytes]:
    """Return the files embedded in a cell's saved outputs."""
    pages = [_text(output.get("data", {}).get("text/html", "")) for output in outputs]
    sources = [source for page in pages for source in video_sources(page) if source.startswith(DATA_URI)]
    return [base64.b64decode(source.removeprefix(DATA_URI), validate=True) for source in sources]


def probe(content: bytes) -> Clip:
    """Decode a whole video; raise what PyAV raises when it is broken or cut short."""
    with av.open(io.BytesIO(content), mode="r") as container:
        video = container.streams.video[0]
        audio = container.streams.audio[0] if container.streams.audio else None
        frames = 0
        heard = False
        for frame in container.decode(*filter(None, (video, audio))):
            if isinstance(frame, av.VideoFrame):
                frames += 1
            else:
                heard = True
        rate = cast("Any", video.average_rate)
        return Clip(
            video_codec=video.codec_context.name,
            audio_codec=audio.codec_context.name if audio and heard else None,
            width=video.codec_context.width,
            height=video.codec_context.height,
            seconds=frames / float(rate),
            size=len(content),
        )


def _text(value: str | list[str]) -> str:
    """Join nbformat's two ways of keeping text."""
    return value if isinstance(value, str) else "".join(value)
