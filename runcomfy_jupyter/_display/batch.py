"""Many jobs that were asked for together: a table while they run, a grid at the end, lines of text.

`shown`: each job, and in a few words what tells it from the others; `kept`: the ids of those that
were bought before, so that nothing was sent for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display import live
from runcomfy_jupyter._display.batch_words import (
    batch_card,
    counted_words,
    numbered,
    shared_title,
    small_card,
    state_of,
    summary_words,
    what,
)
from runcomfy_jupyter._display.endings import shown_again
from runcomfy_jupyter._display.facts import cost, is_here, missing, near_path
from runcomfy_jupyter._display.grid import Tile, grid
from runcomfy_jupyter._display.html import DIM, LINE, bounded, card, legend, with_code
from runcomfy_jupyter._display.outputs import Outlet, job_page, links, note_html, tiles
from runcomfy_jupyter._display.room import Room
from runcomfy_jupyter._display.running import elapsed_of
from runcomfy_jupyter._display.shapes import Line
from runcomfy_jupyter._display.text import clean, job_text, plain
from runcomfy_jupyter._domain import words
from runcomfy_jupyter._domain.lifecycle import State, rests

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from runcomfy_jupyter._display.shapes import View
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import Record

    Shown = Sequence[tuple[Record, str]]

MOST_ROWS = 30
MOST_DRAWN = 100
MOST_LINES = 50
# Pixels that a row of the live table is high; as much stands below the last.
ROW = 24
_SAID = 60
_LANDSCAPE = 16 / 9


def batch_page(
    shown: Shown, model: ModelCard, outlet: Outlet, *, now: float, kept: Collection[str] = ()
) -> tuple[str, Mapping[str, str]]:
    """Draw the outputs of a batch side by side; a job without any is a small card among them.

    What is embedded has marks in its places; they are returned, too, with the files' paths.
    """
    if len(shown) == 1:
        note = _note(shown[0][0], kept, now)
        return job_page(shown[0][0], model, outlet, now=now, above=card(note) if note else "")
    room = Room(outlet.embed_limit)
    drawn = grid(_fields(shown[:MOST_DRAWN], model, room, now))
    if outlet.bare:
        return drawn, room.files
    notes = [note for note in (outlet.note, room.note) if note]
    if (more := len(shown) - MOST_DRAWN) > 0:
        notes.append(f"{more} more are not drawn here: %sora show ID shows one.")
    head = card(batch_card([record for record, _ in shown], model, kept=kept))
    page = f'{head}<div style="height:8px"></div>{drawn}{"".join(map(note_html, notes))}'
    return page, room.files


def _fields(shown: Shown, model: ModelCard, room: Room, now: float) -> list[Tile]:
    drawn: list[list[Tile]] = []
    for number, (record, said) in enumerate(shown, 1):
        name = numbered(number, said)
        fields = tiles(record, model, room) if is_here(record) else []
        drawn.append([tile._replace(below=_below(record, at, name)) for at, tile in enumerate(fields)])
    ratios = sorted(tile.ratio for fields in drawn for tile in fields)
    # A card takes as much room as most of what stands around it.
    usual = ratios[len(ratios) // 2] if ratios else _LANDSCAPE
    for number, (record, said) in enumerate(shown, 1):
        if not drawn[number - 1]:
            told = card(small_card(numbered(number, said), record, model, now=now))
            drawn[number - 1] = [Tile(told, usual)]
    return [tile for fields in drawn for tile in fields]


def _below(record: Record, at: int, name: str) -> str:
    took = "" if record.took is None else f"made in {words.duration(record.took)}"
    told = " · ".join(part for part in (cost(record), took) if part)
    dim = f'<div style="font-size:12px;{DIM}">{bounded(told)}</div>' if told else ""
    file = links((record.files[at],), short=True)
    return (
        '<div style="margin-top:5px;line-height:1.45;overflow-wrap:break-word">'
        f'<div style="font-size:13px">{bounded(name)}</div>{dim}'
        f'<div style="font-size:12px">{file}</div></div>'
    )


def batch_keepsake(shown: Shown, model: ModelCard) -> str:
    """Draw what stands in the notebook while a live table shows the batch: true at any later time."""
    records = [record for record, _ in shown]
    show = with_code(Line("running the cell again shows them, `%sora jobs` lists them"))
    line = f'<div style="font-size:12px;{DIM}">{bounded(what(records, model))} · {show}</div>'
    return legend(shared_title(records, model), line)


def batch_live(
    shown: Shown,
    model: ModelCard,
    *,
    now: float,
    left: float | None = None,
    told: str = "",
    kept: Collection[str] = (),
) -> str:
    """Draw a batch that runs, for a widget with the style sheet of `live`: rows of one height each.

    `left`: seconds, as `time_left` returns them; `told`: what came of the user's last click. There is
    room for a button at its top right, and at the right of each row.
    """
    records = [record for record, _ in shown]
    drawn = chosen(records)
    rows = "".join(_row(at + 1, *shown[at], now) for at in drawn)
    others = [records[at] for at in sorted({*range(len(records))} - {*drawn})]
    more = f"… and {len(others)} more: {counted_words(others)}" if others else ""
    share = sum(rests(record.state) for record in records) / len(records)
    return (
        '<div class="runcomfy-live" style="max-width:720px">'
        '<div style="min-height:44px;padding:4px 110px 4px 0">'
        f"<b>{bounded(summary_words(records, left=left, kept=kept))}</b>"
        f'<div class="rc-dim rc-line">{bounded(what(records, model))}</div></div>'
        f'<div class="rc-bar" aria-hidden="true"><div style="width:{100 * share:.1f}%"></div></div>'
        f'<div style="margin-top:8px">{rows}</div>'
        f'<div class="rc-dim rc-line" style="min-height:{ROW}px">{bounded(told or more)}</div></div>'
    )


def chosen(records: Sequence[Record]) -> list[int]:
    """Choose the jobs that have a row: of too many, what is under way, then what is next."""

    def urgency(at: int) -> int:
        if rests(records[at].state):
            return 2
        return 1 if records[at].state is State.RECORDED else 0

    return sorted(sorted(range(len(records)), key=urgency)[:MOST_ROWS])


def _row(number: int, record: Record, said: str, now: float) -> str:
    style = (
        f"display:flex;gap:12px;height:{ROW}px;line-height:{ROW}px;box-sizing:border-box;"
        f"border-bottom:1px solid {LINE};white-space:nowrap;overflow:hidden;padding-right:92px"
    )
    clip = "overflow:hidden;text-overflow:ellipsis"
    return (
        f'<div style="{style}"><span class="rc-dim" style="flex:0 0 28px;text-align:right">{number}</span>'
        f'<span style="flex:1 1 0;min-width:0;{clip}">{bounded(words.shorten(said, 2 * _SAID))}</span>'
        f'<span style="flex:0 0 150px;{clip}">{bounded(state_of(record))}</span>'
        f'<span class="rc-dim" style="flex:0 0 64px;text-align:right">{_clock(record, now)}</span></div>'
    )


def _clock(record: Record, now: float) -> str:
    if rests(record.state):
        return "" if record.took is None else words.clock_time(record.took)
    return "" if record.state is State.RECORDED else live.clock(elapsed_of(record, now))


def _note(record: Record, kept: Collection[str], now: float) -> View | None:
    """Return what stands above a batch of one that was bought before."""
    return shown_again(record, now=now) if record.id in kept else None


def batch_text(shown: Shown, model: ModelCard, *, now: float, kept: Collection[str] = ()) -> str:
    """Write a batch: how it stands, and a line for each job."""
    if len(shown) == 1:
        note = _note(shown[0][0], kept, now)
        told = job_text(shown[0][0], model, now=now)
        return f"{note.headline}\n{told}" if note else told
    lines = [plain(batch_card([record for record, _ in shown], model, kept=kept))]
    states = [state_of(record) for record, _ in shown[:MOST_LINES]]
    width, wide = len(str(len(shown))), max(map(len, states))
    for number, ((record, said), state) in enumerate(zip(shown, states, strict=False), 1):
        paths = [] if missing(record.files) else [near_path(file.path) for file in record.files]
        parts = (f"{number:>{width}}", state.ljust(wide), words.shorten(said, _SAID), ", ".join(paths))
        lines.append(clean("  ".join(part for part in parts if part).rstrip()))
    if rest := shown[MOST_LINES:]:
        lines.append(f"… and {len(rest)} more: {counted_words([record for record, _ in rest])}")
    return "\n".join(lines)
