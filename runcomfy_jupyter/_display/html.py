"""A job in HTML that lives on in a saved notebook: escaped, script-free, theme-neutral.

Notebooks that are not trusted lose `<style>`, `<script>`, classes' styles, `<source>`, aria and
data attributes and every style value with `var()`. So: inline styles only, the text's own colour,
`opacity` to dim it, greys with an alpha for lines, middle tones that read on white and on black.
"""

from __future__ import annotations

import base64
import html
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runcomfy_jupyter._display.poster import poster
from runcomfy_jupyter._display.text import HEADER, row
from runcomfy_jupyter._display.view import (
    Kind,
    Line,
    View,
    caption,
    facts,
    missing,
    near_path,
    size_of,
    view,
    with_prompt,
)
from runcomfy_jupyter._domain.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import File, Record

EDGE = {
    Kind.RUNNING: "#1976d2",
    Kind.GOOD: "#2da44e",
    Kind.CARE: "#bf8700",
    Kind.BAD: "#d1383d",
    Kind.OVER: "#8c959f",
}
_LINE = "rgba(128,128,128,0.35)"
# Of a landscape, of a portrait.
_WIDTHS = (640, 300)
_SMALL_WIDTHS = (320, 180)
_TOO_LARGE = "Too large to be put into the notebook: it plays from the file, which has to stay where it is."


def escape(text: str) -> str:
    """Make any text harmless inside HTML, attributes included, and fit to be sent as UTF-8."""
    return html.escape(text.encode("utf-8", "replace").decode(), quote=True)


def with_code(line: Line) -> str:
    """Escape a line and turn its `backquoted` parts into code, unless it is quoted."""
    if line.quoted:
        return escape(line.text)
    ground = "padding:1px 4px;border-radius:4px;background:rgba(128,128,128,0.15)"
    style = f"font-size:12px;white-space:nowrap;{ground}"
    return re.sub(r"`([^`]*)`", rf'<code style="{style}">\1</code>', escape(line.text))


def card(shown: View) -> str:
    """Draw a card."""
    style = (
        f"max-width:720px;box-sizing:border-box;border:1px solid {_LINE};"
        f"border-left:3px solid {EDGE[shown.kind]};border-radius:4px;"
        "padding:10px 14px;margin:2px 0;font-size:13px;line-height:1.5"
    )
    figure = (
        f'<span style="opacity:0.7;white-space:nowrap">{escape(shown.figure)}</span>' if shown.figure else ""
    )
    head = (
        '<div style="display:flex;justify-content:space-between;gap:12px">'
        f'<span style="font-weight:600">{escape(shown.headline)}</span>{figure}</div>'
    )
    lines = "".join(
        f'<div style="margin-top:3px{";opacity:0.7" if line.dim else ""};overflow-wrap:anywhere">'
        f"{with_code(line)}</div>"
        for line in shown.lines
        if line.text
    )
    return f'<div style="{style}">{head}{lines}</div>'


