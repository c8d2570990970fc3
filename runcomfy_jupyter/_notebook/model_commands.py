"""The `%sora` commands about models: what there is, and what one of them takes and costs."""

from __future__ import annotations

import difflib
import re
import time
from typing import TYPE_CHECKING

from runcomfy_jupyter._display.models import model_sheet, models_sheet
from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._domain import words as spoken
from runcomfy_jupyter._domain.models import is_model_id
from runcomfy_jupyter._notebook.command_words import at_most, tell
from runcomfy_jupyter._notebook.help import example
from runcomfy_jupyter.errors import ModelError, TokenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._notebook.stage import Stage
    from runcomfy_jupyter._session.session import Session

_NEAR = 5
_SHOWN = 60
# A clock that is set between asking and looking must not make an answer look old.
_SLACK = 1.0


def models(stage: Stage, words: list[str]) -> None:
    """List the catalogue's models, or those that a word finds."""
    session, word = stage.session, " ".join(words)
    began = time.monotonic()
    found = session.catalogue.search(word)
    known = found or session.catalogue.search()
    age = _oldest(session, (card.model_id for card in known))
    reached = age is not None and age <= time.monotonic() - began + _SLACK
    sheet = models_sheet(found, word=word, chosen=session.options.model, reached=reached or not known)
    lines = []
    if not found and (near := _near(word, known)):
        lines.append(Line(f"Near it: {', '.join(f'`%sora models {other}`' for other in near)}."))
    if known and not reached:
        lines.append(Line(f"The service told of them {_when(age)}.", dim=True))
    tell(*sheet, *lines)


def model(stage: Stage, words: list[str]) -> None:
    """Show what a model takes and costs, asked for now, and a cell that uses it."""
    at_most(words, 1, "model [ID]")
    session = stage.session
    model_id = words[0] if words else session.options.model
    if not is_model_id(model_id):
        shown = spoken.shorten(model_id, _SHOWN)
        raise ModelError(f"{shown!r} is no model's id.", hint="%sora models lists them.")
    began = time.monotonic()
    notes: tuple[View, ...] = ()
    try:
        card = session.model(model_id, fresh=True)
    except TokenError as error:
        kept = session.catalogue.known(model_id)
        if kept is None:
            raise
        card = kept
        told = Line(str(error), quoted=True)
        notes = (View(Kind.CARE, "RunComfy did not tell anything new of it", lines=(told,)),)
    age = session.catalogue.age(card.model_id)
    reached = bool(notes) or (age is not None and age <= time.monotonic() - began + _SLACK)
    # Without the variable: the cell is to run as it stands.
    cell = example(card, named=card.model_id != session.options.model).replace(", {mood}", "")
    tell(*notes, *model_sheet(card, cell=cell, age=age, reached=reached))


def _oldest(session: Session, ids: Iterable[str]) -> float | None:
    """Return the seconds since the service told of the one it told of first; None if not of all of them."""
    ages = [session.catalogue.age(model_id) for model_id in ids]
    known = [age for age in ages if age is not None]
    return max(known) if known and len(known) == len(ages) else None


def _when(age: float | None) -> str:
    return "some time ago, or never" if age is None else spoken.ago(age)


def _near(word: str, known: Sequence[ModelCard]) -> list[str]:
    """Return the words of the catalogue that are most like one that finds nothing."""
    texts = (f"{card.model_id} {card.display_name} {card.kind}" for card in known)
    vocabulary = {token for text in texts for token in re.findall(r"[\w.-]{3,40}", text.lower())}
    return difflib.get_close_matches(word.lower(), sorted(vocabulary), n=_NEAR)
