"""Every named fault, done to a real client over a real socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_jupyter.sandbox.faults import FAULTS

if TYPE_CHECKING:
    from sandbox.conftest import Api

SORA = "/v1/models/openai/sora-2/text-to-video"
BALANCE = "/prod/v2/balance"


def test_drop_before_read_resets_and_takes_nothing(api: Api) -> None:
    """The connection is reset, and the submission was not accepted."""
    api.misbehave({"on": "submit", "fault": "drop_before_read"})
    with pytest.raises(httpx.ReadError):
        api.http.post(SORA, json={"prompt": "lost"})
    (entry,) = api.journal()
    assert (entry["fault"], entry["answered"], entry["request_id"]) == ("drop_before_read", None, None)


def test_drop_after_read_takes_the_request(api: Api) -> None:
    """The connection closes without an answer, but the submission was accepted and runs."""
    api.misbehave({"on": "submit", "fault": "drop_after_read"})
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.post(SORA, json={"prompt": "a paper boat on a lake"})
    (entry,) = api.journal()
    assert (entry["fault"], entry["answered"]) == ("drop_after_read", None)
    assert api.finished(entry["request_id"])["status"] == "succeeded"


def test_hang_gives_no_answer(api: Api) -> None:
    """A client's patience ends, or the connection closes when the time is over."""
    api.misbehave(
        {"on": "balance", "fault": "hang", "times": 1}, {"on": "balance", "fault": "hang", "seconds": 0.2}
    )
    with pytest.raises(httpx.ReadTimeout):
        api.http.get(BALANCE, timeout=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.get(BALANCE)


def test_hang_can_take_the_request_first(api: Api) -> None:
    """With `taken` the submission counts although its answer never comes."""
    api.misbehave({"on": "submit", "fault": "hang", "seconds": 0.1, "taken": True})
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.post(SORA, json={"prompt": "a paper boat on a lake"})
    assert api.journal()[0]["request_id"]


def test_slow_answers_late_but_well(api: Api) -> None:
    """The true answer comes after the time."""
    api.misbehave({"on": "balance", "fault": "slow", "seconds": 0.3})
    answer = api.http.get(BALANCE)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.3


@pytest.mark.parametrize("retry_after", ["3", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_status_code_has_headers(api: Api, retry_after: str) -> None:
    """Any status can be answered, with any headers."""
    api.misbehave(
        {"on": "submit", "fault": "status_code", "code": 429, "headers": {"Retry-After": retry_after}}
    )
    answer = api.http.post(SORA, json={"prompt": "x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, retry_after)
    assert api.journal()[0]["request_id"] is None


@pytest.mark.parametrize(
    ("fault", "status", "error_code"),
    [
        ({"fault": "error", "code": 402, "error_code": 400002, "message": "no balance"}, 402, 400002),
        ({"fault": "error_200"}, 200, 500001),
        ({"fault": "not_ready_400"}, 400, 400005),
        ({"fault": "expired"}, 404, 404001),
    ],
)
def test_errors_have_the_form_of_the_api(
    api: Api, done: str, fault: dict[str, Any], status: int, error_code: int
) -> None:
    """Errors come with their status and code, the one with status 200 too."""
    api.misbehave({"on": "result"} | fault)
    answer = api.http.get(f"/v1/requests/{done}/result")
    assert (answer.status_code, answer.json()["error_code"]) == (status, error_code)
    assert answer.json()["error_message"]


@pytest.mark.parametrize(
    ("fault", "content_type"), [("garbage", "application/json"), ("html", "text/html; charset=utf-8")]
)
def test_nonsense_comes_with_status_200(api: Api, fault: str, content_type: str) -> None:
    """The submission was accepted, but its answer cannot be read."""
    api.misbehave({"on": "submit", "fault": fault})
    answer = api.http.post(SORA, json={"prompt": "a paper boat on a lake"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        answer.json()
    assert api.journal()[0]["request_id"]


def test_json_answers_what_it_is_given(api: Api, done: str) -> None:
    """Any JSON can be answered; it may name the request and its video."""
    api.misbehave(
        {"on": "result", "fault": "json", "json": {"request_id": "{request_id}", "output": ["{video}"]}}
    )
    answer = api.ask(done, "result")
    assert answer == {"request_id": done, "output": [f"{api.root}/media/{done}.mp4"]}


def test_json_on_a_submission_names_the_accepted_request(api: Api) -> None:
    """A receipt with only an id can be had, and the id is the true one."""
    api.misbehave({"on": "submit", "fault": "json", "code": 202, "json": {"request_id": "{request_id}"}})
    answer = api.http.post(SORA, json={"prompt": "a paper boat on a lake"})
    assert (answer.status_code, answer.json()) == (202, {"request_id": api.journal()[0]["request_id"]})


def test_word_replaces_the_state(api: Api, done: str) -> None:
    """Synonyms and unknown words of a state can be had."""
    api.misbehave({"on": "status", "fault": "word", "word": "canceled", "times": 1})
    assert api.ask(done, "status")["status"] == "canceled"
    assert api.ask(done, "status")["status"] == "completed"


@pytest.mark.parametrize("error", [{"code": 3043, "message": "AiError: flagged"}, "flagged"])
def test_failed_stays_failed(api: Api, error: object) -> None:
    """`completed` turns out to be a failure, for good, with an error of either form; it costs nothing."""
    request_id = api.submit("a paper boat on a lake")
    api.finished(request_id)
    api.misbehave({"on": "result", "fault": "failed", "error": error, "request_id": request_id, "times": 1})
    for _ in range(2):
        result = api.ask(request_id, "result", include_cost="true")
        assert (result["status"], result["error"], result["cost"]) == ("failed", error, 0.0)
        assert "output" not in result
    assert api.ask(request_id, "status")["status"] == "completed"


def test_output_and_cost_can_come_late(api: Api, done: str) -> None:
    """A finished result lacks its output, or its cost, for so many times."""
    api.misbehave(
        {"on": "result", "fault": "no_output", "times": 2}, {"on": "result", "fault": "late_cost", "times": 1}
    )
    told = [set(api.ask(done, "result", include_cost="true")) & {"output", "cost"} for _ in range(4)]
    assert told == [{"cost"}, {"cost"}, {"output"}, {"output", "cost"}]


def test_what_needs_an_end_waits_for_it(one_by_one: Api) -> None:
    """A fault of finished results does not use up its times before there is one."""
    one_by_one.misbehave({"on": "result", "fault": "no_output", "times": 1})
    *_, request_id = (one_by_one.submit() for _ in range(3))
    assert one_by_one.ask(request_id, "result")["status"] == "in_queue"
    assert "output" not in one_by_one.finished(request_id)
    assert "output" in one_by_one.ask(request_id, "result")


@pytest.mark.parametrize("fault", FAULTS)
def test_the_sandbox_is_well_after_every_fault(api: Api, done: str, fault: str) -> None:
    """Each fault strikes on a call that can bear it, once; the next call is answered well."""
    parameters = {"seconds": 0} if "seconds" in FAULTS[fault].parameters else {}
    request_id = done
    if fault == "failed":
        request_id = api.submit("a paper boat on a lake")
        api.finished(request_id)
    api.misbehave({"on": "result", "fault": fault, "times": 1} | parameters)
    path = f"/v1/requests/{request_id}/result"
    try:
        api.http.get(path)
    except httpx.TransportError as error:
        assert fault.startswith(("drop", "hang", "wrong")), error  # noqa: PT017 - some faults raise, some do not
    assert api.http.get(path).status_code == 200
    assert [entry["fault"] for entry in api.journal(on="result")][-2:] == [fault, None]


def test_rules_are_listed_with_their_counts_and_cleared(api: Api) -> None:
    """What is in force can be read, with how often it struck; a DELETE ends it."""
    api.misbehave({"on": "balance", "fault": "error", "times": 1})
    api.http.get(BALANCE)
    api.http.get(BALANCE)
    (rule,) = api.anonymous.get("/_sandbox/scenarios").json()["rules"]
    assert (rule["fault"], rule["times"], rule["struck"], rule["error_code"]) == ("error", 1, 1, 400000)
    assert api.anonymous.delete("/_sandbox/scenarios").json() == {"rules": []}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"rules": {}}', b'{"rules": [1]}', b'{"rules": [{"on": "lunch"}]}']
)
def test_rules_that_cannot_be_read_are_refused(api: Api, body: bytes) -> None:
    """A slip in a scenario answers 422 in words."""
    answer = api.anonymous.post("/_sandbox/scenarios", content=body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, 422001)
