"""The outputs of a job in HTML: videos, pictures and sounds."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.dimensions import HEAD, dimensions
from runcomfy_jupyter._display.facts import caption, is_here, near_path, size_of, title
from runcomfy_jupyter._display.grid import Tile, grid
from runcomfy_jupyter._display.html import DIM, LINE, bounded, card, escape, legend
from runcomfy_jupyter._display.parcel import filled
from runcomfy_jupyter._display.poster import poster
from runcomfy_jupyter._display.room import Room, link
from runcomfy_jupyter._display.shapes import cut
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.record import is_elsewhere
from runcomfy_jupyter._domain.words import megabytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import File, Record

# Of a landscape, of a portrait.
_WIDTHS = (640, 300)
_SMALL_WIDTHS = (320, 180)
_TITLE = 200
_FACT = 120


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where outputs are shown.

    `embed_limit`: bytes up to which files are put into the page itself, all of them together;
    `small`: as one of many, with the caption beside; `bare`: without a caption; `note`: what this
    place cannot do.
    """

    embed_limit: int
    small: bool = False
    bare: bool = False
    note: str = ""


def job_html(record: Record, model: ModelCard, outlet: Outlet, *, now: float) -> str:
    """Draw a job: its outputs once they are here, its card otherwise."""
    return filled(*job_page(record, model, outlet, now=now))


def job_page(
    record: Record, model: ModelCard, outlet: Outlet, *, now: float, above: str = ""
) -> tuple[str, Mapping[str, str]]:
    """Draw the same with marks in place of what is embedded; return it with the files' paths by mark.

    `above`: HTML to stand above the outputs.
    """
    if not is_here(record):
        return card(view(record, model, now=now)), {}
    room = Room(outlet.embed_limit)
    figures = _figures(record, model, room, small=outlet.small)
    if outlet.bare:
        return figures, room.files
    told = _caption(record, model, [note for note in (outlet.note, room.note) if note])
    if outlet.small and len(record.files) == 1:
        style = "display:flex;flex-wrap:wrap;gap:4px 14px;align-items:center"
        beside = f'<div style="flex:1 1 200px;min-width:0">{told}</div>'
        return f'<div style="{style}">{figures}{beside}</div>', room.files
    if above:
        above += '<div style="height:8px"></div>'
    return f"{above}{figures}{told}", room.files


def film(record: Record, outlet: Outlet) -> File | None:
    """Return the video of a job that is here, has no other output, and fits into a page."""
    if not is_here(record) or len(record.files) != 1:
        return None
    [file] = record.files
    fits = file.size <= outlet.embed_limit and not is_elsewhere(file.path)
    return file if fits and file.media_type.startswith("video/") else None


def name_of(record: Record, model: ModelCard) -> str:
    """Return what to call a job's outputs to those who cannot see them."""
    return cut(title(record, model) or model.display_name, _TITLE)


def caption_html(record: Record, model: ModelCard, outlet: Outlet) -> str:
    """Draw what is told of a job's outputs, for where these stand beside it by themselves."""
    return _caption(record, model, [outlet.note] if outlet.note else [])


def tiles(record: Record, model: ModelCard, room: Room) -> list[Tile]:
    """Return a field of a grid for each output of a job, without words below."""
    asked, alt = size_of(record, model), name_of(record, model)
    fields = []
    for file in record.files:
        size = _own_size(file) or asked
        ratio = size[0] / size[1] if size else _usual_ratio(file)
        fields.append(Tile(medium(file, alt, shown_size(size, small=True), room, fills=True), ratio))
    return fields


def medium(file: File, alt: str, size: tuple[int, int | None], room: Room, *, fills: bool = False) -> str:
    """Draw one output. `size`: width and height to reserve; `fills`: as wide as the place it stands in."""
    width, height = size
    kind = file.media_type.partition("/")[0]
    if kind not in {"image", "audio", "video"}:
        return _other(file)
    source, said = escape(room.source(file)), escape(alt)
    wide = "width:100%" if fills else "max-width:100%"
    if kind == "audio":
        style = f"display:block;width:100%;max-width:{_WIDTHS[0]}px"
        return (
            f'<audio controls preload="metadata" style="{style}" title="{said}" src="{source}">'
            f"{_cannot(file)}</audio>"
        )
    style = f"display:block;margin:0;{wide};height:auto;border-radius:6px;background:{LINE}"
    reserved = f'width="{width}"' + (f' height="{height}"' if height else "")
    if kind == "image":
        return f'<img {reserved} style="{style}" alt="{said}" src="{source}">'
    still = poster(file.path, width)
    picture = f'poster="data:image/jpeg;base64,{_base64(still)}" ' if still else ""
    # The source stands on the element itself: a <source> child does not outlive the sanitiser.
    return (
        f'<video controls preload="metadata" {reserved} style="{style}" title="{said}" {picture}'
        f'src="{source}">{_cannot(file)}</video>'
    )


