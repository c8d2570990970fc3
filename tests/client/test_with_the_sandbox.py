"""A second opinion: the client and the sandbox were written from the same pages, without sharing a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.download import Downloads
from runcomfy_jupyter._domain.replies import Outcome, Phase, Result
from runcomfy_jupyter.errors import InputError, ModelError, RequestGone

if TYPE_CHECKING:
    from support.sandbox import Sandbox

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("account")]
MODEL = "openai/sora-2/text-to-video"


async def finished(client: Client, request_id: str) -> Result:
    """Return a request's result once it has one."""
    with anyio.fail_after(60):
        while True:
            result = await client.result(request_id)
            if result.state not in {Phase.IN_QUEUE, Phase.IN_PROGRESS}:
                return result
            await anyio.sleep(0.05)


async def test_a_clip_is_made_and_fetched(sandbox: Sandbox) -> None:
    """Submit, status, result and download speak the same language as the service."""
    inputs = {"prompt": "a lighthouse", "seconds": 4}
    async with Client() as client, Downloads(sandbox.base_url) as downloads:
        receipt = await client.submit(MODEL, inputs)
        assert (await client.status(receipt.request_id)).state in {Phase.IN_QUEUE, Phase.IN_PROGRESS}
        result = await finished(client, receipt.request_id)
        assert result.state is Phase.SUCCEEDED
        assert result.cost_usd is not None
        async with downloads.open(result.urls[0]) as body:
            clip = b"".join([chunk async for chunk in body.chunks()])
            assert len(clip) == body.total
        assert body.media_type == "video/mp4"
        async with downloads.open(result.urls[0], offset=1000, validator=body.validator) as rest:
            assert b"".join([chunk async for chunk in rest.chunks()]) == clip[rest.offset :]
        late = await client.cancel(receipt.request_id)
    assert late.outcome is Outcome.NOT_CANCELLABLE
    assert sandbox.submissions() == [inputs]


async def test_refusals_are_understood() -> None:
    """Wrong input, an unknown model and an unknown request come out as what they are."""
    async with Client() as client:
        with pytest.raises(InputError):
            await client.submit(MODEL, {"prompt": "x", "seconds": 5})
        with pytest.raises(ModelError):
            await client.submit("openai/sora-3/text-to-video", {"prompt": "x"})
        with pytest.raises(RequestGone):
            await client.status("00000000-0000-0000-0000-000000000000")


async def test_catalogue_and_balance_are_read() -> None:
    """The sandbox's catalogue holds Sora 2 with its schema, and its account an amount."""
    async with Client() as client:
        cards = {card.model_id: card for card in await client.models()}
        assert (await client.model(MODEL)).schema == cards[MODEL].schema
        assert {field.name for field in cards[MODEL].schema.fields} == {"prompt", "size", "seconds"}
        assert (await client.balance()).usd >= 0