def keepsake(record: Record, model: ModelCard) -> str:
    """Draw what stands in the notebook while a live row shows the job: true at any later time.

    It stands where the caption of the video will, and looks like it.
    """
    told = " · ".join([model.display_name, *facts(record, model), f"job {record.id}"])
    show = with_code(Line(f"`%sora show {record.id}` shows it in any cell", dim=True))
    return (
        '<div style="max-width:640px;margin:8px 0 2px;line-height:1.5">'
        f'<div style="font-size:13px;overflow-wrap:anywhere">{escape(record.prompt)}</div>'
        f'<div style="font-size:12px;opacity:0.7">{escape(told)} · {show}</div></div>'
    )


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where outputs are shown.

    `embed_limit`: bytes up to which a file is put into the page itself; `small`: as one of many,
    with the caption beside; `bare`: without a caption; `note`: what this place cannot do.
    """

    embed_limit: int
    small: bool = False
    bare: bool = False
    note: str = ""


def job_html(record: Record, model: ModelCard, outlet: Outlet, *, now: float, above: str = "") -> str:
    """Draw a job: its outputs once they are here, its card otherwise.

    `above`: HTML to stand above the outputs.
    """
    if record.state is not State.SUCCEEDED or missing(record.files):
        shown = view(record, model, now=now)
        return card(with_prompt(shown, record) if outlet.small else shown)
    size = shown_size(size_of(record, model), small=outlet.small)
    figures = "".join(_medium(file, record, size, outlet.embed_limit) for file in record.files)
    if outlet.bare:
        return figures
    told = _caption(record, model, outlet)
    if outlet.small:
        style = "display:flex;flex-wrap:wrap;gap:4px 14px;align-items:center"
        return f'<div style="{style}">{figures}<div style="flex:1 1 200px;min-width:0">{told}</div></div>'
    if above:
        above += '<div style="height:8px"></div>'
    return f"{above}{figures}{told}"


def _medium(file: File, record: Record, shown: tuple[int, int | None], embed_limit: int) -> str:
    width, height = shown
    source = escape(_source(file, embed_limit))
    style = f"display:block;max-width:100%;height:auto;border-radius:6px;background:{_LINE}"
    size = f'width="{width}"' + (f' height="{height}"' if height else "")
    if file.media_type.startswith("image/"):
        return f'<img {size} style="{style}" alt="{escape(record.prompt)}" src="{source}">'
    still = poster(file.path)
    picture = f'poster="data:image/jpeg;base64,{_base64(still)}" ' if still else ""
    title = escape(record.prompt)
    # The source stands on the element itself: a <source> child does not outlive the sanitiser.
    return (
        f'<video controls preload="metadata" {size} style="{style}" title="{title}" {picture}src="{source}">'
        f"This page cannot play the video; the file is {escape(near_path(file.path))}.</video>"
    )


def shown_size(size: tuple[int, int] | None, *, small: bool = False) -> tuple[int, int | None]:
    """Return the width, and the height if it is known, in which an output is shown."""
    landscape, portrait = _SMALL_WIDTHS if small else _WIDTHS
    if size is None:
        return landscape, None
    width = landscape if size[0] >= size[1] else portrait
    return width, round(width * size[1] / size[0])


def _source(file: File, embed_limit: int) -> str:
    if file.size > embed_limit:
        return _link(file)
    return f"data:{file.media_type};base64,{_base64(Path(file.path).read_bytes())}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _link(file: File) -> str:
    """Return the file's address relative to the notebook, which lies in the working folder."""
    try:
        relative = os.path.relpath(file.path)
    except (ValueError, OSError):  # another drive; the working folder is gone
        relative = file.path
    # As bytes: a name on disk need not be text.
    return quote(os.fsencode(Path(relative).as_posix()))


def _caption(record: Record, model: ModelCard, outlet: Outlet) -> str:
    # A line may break between facts, not within one, nor within the path while that fits on a line.
    dim = '<span style="opacity:0.7;margin-right:6px;white-space:nowrap">'
    told = " ".join(f"{dim}{escape(fact)}</span>" for fact in caption(record, model))
    named = ((escape(_link(file)), escape(near_path(file.path))) for file in record.files)
    whole = '<span style="display:inline-block;max-width:100%">'
    links = " ".join(f'{whole}<a href="{link}">{path}</a></span>' for link, path in named)
    notes = [outlet.note] if outlet.note else []
    if any(file.size > outlet.embed_limit for file in record.files):
        notes.append(_TOO_LARGE)
    note = "".join(f'<div style="font-size:12px;opacity:0.7">{escape(line)}</div>' for line in notes)
    return (
        '<div style="max-width:640px;margin:8px 0 2px;line-height:1.5">'
        f'<div style="font-size:13px;overflow-wrap:anywhere">{escape(record.prompt)}</div>'
        f'<div style="font-size:12px;overflow-wrap:anywhere">{told} {links}</div>{note}</div>'
    )


def table(jobs: Sequence[tuple[Record, ModelCard]], *, now: float) -> str:
    """Draw jobs as a table, in the order given."""
    if not jobs:
        return card(View(Kind.OVER, "No jobs in your ledger yet"))
    cell = f"padding:3px 14px 3px 0;text-align:left;vertical-align:top;border-bottom:1px solid {_LINE}"
    head = "".join(f'<th style="{cell};font-weight:600;opacity:0.7">{name}</th>' for name in HEADER)
    rows = (row(record, model, now=now) for record, model in jobs)
    cells = (
        "".join(f'<td style="{cell}">{_cell(*named)}</td>' for named in zip(HEADER, texts, strict=True))
        for texts in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in cells)
    return f'<table style="font-size:13px;border-collapse:collapse"><tr>{head}</tr>{body}</table>'


def _cell(column: str, text: str) -> str:
    """Draw a cell of the table: a long text may break anywhere, others between facts alone."""
    if column in ("prompt", "file"):
        return escape(text)
    return " · ".join(f'<span style="white-space:nowrap">{escape(fact)}</span>' for fact in text.split(" · "))