def shown_size(size: tuple[int, int] | None, *, small: bool = False) -> tuple[int, int | None]:
    """Return the width, and the height if it is known, in which an output is shown."""
    landscape, portrait = _SMALL_WIDTHS if small else _WIDTHS
    if size is None:
        return landscape, None
    width = landscape if size[0] >= size[1] else portrait
    return width, round(width * size[1] / size[0])


def box_of(size: tuple[int, int] | None, *, small: bool = False) -> tuple[int, str]:
    """Return the width, and the proportion as CSS writes it, of the box that an output will take up."""
    width, _ = shown_size(size, small=small)
    return width, f"{width}/{box_height(size, small=small)}"


def box_height(size: tuple[int, int] | None, *, small: bool = False) -> int:
    """Return the height of that box where the page has room for its width."""
    width, height = shown_size(size, small=small)
    return height or round(width * 9 / 16)


def links(files: tuple[File, ...], *, short: bool = False) -> str:
    """Draw a link to each file; `short`: by its name alone."""
    named = (
        (escape(link(file)), escape(Path(file.path).name if short else near_path(file.path)))
        for file in files
    )
    # A line does not break within a path while that fits on a line of its own.
    whole = '<span style="display:inline-block;max-width:100%">'
    return " ".join(f'{whole}<a href="{address}">{name}</a></span>' for address, name in named)


def note_html(note: str) -> str:
    """Draw what is beside the point, below everything else."""
    return f'<div style="font-size:12px;{DIM};line-height:1.5">{bounded(note)}</div>'


def _figures(record: Record, model: ModelCard, room: Room, *, small: bool) -> str:
    if len(record.files) > 1:
        fields = [
            tile._replace(below=f'<div style="{_NAME}">{links((file,), short=True)}</div>')
            for tile, file in zip(tiles(record, model, room), record.files, strict=True)
        ]
        return grid(fields)
    asked, alt = size_of(record, model), name_of(record, model)
    drawn = []
    for file in record.files:
        own = _own_size(file)
        shown = shown_size(own or asked, small=small)
        # A small picture is not blown up.
        drawn.append(medium(file, alt, own if own and own[0] < shown[0] else shown, room))
    return "".join(drawn)


_NAME = "font-size:12px;line-height:1.5;margin-top:3px;overflow-wrap:break-word"


def _caption(record: Record, model: ModelCard, notes: list[str]) -> str:
    # A line may break between facts, not within one.
    dim = f'<span style="{DIM};margin-right:6px;white-space:nowrap">'
    told = " ".join(f"{dim}{bounded(fact, _FACT)}</span>" for fact in caption(record, model))
    named = f" {links(record.files)}" if len(record.files) == 1 else ""
    below = f'<div style="font-size:12px;overflow-wrap:break-word">{told}{named}</div>'
    return legend(title(record, model), below + "".join(note_html(note) for note in notes))


def _own_size(file: File) -> tuple[int, int] | None:
    """Return the size that an output tells of itself: a picture does."""
    if not file.media_type.startswith("image/"):
        return None
    with Path(file.path).open("rb") as opened:
        return dimensions(opened.read(HEAD))


def _usual_ratio(file: File) -> float:
    return 1.0 if file.media_type.startswith("image/") else 16 / 9


def _other(file: File) -> str:
    style = (
        f"font-size:13px;line-height:1.5;padding:10px 14px;border:1px solid {LINE};border-radius:6px;"
        "max-width:640px;box-sizing:border-box;overflow-wrap:break-word"
    )
    told = f"A file of the type {bounded(file.media_type, _FACT)}, {megabytes(file.size)}"
    return f'<div style="{style}">{told}</div>'


def _cannot(file: File) -> str:
    kind = "sound" if file.media_type.startswith("audio/") else "video"
    return f"This page cannot play the {kind}; the file is {escape(near_path(file.path))}."


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
