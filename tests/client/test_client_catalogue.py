"""The catalogue comes by pages; a client reads them all, and never endlessly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from client.raw_server import TOKEN, answer, serving
from runcomfy_jupyter._client.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.seen import Seen

pytestmark = pytest.mark.anyio


def catalogue(size: int, **more: Any) -> Callable[[Seen], bytes]:
    """Serve a catalogue of that size by pages."""

    def script(seen: Seen) -> bytes:
        query = parse_qs(urlsplit(seen.path).query)
        start = int(query["offset"][0])
        ids = range(start, min(size, start + int(query["limit"][0])))
        return answer(200, {"models": [{"model_id": f"a/{number}"} for number in ids], **more})

    return script


@pytest.mark.parametrize(
    ("size", "more", "pages"), [(450, {"total": 450}, 3), (450, {}, 3), (400, {"total": 400}, 2)]
)
async def test_the_whole_catalogue_is_read(size: int, more: dict[str, Any], pages: int) -> None:
    """All pages are read, with the service's total or without one, and not one more."""
    async with serving(catalogue(size, **more)) as server, Client(TOKEN, server.base) as client:
        cards = await client.models(search="video\n", kind="model")
    assert [card.model_id for card in cards] == [f"a/{number}" for number in range(size)]
    assert len(server.seen) == pages
    query = parse_qs(urlsplit(server.seen[0].path).query)
    assert query == {
        "search": ["video"],
        "kind": ["model"],
        "include_schema": ["true"],
        "limit": ["200"],
        "offset": ["0"],
    }


async def test_a_catalogue_without_an_end_is_bounded() -> None:
    """A service that ignores the offset, or never stops, is not asked for ever."""
    page = answer(200, {"models": [{"model_id": f"a/{number}"} for number in range(200)], "total": 10**6})
    async with serving(page) as server, Client(TOKEN, server.base) as client:
        assert len(await client.models()) == 200
    assert len(server.seen) == 2
    async with serving(catalogue(10**6, total=10**6)) as server, Client(TOKEN, server.base) as client:
        assert len(await client.models()) == 5000
