"""The models' cards: from the service, kept on disk, used stale where the service cannot be reached."""

from __future__ import annotations

import contextlib
import difflib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.models import SORA_2, ModelCard, built_in, completed, unknown
from runcomfy_jupyter._domain.refusal import NOTHING_SENT
from runcomfy_jupyter._session.waiting import answer
from runcomfy_jupyter.errors import InputError, ModelError, RunComfyError, ServiceError, TokenError
from runcomfy_jupyter.settings import way_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from runcomfy_jupyter._client.client import Client
    from runcomfy_jupyter._jobs.shelf import CardShelf
    from runcomfy_jupyter.settings import Endpoint

# Prices change, so a card is asked for again after an hour; a cell must not wait long for that.
FRESH_SECONDS = 3600.0
_PATIENCE = 5.0
_LONG_PATIENCE = 30.0
_NEAR = 3


class Catalogue:
    """What is known of the models, from any thread.

    `base_url` and `endpoint` say where requests go now; the latter needs a token. `ask(endpoint,
    call)` starts a call on the wire client, in the background.
    """

    def __init__(
        self,
        shelf: CardShelf,
        base_url: Callable[[], str],
        endpoint: Callable[[], Endpoint],
        ask: Callable[[Endpoint, Callable[[Any], Any]], Future[Any]],
    ) -> None:
        self._shelf = shelf
        self._base_url = base_url
        self._endpoint = endpoint
        self._ask = ask
        self._refreshed_at: dict[str, float] = {}
        self._parsed: dict[str, tuple[dict[str, Any], ModelCard]] = {}

    def model(self, model_id: str, *, fresh: bool = False, patience: float = _LONG_PATIENCE) -> ModelCard:
        """Return a model's card, asking the service for one that is not here, or not fresh.

        `fresh`: ask in any case; `patience`: seconds to wait then. Where the service cannot be
        reached, what was kept serves. Raises `ModelError` for a model that the service does not
        have, and what kept the service from being asked where nothing was kept.
        """
        kept, age = self.known(model_id), self.age(model_id)
        if not fresh and kept is not None and (model_id == SORA_2 or (age or 0.0) < FRESH_SECONDS):
            return kept
        try:
            wait = patience if fresh or kept is None else _PATIENCE
            found: list[ModelCard] = self._read(_one(model_id), wait)
        except ModelError as error:
            raise self.explained(error, model_id) from None
        except (ServiceError, TokenError) as error:
            if kept is not None and not (fresh and isinstance(error, TokenError)):
                return kept
            message = f"Nothing is known here of the model {model_id}: {error.message}"
            raise type(error)(message, hint=error.hint) from None
        self._keep(found)
        return self.known(model_id) or found[0]

    def search(self, word: str = "", *, patience: float = _LONG_PATIENCE) -> list[ModelCard]:
        """Return the catalogue's cards; those kept here where the service cannot be reached."""
        try:
            found: list[ModelCard] = self._read(lambda client: client.models(search=word or None), patience)
        except ServiceError:
            kept = [card for card in self.all() if _matches(card, word)]
            if not self._shelf.all(self._base_url()):
                raise
            return kept
        self._keep(found)
        return found

    def begin_search(self) -> Future[list[ModelCard]]:
        """Ask for the whole catalogue, beside the cells; it is kept when it comes."""
        asked = self._ask(self._endpoint(), lambda client: client.models())
        asked.add_done_callback(self._came)
        return asked

    def known(self, model_id: str, base_url: str | None = None) -> ModelCard | None:
        """Return what is known here of a model, without the network."""
        kept = self._shelf.get(base_url or self._base_url(), model_id)
        if kept is not None:
            with contextlib.suppress(KeyError, InputError):
                return self._parse(kept[0])
        return built_in() if model_id == SORA_2 else None

    def of(self, model_id: str, base_url: str) -> ModelCard:
        """Return the card of a recorded job's model, or one that knows no more than its id."""
        return self.known(model_id, base_url) or unknown(model_id)

    def all(self) -> list[ModelCard]:
        """Return every model that is known here, without the network."""
        raws = [raw for raw, _ in self._shelf.all(self._base_url()).values()]
        cards = {card.model_id: card for card in map(self._parse, raws)}
        return list(({SORA_2: built_in()} | cards).values())

    def ids(self) -> list[str]:
        """Return the ids of the models that are known here; no card is read for that."""
        return list(dict.fromkeys([SORA_2, *self._shelf.all(self._base_url())]))

    def age(self, model_id: str) -> float | None:
        """Return how many seconds ago the service told of a model; None if it never did."""
        kept = self._shelf.get(self._base_url(), model_id)
        return None if kept is None else max(0.0, time.time() - kept[1])

    def refresh(self, model_id: str) -> None:
        """Ask for a model's card in the background unless a fresh one is here; failing is no harm."""
        now = time.time()
        if now - self._refreshed_at.get(model_id, 0.0) < FRESH_SECONDS:
            return  # it was asked for, in vain: not every service has a catalogue
        with contextlib.suppress(RunComfyError):
            age = self.age(model_id)
            if age is not None and age < FRESH_SECONDS:
                return
            self._refreshed_at[model_id] = now
            self._ask(self._endpoint(), _one(model_id)).add_done_callback(self._came)

    def near(self, model_id: str) -> list[str]:
        """Return the ids of the catalogue that are most like one that it does not have."""
        if not self._shelf.all(self._base_url()):
            with contextlib.suppress(RunComfyError):
                self.search(patience=_PATIENCE)
        ids = [card.model_id for card in self.all() if card.model_id != model_id]
        holding = [one for one in ids if model_id.lower() in one.lower()]
        close = difflib.get_close_matches(model_id, ids, n=_NEAR, cutoff=0.4)
        return list(dict.fromkeys([*holding, *close]))[:_NEAR]

    def explained(self, error: ModelError, model_id: str) -> ModelError:
        """Tell of a model that the service does not have, and of the ways on, in few words."""
        near = self.near(model_id)
        likely = f"Near it: {', '.join(near)}. " if near else ""
        plainly = f"RunComfy has no model {model_id}"
        message = f"{plainly}." if error.message.startswith((f"{plainly}:", f"{plainly}.")) else error.message
        # What is known of the end of this one is longer, and worth it.
        known = model_id.startswith("openai/sora-2")
        rest = error.hint if known else "Nothing was generated or billed."
        lists = way_on("%sora models lists them.", "await rc.Client().models() lists them.")
        return ModelError(message, hint=f"{likely}{lists} {rest}")

    def _read(self, call: Callable[[Any], Any], patience: float) -> Any:
        hint = f"Try again later, or name another model. {NOTHING_SENT}"
        return answer(self._ask(self._endpoint(), call), patience, hint)

    def _came(self, asked: Future[list[ModelCard]]) -> None:
        if not asked.cancelled() and asked.exception() is None:
            self._keep(asked.result())

    def _keep(self, cards: list[ModelCard]) -> None:
        self._shelf.put(self._base_url(), [card.to_dict() for card in cards], time.time())

    def _parse(self, raw: dict[str, Any]) -> ModelCard:
        """Return the card of what the shelf holds; parsed once for as long as it stays the same."""
        model_id = str(raw["model_id"])
        before = self._parsed.get(model_id)
        if before is None or before[0] is not raw:
            before = self._parsed[model_id] = raw, completed(ModelCard.parse(raw))
        return before[1]


def _one(model_id: str) -> Callable[[Any], Any]:
    """Return what asks for a model's card, which keeps the id that was asked for, whatever it says itself."""

    async def call(client: Client) -> list[ModelCard]:
        return [replace(await client.model(model_id), model_id=model_id)]

    return call


def _matches(card: ModelCard, word: str) -> bool:
    return word.lower() in f"{card.model_id} {card.display_name} {card.description}".lower()
