from __future__ import annotations

import gzip
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from client.raw_server import TOKEN, Server, answer, cut, drip, drop, hang, in_turn, serving
from client.virtual_time import VirtualTime
from runcomfy_jupyter._client.client import Client
from runcomfy_jupyter._client.connections import Timeouts
from runcomfy_jupyter._domain.replies import Outcome, Phase
from runcomfy_jupyter.errors import (
    BadReply,
    Busy,
    InputError,
    RequestGone,
    ServiceError,
    TokenError,
    Unreachable,
)
from runcomfy_jupyter.settings import Endpoint, Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


pytestmark = pytest.mark.anyio
QUICK = Timeouts(connect=1.0, submission=0.2, read=0.2)
QUEUED = {"status": "in_queue", "queue_position": 2}
CALLS: list[tuple[str, str, Callable[[Client], Awaitable[Any]], Any]] = [
    ("GET", "/v1/requests/r-1/status", lambda client: client.status("r-1"), QUEUED),
    ("GET", "/v1/requests/r-1/result?include_cost=true", lambda client: client.result("r-1"), QUEUED),
    ("POST", "/v1/requests/r-1/cancel", lambda client: client.cancel("r-1"), {"outcome": "cancelled"}),
    ("GET", "/v1/models/a/b", lambda client: client.model("a/b"), {"model_id": "a/b"}),
    ("GET", "/prod/v2/balance", lambda client: client.balance(), {"balance_usd": 1}),
]


def client_of(server: Server, time: VirtualTime | None = None) -> Client:
    """Return a client of that server, which waits in virtual time and gives up soon."""
    return Client(TOKEN, server.base, clock=(time or VirtualTime()).clock, timeouts=QUICK)


@pytest.mark.parametrize(
    ("method", "target", "call", "body"), CALLS, ids=[target for _, target, _, _ in CALLS]
)
async def test_every_call_asks_what_the_api_page_says(
    method: str, target: str, call: Callable[[Client], Awaitable[Any]], body: Any
) -> None:
    """Method, path and query are the documented ones, with the token, and without a body."""
    async with serving(answer(200, body)) as server, client_of(server) as client:
        await call(client)
    [seen] = server.seen
    assert (seen.method, seen.path) == (method, target)
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.body == b""
    assert "cookie" not in seen.headers


async def test_replies_come_back_as_the_domains() -> None:
    """State, position, addresses, cost, outcome and balance are read."""
    result = {"status": "completed", "output": {"video": "https://a.example/b.mp4"}, "cost": 0.4}
    script = in_turn(*(answer(200, body) for body in (QUEUED, result, {"outcome": "not_cancellable"})))
    async with serving(script) as server, client_of(server) as client:
        status = await client.status("r-1")
        assert (status.state, status.queue_position) == (Phase.IN_QUEUE, 2)
        done = await client.result("r-1")
        assert (done.state, done.urls) == (Phase.SUCCEEDED, ("https://a.example/b.mp4",))
        assert done.cost_usd == Decimal("0.4")
        assert (await client.cancel("r-1")).outcome is Outcome.NOT_CANCELLABLE


@pytest.mark.parametrize(
    "trouble",
    [
        answer(500),
        answer(503, {"error_message": "overloaded"}),
        answer(429),
        answer(200, b"<html>"),
        cut(answer(200, QUEUED), 60),
        drop,
        hang,
    ],
    ids=["500", "503", "429", "garbage", "cut", "dropped", "hung"],
)
async def test_a_read_is_asked_again_after_what_may_pass(trouble: Any) -> None:
    """Trouble, "later", garbage, a cut, a dropped and a hanging connection each repeat a read."""
    time = VirtualTime()
    script = in_turn(trouble, answer(200, QUEUED))
    async with serving(script) as server, client_of(server, time) as client:
        assert (await client.status("r-1")).queue_position == 2
    assert len(server.seen) == 2
    assert time.waits == [0.625]


@pytest.mark.parametrize("http", [400, 401, 403, 404, 422, 302])
async def test_a_refusal_of_a_read_is_final(http: int) -> None:
    """What the service refuses is asked once."""
    async with serving(answer(http, location="/v1/elsewhere")) as server, client_of(server) as client:
        with pytest.raises(Exception, match=r"RunComfy"):
            await client.status("r-1")
    assert len(server.seen) == 1


async def test_the_last_error_of_a_read_says_what_happened() -> None:
    """After four tries the reason is raised: silence, a cut, an endless answer."""
    for behaviour, reason in ((hang, "in time"), (drop, "connection broke")):
        async with serving(behaviour) as server, client_of(server) as client:
            with pytest.raises(BadReply, match=reason):
                await client.status("r-1")
        assert len(server.seen) == 4


async def test_what_the_service_asks_to_wait_is_honoured_and_handed_on() -> None:
    """Retry-After is waited for where it fits into half a minute, and given to the caller where not."""
    time = VirtualTime()
    script = in_turn(answer(429, retry_after="5"), answer(429, retry_after="100"))
    async with serving(script) as server, client_of(server, time) as client:
        with pytest.raises(Busy) as caught:
            await client.status("r-1")
    assert time.waits == [5.625]
    assert caught.value.retry_after == 100.0


