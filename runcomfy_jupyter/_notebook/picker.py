"""The drop-down list of the models that there are. Widgets."""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from runcomfy_jupyter._domain.words import shorten
from runcomfy_jupyter.errors import RunComfyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._session.session import Session

_MOST = 1000
_NAME = 60


class Picker:
    """Offers the models that are known here at once, and those of the catalogue when it has answered.

    `picked` is called with the id of the model that the user chooses, `filled` when the catalogue has
    answered.
    """

    def __init__(
        self, session: Session, card: ModelCard, picked: Callable[[str], None], filled: Callable[[], None]
    ) -> None:
        self._session = session
        self._card = card
        self._picked = picked
        self._filled = filled
        self._context = contextvars.copy_context()
        self.widget = widgets.Dropdown(
            options=self._options(session.catalogue.all()), value=card.model_id, description="Model"
        )
        self.widget.add_class("runcomfy-field")
        self.widget.observe(self._changed, "value")

    def fill(self) -> None:
        """Ask for the catalogue, beside the cells; failing is no harm."""
        with contextlib.suppress(RunComfyError):
            self._session.catalogue.begin_search().add_done_callback(self._found)

    def _found(self, asked: Future[list[ModelCard]]) -> None:
        if not asked.cancelled() and asked.exception() is None:
            self._context.copy().run(self._offer)

    def _offer(self) -> None:
        options, chosen = self._options(self._session.catalogue.all()), self.widget.value
        if options != self.widget.options:
            self.widget.unobserve(self._changed, "value")
            self.widget.options = options
            self.widget.value = chosen
            self.widget.observe(self._changed, "value")
        self._filled()

    def _options(self, cards: Iterable[ModelCard]) -> tuple[tuple[str, str], ...]:
        """Return what is offered: a name for each model, its id where two have the same name."""
        known = {self._card.model_id: self._card} | {card.model_id: card for card in list(cards)[:_MOST]}
        names = [shorten(card.display_name, _NAME) for card in known.values()]
        return tuple(
            (name if names.count(name) == 1 else f"{name} · {model_id}", model_id)
            for name, model_id in zip(names, known, strict=True)
        )

    def _changed(self, change: dict[str, Any]) -> None:
        self._picked(change["new"])
