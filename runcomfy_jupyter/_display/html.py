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
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runcomfy_jupyter._display.text import HEADER, row
from runcomfy_jupyter._display.view import Kind, Line, View, caption, missing, near_path, size_of, view
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
_LANDSCAPE_WIDTH = 640
_PORTRAIT_WIDTH = 300


def escape(text: str) -> str:
    """Make any text harmless inside HTML, attributes included, and fit to be sent as UTF-8."""
    return html.escape(text.encode("utf-8", "replace").decode(), quote=True)


def with_code(line: Line) -> str:
    """Escape a line and turn its `backquoted` parts into code, unless it is quoted."""
    if line.quoted:
        return escape(line.text)
    style = "font-size:12px;padding:1px 4px;border-radius:4px;background:rgba(128,128,128,0.15)"
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


_STYLE = """<style>
.runcomfy-card{max-width:720px;box-sizing:border-box;padding:10px 14px;font-size:13px;line-height:1.5;
border:1px solid var(--jp-border-color2,rgba(128,128,128,.35));border-left-width:3px;border-radius:4px;
color:var(--jp-ui-font-color1,inherit);font-family:var(--jp-ui-font-family,sans-serif)}
.runcomfy-card .head{display:flex;justify-content:space-between;gap:12px}
.runcomfy-card .dim{color:var(--jp-ui-font-color2,inherit);margin-top:3px;overflow-wrap:anywhere}
.runcomfy-card .bar{height:3px;margin:8px 0 6px;border-radius:2px;overflow:hidden;
background:var(--jp-border-color2,rgba(128,128,128,.35))}
.runcomfy-card .bar div{height:100%;background:var(--jp-brand-color1,#1976d2)}
.runcomfy-card .told{margin-top:6px;font-weight:600}
</style>"""


def running_card(shown: View, told: str = "") -> str:
    """Draw a running job for a live widget, which nothing sanitises: it follows the theme.

    `told`: what came of the user's last click.
    """
    share = 0 if shown.progress is None else 100 * min(1.0, shown.progress)
    bar = f'<div class="bar"><div style="width:{share:.1f}%"></div></div>'
    told_lines = (line for line in shown.lines if line.text)
    lines = [f'<div class="{"dim" if line.dim else ""}">{with_code(line)}</div>' for line in told_lines]
    lines.insert(max(0, len(lines) - 1), bar)
    if told:
        lines.append(f'<div class="told">{escape(told)}</div>')
    head = (
        f'<div class="head"><b>{escape(shown.headline)}</b>'
        f'<span class="dim" style="margin:0;white-space:nowrap">{escape(shown.figure)}</span></div>'
    )
    edge = EDGE[shown.kind]
    return f'{_STYLE}<div class="runcomfy-card" style="border-left-color:{edge}">{head}{"".join(lines)}</div>'


def keepsake(record: Record) -> str:
    """Draw what stands in the notebook while a live row shows the job: true at any later time."""
    line = Line(f"Job {record.id} · `%sora show {record.id}` brings it to any cell.")
    return f'<div style="font-size:12px;opacity:0.7;margin:2px 0">{with_code(line)}</div>'


def job_html(record: Record, model: ModelCard, *, now: float, embed_limit: int, above: str = "") -> str:
    """Draw a job: its outputs once they are here, its card otherwise.

    `embed_limit`: bytes up to which a file is put into the notebook itself. `above`: HTML to
    stand above the outputs.
    """
    if record.state is not State.SUCCEEDED or missing(record.files):
        return card(view(record, model, now=now))
    figures = "".join(_medium(file, record, model, embed_limit) for file in record.files)
    if above:
        above += '<div style="height:8px"></div>'
    return f"{above}{figures}{_caption(record, model, embed_limit)}"


def _medium(file: File, record: Record, model: ModelCard, embed_limit: int) -> str:
    width, height = _shown_size(size_of(record, model))
    source = escape(_source(file, embed_limit))
    style = f"display:block;max-width:100%;height:auto;border-radius:6px;background:{_LINE}"
    size = f'width="{width}"' + (f' height="{height}"' if height else "")
    if file.media_type.startswith("image/"):
        return f'<img {size} style="{style}" alt="{escape(record.prompt)}" src="{source}">'
    # The source stands on the element itself: a <source> child does not outlive the sanitiser.
    title = escape(record.prompt)
    return (
        f'<video controls preload="metadata" {size} style="{style}" title="{title}" src="{source}">'
        f"This page cannot play the video; the file is {escape(near_path(file.path))}.</video>"
    )


def _shown_size(size: tuple[int, int] | None) -> tuple[int, int | None]:
    if size is None:
        return _LANDSCAPE_WIDTH, None
    width = _LANDSCAPE_WIDTH if size[0] >= size[1] else _PORTRAIT_WIDTH
    return width, round(width * size[1] / size[0])


def _source(file: File, embed_limit: int) -> str:
    if file.size > embed_limit:
        return _link(file)
    data = base64.b64encode(Path(file.path).read_bytes()).decode("ascii")
    return f"data:{file.media_type};base64,{data}"


def _link(file: File) -> str:
    """Return the file's address relative to the notebook, which lies in the working folder."""
    try:
        relative = os.path.relpath(file.path)
    except (ValueError, OSError):  # another drive; the working folder is gone
        relative = file.path
    # As bytes: a name on disk need not be text.
    return quote(os.fsencode(Path(relative).as_posix()))


def _caption(record: Record, model: ModelCard, embed_limit: int) -> str:
    dim = '<span style="opacity:0.7;margin-right:10px">'
    told = "".join(f"{dim}{escape(fact)}</span>" for fact in caption(record, model))
    named = ((escape(_link(file)), escape(near_path(file.path))) for file in record.files)
    links = " ".join(f'<a href="{link}">{path}</a>' for link, path in named)
    note = ""
    if any(file.size > embed_limit for file in record.files):
        note = (
            '<div style="font-size:12px;opacity:0.7">Too large to be put into the notebook: '
            "it plays from the file, which has to stay where it is.</div>"
        )
    return (
        '<div style="max-width:640px;margin:8px 0 2px;line-height:1.5">'
        f'<div style="font-size:13px;overflow-wrap:anywhere">{escape(record.prompt)}</div>'
        f'<div style="font-size:12px;overflow-wrap:anywhere">{told}{links}</div>{note}</div>'
    )


def table(records: Sequence[Record], *, now: float) -> str:
    """Draw jobs as a table, in the order given."""
    if not records:
        return card(View(Kind.OVER, "No jobs in your ledger yet"))
    cell = f"padding:3px 14px 3px 0;text-align:left;vertical-align:top;border-bottom:1px solid {_LINE}"
    head = "".join(f'<th style="{cell};font-weight:600;opacity:0.7">{name}</th>' for name in HEADER)
    body = "".join(
        "<tr>" + "".join(f'<td style="{cell}">{escape(text)}</td>' for text in row(record, now=now)) + "</tr>"
        for record in records
    )
    return f'<table style="font-size:13px;border-collapse:collapse"><tr>{head}</tr>{body}</table>'
