from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from jobs.stage import TOKEN, make_stage
from runcomfy_jupyter._domain.lifecycle import State, rests
from runcomfy_jupyter.errors import RunComfyError
from support.clips import CLIP, FAST_START
from support.scripted_service import Media, Reply, Script, drop, raw, says

if TYPE_CHECKING:
    from jobs.stage import Stage
    from runcomfy_jupyter._domain.record import Record
    from runcomfy_jupyter._jobs.follower import Follower
    from runcomfy_jupyter._jobs.ledger import Ledger
    from support.scripted_service import Service

WHOLE = {"one": CLIP, "two": FAST_START, "three": CLIP + b"\0"}
WORDS = [
    "in_queue",
    "pending",
    "in_progress",
    "processing",
    "completed",
    "succeeded",
    "failed",
    "canceled",
    "odd",
    "",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.text(max_size=5) | st.just(TOKEN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def trouble(draw: st.DrawFn) -> Script:
    """Draw an answer that is none."""
    http = draw(st.sampled_from([200, 200, 400, 404, 408, 418, 429, 500, 502, 503]))
    headers = {"retry-after": draw(st.sampled_from(["1", "0", "9999", "soon", "-1"]))}
    body = draw(st.sampled_from([b"", b"<html>", b"{", b"[]", b"null", b'{"status": 1}', b"\xff\xfe"]))
    coded = says(
        http, error_code=draw(st.sampled_from([400005, 429001, 500001, 404001, 400004])), message=TOKEN
    )
    return draw(st.sampled_from([raw(http, body, headers), drop, coded, cut(b'{"status": "completed"}', 7)]))


def mostly(usual: st.SearchStrategy[Script], rare: st.SearchStrategy[Script]) -> st.SearchStrategy[Script]:
    """Draw the rare one time in six."""
    return st.integers(0, 5).flatmap(lambda number: rare if number == 5 else usual)


def cut(body: bytes, size: int) -> Script:
    """Break off in the middle of an answer."""
    return lambda _: Reply(200, body, {}, size)


@st.composite
def status(draw: st.DrawFn) -> Script:
    """Draw an answer to the question where a request stands."""
    return says(status=draw(st.sampled_from(WORDS) | JSON), queue_position=draw(JSON))


@st.composite
def result(draw: st.DrawFn) -> Script:
    """Draw a result: with outputs of all shapes, without, with errors, with a cost."""
    urls = st.sampled_from([*(f"HOST/media/{name}.mp4" for name in WHOLE), "file:///etc/passwd", ""])
    output = draw(urls | st.lists(urls, max_size=3) | st.fixed_dictionaries({"video": urls}) | JSON)
    body: dict[str, Any] = {"status": draw(st.sampled_from(WORDS)), "output": output, "cost": draw(JSON)}
    if draw(st.integers(0, 3)) == 0:
        body["error"] = draw(JSON)
    return found(json.dumps(body))


def found(text: str) -> Script:
    """Answer with a text in which HOST stands for where the service is."""
    return lambda seen: Reply(200, text.replace("HOST", f"http://{seen.headers['host']}").encode())


@st.composite
def media(draw: st.DrawFn) -> Script:
    """Draw a host's answer: whole, broken off, a part that pretends to be whole, or a page."""
    content = draw(st.sampled_from(sorted(WHOLE.values())))
    size = draw(st.integers(0, len(content)))
    etag = draw(st.sampled_from(['"v1"', '"v2"', None]))
    answers: list[Script] = [
        Media(content, f'"{hashlib.sha256(content).hexdigest()}"'),
        Media(content, f'"{hashlib.sha256(content).hexdigest()}"', cuts=[size]),
        Media(content[: size or 1], f'"{size}"'),
        Media(b"<html>sign in</html>", etag),
        raw(403, b"<Error/>"),
        raw(503, b""),
        drop,
    ]
    return draw(st.sampled_from(answers))


def scripts(
    one: st.SearchStrategy[Script], last: st.SearchStrategy[Script]
) -> st.SearchStrategy[list[Script]]:
    """Draw the answers to one call: some, and one that stays."""
    some = st.lists(one | trouble(), max_size=5)
    return st.tuples(some, last).map(lambda drawn: [*drawn[0], drawn[1]])


ENDS = st.sampled_from([says(status=word) for word in ("completed", "failed", "cancelled", "succeeded")])
SUCCESS = st.lists(st.sampled_from(sorted(WHOLE)), min_size=1, max_size=3).map(
    lambda names: found(
        json.dumps({"status": "succeeded", "output": [f"HOST/media/{name}" for name in names]})
    )
)
FILES = st.sampled_from(sorted(WHOLE.values())).map(lambda content: Media(content, f'"{len(content)}"'))
ACCEPTS = [says(request_id="r-1"), says(202, request_id="r-1", status_url="http://evil.example/")]
SUBMISSION = st.lists(st.just(raw(429, b"", {"retry-after": "1"})), max_size=3).flatmap(
    lambda busy: mostly(st.sampled_from(ACCEPTS), trouble()).map(lambda last: [*busy, last])
)


async def carry(stage: Stage, record: Record, stops: list[int]) -> BaseException | None:
    """Carry a job, stopped at some of its waits as a kernel stops it; return what ended the last try."""
    async with stage.client, stage.downloads:
        return await _carry(stage, record, stops)


async def _carry(stage: Stage, record: Record, stops: list[int]) -> BaseException | None:
    failure: BaseException | None = None
    for stop in [*stops, None]:
        follower = stage.follower(stage.ledger.get(record.id))
        new = follower.record.state is State.RECORDED and not stage.service.posts
        task = asyncio.ensure_future(_attend(follower, new=new))
        waited = len(stage.clock.waits)

        def stop_now(
            number: int, task: asyncio.Task[None] = task, at: int = waited + (stop or 10**9)
        ) -> None:
            if number >= at:
                task.cancel()

        stage.clock.then = stop_now
        failure = (await asyncio.gather(task, return_exceptions=True))[0]
        if failure is not None and not isinstance(failure, RunComfyError | asyncio.CancelledError):
            raise failure
    return failure


async def _attend(follower: Follower, *, new: bool) -> None:
    if new:
        await follower.submit()
    if follower.record.state in {State.UNDELIVERED, State.SUCCEEDED}:
        await follower.refetch()
    await follower.follow()


@given(
    submission=SUBMISSION,
    statuses=scripts(status(), mostly(ENDS, trouble())),
    results=scripts(result(), mostly(SUCCESS, result() | trouble())),
    medias=scripts(media(), mostly(FILES, media())),
    stops=st.lists(st.integers(1, 4), max_size=2),
)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_the_service_says_nothing_is_paid_twice_lost_or_half_shown(
    tmp_path: Path, service: Service, ledger: Ledger, stops: list[int], **answers: list[Script]
) -> None:
    """Every sequence of answers ends in a state of the table or in an error of ours with the state kept."""
    service.seen.clear()
    service.said.clear()
    for call, name in (
        ("submit", "submission"),
        ("status", "statuses"),
        ("result", "results"),
        ("media", "medias"),
    ):
        service.on(call, *answers[name])
    stage = make_stage(tmp_path, service, ledger)
    stage.clock.pace = 20
    record = stage.job()
    failure = asyncio.run(carry(stage, record, stops))
    record = ledger.get(record.id)
    event(record.state.value)
    # An ending of the table, or an error of ours that leaves the job where it can be taken up.
    assert rests(record.state) or isinstance(failure, RunComfyError)
    if record.state not in {State.RECORDED, State.FAILED, State.UNCONFIRMED}:
        assert record.request_id == "r-1"
    # Only what was certainly not accepted was sent again.
    posts = [seen for seen in service.seen if seen.call == "submit"]
    assert [service.said[id(seen)] for seen in posts[:-1]] == [429] * (len(posts) - 1)
    assert_whole(stage, record)
    told = "".join(f"{one.error}{one.live.trouble}{one.inputs}" for one in stage.told)
    assert TOKEN not in f"{told}{failure}{record}"


def assert_whole(stage: Stage, record: Record) -> None:
    """Look whether everything under a final name is one of the files that were to be had."""
    sums = {hashlib.sha256(content).hexdigest() for content in WHOLE.values()}
    for path in (stage.folder / "videos").glob("*.mp4"):
        with contextlib.closing(path.open("rb")) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() in sums
    if record.state is State.SUCCEEDED:
        assert record.files
        assert all(Path(file.path).with_suffix(".json").exists() for file in record.files)
        assert {file.sha256 for file in record.files} <= sums
