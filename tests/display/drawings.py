"""Every drawing there is, with one text wherever a user, a service or a catalogue may have written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from display.examples import NOW, finished, job
from runcomfy_jupyter._display import html, live, text
from runcomfy_jupyter._display.batch import batch_keepsake, batch_live, batch_page, batch_text
from runcomfy_jupyter._display.endings import broken, shown_again, unshown
from runcomfy_jupyter._display.models import model_sheet, models_sheet
from runcomfy_jupyter._display.outputs import Outlet, job_html
from runcomfy_jupyter._display.parcel import filled
from runcomfy_jupyter._display.plans import Asked, plan_sheet
from runcomfy_jupyter._display.reports import Check, balance_card, doctor_sheet
from runcomfy_jupyter._display.shapes import Kind, View
from runcomfy_jupyter._display.tables import jobs_sheet
from runcomfy_jupyter._display.view import view, with_prompt
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import ModelCard
from runcomfy_jupyter._domain.record import Live
from runcomfy_jupyter._domain.replies import Balance

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._display.shapes import Sheet
    from runcomfy_jupyter._domain.record import Record

LIMIT = 99


def model(words: str) -> ModelCard:
    """Return a model whose maker has written the same everywhere."""
    fields = {
        "prompt": {"type": "string", "title": words, "description": words},
        "style": {"type": "string", "enum": [words, "plain"], "default": "plain", "title": words},
        "image_url": {"type": "string", "format": "image_uri", "title": words},
    }
    card = ModelCard.parse({"model_id": "maker/other", "input_schema": {"properties": fields}})
    told: dict[str, Any] = dict.fromkeys(
        ("display_name", "description", "kind", "price_unit", "pricing_note"), words
    )
    return replace(card, model_id=words, base_price_usd=Decimal("0.1"), **told)


def records(words: str, folder: Path) -> list[Record]:
    """Return a job in each state, and two with files, that hold the text wherever they can."""
    said: dict[str, Any] = {
        "id": words,
        "model": words,
        "inputs": {"prompt": words, "style": words},
        "error": words,
    }
    found = [job(state, live=Live(trouble=words), **said) for state in State]
    kinds = {"a.mp4": "video/mp4", "b.png": "image/png", "c.mp3": "audio/mpeg", "d.bin": "application/x"}
    done = [finished(folder / name, media_type=kind, **said) for name, kind in kinds.items()]
    together = replace(done[0], files=tuple(record.files[0] for record in done))
    return [*found, *done, together]


def outlets(words: str) -> dict[str, Outlet]:
    """Return the kinds of places for outputs."""
    return {
        "roomy": Outlet(LIMIT),
        "full": Outlet(0, note=words),
        "small": Outlet(LIMIT, small=True),
        "bare": Outlet(LIMIT, bare=True),
    }


def sheets(words: str, folder: Path) -> dict[str, Sheet]:
    """Return everything that is made of cards, tables, lines and code."""
    card, all_of_them = model(words), records(words, folder)
    drafts = [Asked(record, words=words) for record in all_of_them]
    checks = [Check(kind, words, words, words) for kind in Kind]
    return {
        "jobs": jobs_sheet([(record, card) for record in all_of_them], now=NOW),
        "no job": jobs_sheet([], now=NOW, word=words),
        "models": models_sheet([card] * 60, word=words, chosen=words),
        "no model": models_sheet([], word=words, reached=False),
        "model": model_sheet(card, cell=words, age=None),
        "stale model": model_sheet(card, cell=words, age=9.0, reached=False),
        "plan": plan_sheet(drafts[:1], card, warnings=[words]),
        "refused": plan_sheet(drafts[:1], card, refusal=words),
        "bought": plan_sheet([Asked(all_of_them[0], all_of_them[1], words)], card),
        "plan of many": plan_sheet(drafts * 9, card, refusal=words, warnings=[words] * 30),
        "doctor": doctor_sheet(checks),
        "balance": (balance_card(Balance(Decimal(0)), words),),
    }


def cards(words: str, folder: Path) -> dict[str, View]:
    """Return every card of a job."""
    card = model(words)
    found = {}
    for at, record in enumerate(records(words, folder)):
        found[f"card {at}"] = view(record, card, now=NOW, typical=60.0)
        found[f"small card {at}"] = with_prompt(found[f"card {at}"], record, card)
        found[f"broken {at}"] = broken(ValueError(words), record)
        found[f"again {at}"] = shown_again(record, now=NOW)
        found[f"unshown {at}"] = unshown(OSError(words), words)
    return found


def saved(words: str, folder: Path) -> dict[str, str]:
    """Return every drawing that stays in a notebook, in HTML."""
    card, all_of_them = model(words), records(words, folder)
    told = [(record, words) for record in all_of_them]
    found = {name: html.sheet(sheet) for name, sheet in sheets(words, folder).items()}
    found |= {name: html.card(shown) for name, shown in cards(words, folder).items()}
    for at, record in enumerate(all_of_them):
        found[f"keepsake {at}"] = html.keepsake(record, card)
        for name, outlet in outlets(words).items():
            found[f"job {at} {name}"] = job_html(record, card, outlet, now=NOW)
    for name, outlet in outlets(words).items():
        found[f"batch {name}"] = filled(*batch_page(told * 9, card, outlet, now=NOW))
        found[f"batch of one {name}"] = filled(*batch_page(told[:1], card, outlet, now=NOW))
    return found | {"batch to come": batch_keepsake(told, card)}


def alive(words: str, folder: Path) -> dict[str, str]:
    """Return every drawing of a live widget."""
    card = model(words)
    found = {"batch": batch_live([(record, words) for record in records(words, folder)], card, now=NOW)}
    for name, shown in cards(words, folder).items():
        found[f"box {name}"] = live.box(shown, (1280, 720), words)
        found[f"row {name}"] = live.row(shown, None, words)
    return found


def written(words: str, folder: Path) -> dict[str, str]:
    """Return every drawing in plain text."""
    card, all_of_them = model(words), records(words, folder)
    found = {name: text.sheet(sheet) for name, sheet in sheets(words, folder).items()}
    found |= {name: text.plain(shown) for name, shown in cards(words, folder).items()}
    found |= {f"line {name}": text.progress_line(shown) for name, shown in cards(words, folder).items()}
    found |= {f"job {at}": text.job_text(one, card, now=NOW) for at, one in enumerate(all_of_them)}
    told = [(record, words) for record in all_of_them]
    return found | {"batch": batch_text(told * 9, card, now=NOW), "one": batch_text(told[:1], card, now=NOW)}
