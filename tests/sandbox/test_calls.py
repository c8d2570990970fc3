"""The calls over real HTTP: what they ask for, what they answer, and how they refuse."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.conftest import Api

SORA = "/v1/models/openai/sora-2/text-to-video"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SORA),
        ("GET", "/v1/requests/x/status"),
        ("GET", "/v1/requests/x/result"),
        ("POST", "/v1/requests/x/cancel"),
        ("GET", "/v1/models"),
        ("GET", SORA),
        ("GET", "/prod/v2/balance"),
    ],
)
def test_a_token_is_needed_and_any_will_do(api: Api, method: str, path: str, header: str | None) -> None:
    """Without a bearer token every call of the API answers 401 with its own code."""
    headers = {} if header is None else {"Authorization": header}
    answer = api.anonymous.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (401, 400004)


@pytest.mark.parametrize("what", ["status", "result"])
def test_unknown_requests_are_told(api: Api, what: str) -> None:
    """An unknown id answers 404 with the API's code."""
    answer = api.http.get(f"/v1/requests/no-such-request/{what}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, 404001)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_models_are_told(api: Api, method: str) -> None:
    """An unknown model answers with the API's code and the ids there are."""
    answer = api.http.request(method, "/v1/models/openai/sora-3", json={"prompt": ""})
    assert (answer.status_code, answer.json()["error_code"]) == (400, 400001)
    assert "openai/sora-2/text-to-video" in answer.json()["error_message"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b'"prompt"',
        b"null",
        b'{"prompt": NaN}',
        b'{"prompt": "\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_bodies_that_are_no_json_objects_are_refused(api: Api, content: bytes) -> None:
    """What is not an object of well-formed JSON answers 422, and nothing is queued."""
    answer = api.http.post(SORA, content=content)
    assert (answer.status_code, answer.json()["error_code"]) == (422, 422001)
    (entry,) = api.journal(on="submit")
    assert entry["request_id"] is None


def test_misfits_are_refused_all_at_once(api: Api) -> None:
    """A 422 names every wrong field and its legal values, in words and as a list."""
    answer = api.http.post(SORA, json={"prompt": "x", "seconds": 5, "wait": 1})
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (422, 422001)
    assert "seconds must be one of 4, 8, 12" in told["error_message"]
    assert [problem["loc"] for problem in told["detail"]] == [["body", "seconds"], ["body", "wait"]]


def test_misfits_deep_inside_name_their_place(api: Api) -> None:
    """A 422 leads to an item of a list and to a field of an object."""
    body = {"prompt": "x", "images": ["https://files.example/a.png", "a.png"], "camera": {"motion": 1}}
    told = api.http.post("/v1/models/sandbox/storyboard/image-to-video", json=body).json()
    places = [problem["loc"] for problem in told["detail"]]
    assert places == [["body", "images", 1], ["body", "camera", "motion"]]
    assert "images.1 must be a public https URL of image" in told["error_message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("PUT", SORA), ("GET", "/v1/requests/x")])
def test_other_paths_are_told(api: Api, method: str, path: str) -> None:
    """What the API does not have answers 404 as JSON, and is in the journal as unknown."""
    answer = api.http.request(method, path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, 404000)
    assert [entry["on"] for entry in api.journal()] == ["unknown"]


def test_the_catalogue_is_searched_and_paged(api: Api) -> None:
    """Search, limit, offset and include_schema do what the API says."""
    everything = api.http.get("/v1/models").json()
    assert (everything["total"], everything["limit"], everything["offset"]) == (10, 50, 0)
    assert len(everything["models"]) == 10
    assert "input_schema" not in everything["models"][0]
    page = api.http.get("/v1/models", params={"limit": 1, "offset": 1, "include_schema": "true"}).json()
    assert [model["model_id"] for model in page["models"]] == [everything["models"][1]["model_id"]]
    assert page["models"][0]["input_schema"]["title"] == "Input"
    found = api.http.get("/v1/models", params={"search": "sora", "kind": "model", "limit": 1}).json()
    assert [model["model_id"] for model in found["models"]] == ["openai/sora-2/text-to-video"]
    assert found["total"] == 2
    last = api.http.get("/v1/models", params={"limit": 3, "offset": 9}).json()
    assert [model["kind"] for model in last["models"]] == ["workflow"]
    upscalers = api.http.get("/v1/models", params={"category": "video-to-video"}).json()
    assert [model["model_id"] for model in upscalers["models"]] == ["sandbox/upscaler/video-to-video"]
    assert "video-to-video" in api.http.get("/v1/models/categories").json()["categories"]
    assert api.http.get(SORA).json()["required_inputs"] == ["prompt"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"offset": "-1"}])
def test_pages_have_bounds(api: Api, query: dict[str, str]) -> None:
    """A limit or an offset out of its range answers 422."""
    assert api.http.get("/v1/models", params=query).status_code == 422


def test_the_balance_is_told(api: Api) -> None:
    """The balance has its three fields, and they agree."""
    told = api.http.get("/prod/v2/balance").json()
    assert told == {"balance_usd": 100.0, "balance_microdollars": 100_000_000, "currency": "USD"}


def test_clips_are_served_like_files(api: Api, done: str) -> None:
    """A clip's URL knows HEAD, Range and If-Range, has a strong ETag and the right type."""
    url = f"/media/{done}.mp4"
    whole = api.anonymous.get(url)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    etag = whole.headers["etag"]
    head = api.anonymous.head(url)
    assert (head.headers["content-length"], head.content) == (str(len(whole.content)), b"")
    part = api.anonymous.get(url, headers={"Range": "bytes=100-199", "If-Range": etag})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    changed = api.anonymous.get(url, headers={"Range": "bytes=100-199", "If-Range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, len(whole.content))
    beyond = api.anonymous.get(url, headers={"Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416


def test_clips_refuse_a_token_and_do_not_exist_too_early(one_by_one: Api) -> None:
    """Like a pre-signed host, the clip's URL answers 400 to a token; before the end there is no clip."""
    url = f"/media/{one_by_one.submit()}.mp4"
    assert one_by_one.http.get(url).status_code == 400
    assert one_by_one.anonymous.get(url).status_code == 404


def test_the_journal_tells_what_came_but_no_token(api: Api) -> None:
    """Each call is there in order, with its body and answer; of the token only a hash."""
    request_id = api.submit("for the journal", seconds=4)
    api.ask(request_id, "result", include_cost="true")
    api.anonymous.post("/v1/requests/x/cancel")
    submit, result, cancel = api.journal()
    assert submit["body"] == {"prompt": "for the journal", "seconds": 4}
    assert (submit["method"], submit["path"], submit["answered"]) == ("POST", SORA, 200)
    assert submit["request_id"] == result["request_id"] == request_id
    assert (result["on"], result["query"], result["body"]) == ("result", "include_cost=true", None)
    assert submit["at"] <= result["at"] <= cancel["at"]
    assert submit["authorization_sha256"] == hashlib.sha256(b"any").hexdigest()
    assert (cancel["authorization"], cancel["authorization_sha256"]) == (False, None)
    assert cancel["answered"] == 401
    assert "Bearer" not in str([submit, result, cancel])


def test_the_journal_can_be_narrowed_and_cleared(api: Api) -> None:
    """One kind of call, or the newest only; numbers go on after clearing."""
    for _ in range(3):
        api.http.get("/prod/v2/balance")
    api.http.get("/v1/models")
    assert len(api.journal(on="balance")) == 3
    assert [entry["on"] for entry in api.journal(limit="1")] == ["models"]
    assert api.journal(limit="0") == []
    assert api.anonymous.get("/_sandbox/journal", params={"limit": "x"}).status_code == 422
    last = api.journal()[-1]["number"]
    assert api.anonymous.delete("/_sandbox/journal").json() == []
    api.http.get("/v1/models")
    assert [entry["number"] for entry in api.journal()] == [last + 1]
