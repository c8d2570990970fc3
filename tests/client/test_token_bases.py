from __future__ import annotations

import pytest

from client.raw_server import TOKEN, answer, serving
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter.errors import InputError, TokenError
from runcomfy_jupyter.settings import Endpoint, Secret

pytestmark = pytest.mark.anyio
ELSEWHERE = "https://elsewhere.example/v1"


async def test_each_base_gets_the_token_by_itself() -> None:
    """The calls' base and the account's may be two hosts: neither needs the other's name to be known."""
    async with serving(answer(200, {"status": "in_queue", "balance_usd": 1})) as server:
        async with Client(endpoint=Endpoint(server.base, ELSEWHERE, Secret(TOKEN))) as client:
            await client.status("r-1")
        async with Client(endpoint=Endpoint(ELSEWHERE, server.base, Secret(TOKEN))) as client:
            await client.balance()
    assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize(
    "bases", [("nowhere", ELSEWHERE), (ELSEWHERE, "nowhere"), (ELSEWHERE, "https://a b")]
)
async def test_each_base_must_be_an_address(bases: tuple[str, str]) -> None:
    """One that is fine does not make up for the other; who may have set it is told."""
    with pytest.raises(InputError, match="not an address") as caught:
        Client(endpoint=Endpoint(*bases, Secret(TOKEN)))
    assert "RUNCOMFY_MODEL_API_BASE" in caught.value.hint


async def test_a_mangled_token_is_to_be_copied_anew() -> None:
    """The message says where tokens are."""
    with pytest.raises(TokenError) as caught:
        Client("cut secret", ELSEWHERE)
    assert "Copy it anew from your profile on runcomfy.com" in caught.value.hint