async def test_an_answer_that_drips_does_not_hold_a_call() -> None:
    """A call has an end, even where every pause is short."""
    timeouts = Timeouts(connect=0.1, read=0.1)
    # One try: the clock says that half a minute has passed with each.
    time = VirtualTime(chance=100.0)
    async with (
        serving(drip) as server,
        Client(TOKEN, server.base, clock=time.clock, timeouts=timeouts) as client,
    ):
        with pytest.raises(BadReply, match="in time"):
            await client.status("r-1")


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    """More than 8 MiB is not an answer of this API, packed or not."""
    time = VirtualTime(chance=100.0)
    bomb = gzip.compress(b" " * (9 * 1024 * 1024))
    for reply in (answer(200, b" " * (9 * 1024 * 1024)), answer(200, bomb, content_encoding="gzip")):
        async with serving(reply) as server, client_of(server, time) as client:
            with pytest.raises(BadReply, match="too long"):
                await client.status("r-1")


async def test_a_packed_answer_is_read_all_the_same() -> None:
    """A front end that packs unasked is forgiven."""
    packed = answer(200, gzip.compress(b'{"status": "failed"}'), content_encoding="gzip")
    async with serving(packed) as server, client_of(server) as client:
        assert (await client.status("r-1")).state is Phase.FAILED
    assert server.seen[0].headers["accept-encoding"] == "identity"


async def test_an_unreachable_service_is_named() -> None:
    """Where no connection comes about, the host is named, and that nothing was sent."""
    async with serving(answer()) as server:
        pass
    async with client_of(server) as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached.*Nothing was sent"):
            await client.balance()


async def test_reads_share_a_connection() -> None:
    """Polling does not open a connection for each question."""
    async with serving(answer(200, QUEUED)) as server, client_of(server) as client:
        for _ in range(5):
            await client.status("r-1")
    assert server.connections == 1


async def test_a_cookie_is_not_kept() -> None:
    """What the service sets is not sent back."""
    async with serving(answer(200, QUEUED, set_cookie="a=b; Path=/")) as server, client_of(server) as client:
        await client.status("r-1")
        await client.status("r-1")
    assert "cookie" not in server.seen[1].headers


@pytest.mark.usefixtures("home")
async def test_an_endpoint_stands_for_base_and_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client takes its place from an endpoint, from its arguments, or from the settings."""
    async with serving(answer(200, {"balance_usd": 1})) as server:
        there = Endpoint(server.base, f"{server.origin}/elsewhere", Secret(TOKEN))
        async with Client(endpoint=there) as client:
            assert (await client.balance()).usd == 1
        monkeypatch.setenv("RUNCOMFY_TOKEN", TOKEN)
        monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", server.base)
        async with Client() as client:
            await client.balance()
    assert [seen.path for seen in server.seen] == ["/elsewhere/balance", "/prod/v2/balance"]
    assert all(seen.headers["authorization"] == f"Bearer {TOKEN}" for seen in server.seen)


async def test_another_transport_can_take_the_place_of_sockets() -> None:
    """The transport is a seam: where there are no sockets, something else carries the calls."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"balance_usd": 2}))
    async with Client(TOKEN, "https://api.example/v1", transport=transport) as client:
        assert (await client.balance()).usd == 2


async def test_bad_ids_are_refused_before_anything_is_sent() -> None:
    """No call is made for an id that could change the path."""
    async with serving(answer()) as server, client_of(server) as client:
        for call in (client.status, client.result, client.cancel, client.model):
            with pytest.raises(InputError):
                await call("../balance")
        with pytest.raises(InputError):
            await client.submit("../requests", {})
    assert server.seen == []


async def test_gone_and_foreign_requests_are_told_apart_from_trouble() -> None:
    """A request that the service no longer has is not asked for again; an unknown 404 is no such proof."""
    gone, unknown = answer(404, {"error_code": 404001}), answer(404, {"detail": "Not Found"})
    async with serving(in_turn(gone, unknown)) as server, client_of(server) as client:
        with pytest.raises(RequestGone):
            await client.status("r-1")
        with pytest.raises(ServiceError, match="Not Found") as caught:
            await client.status("r-1")
    assert not isinstance(caught.value, RequestGone)


def test_the_sandbox_switch_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sandbox is to be on, a client without a base of its own does not go to the service."""
    monkeypatch.setenv("RUNCOMFY_SANDBOX", "1")
    with pytest.raises(InputError, match="RUNCOMFY_SANDBOX is on"):
        Client(token="t" * 20)


def test_an_empty_token_is_no_wish_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused rather than replaced by the one of the settings."""
    monkeypatch.setenv("RUNCOMFY_TOKEN", "t" * 20)
    with pytest.raises(TokenError, match="The token is empty"):
        Client(token=" ", base_url="http://127.0.0.1:9/v1")
