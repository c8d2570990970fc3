"""The catalogue, costs and limits as a scenario spoils them, over real HTTP."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_jupyter.sandbox import hostile
from runcomfy_jupyter.sandbox.catalogue import hidden
from runcomfy_jupyter.sandbox.scenarios import PRESETS
from support.polling import eventually

if TYPE_CHECKING:
    from sandbox.conftest import Api

SORA = "openai/sora-2/text-to-video"
POSTCARD = "sandbox/postcard/text-to-image"


def listed(api: Api, **query: Any) -> Any:
    """Return the JSON of the list of models."""
    return api.http.get("/v1/models", params=query).json()


def card(api: Api, model: str = SORA) -> Any:
    """Return the JSON of one model's card."""
    return api.http.get(f"/v1/models/{model}").json()


def test_sora_can_be_retired(api: Api) -> None:
    """Its ids answer 400001 to a submission and for their card, and are in no list; others are well."""
    api.misbehave(*PRESETS["sora_retired"])
    for model in (SORA, "openai/sora-2/pro/text-to-video"):
        answer = api.http.post(f"/v1/models/{model}", json={"prompt": "x"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 400001)
        assert answer.json()["error_message"] == card(api, model)["error_message"] == "model retired"
    told = listed(api)
    assert (told["total"], len(told["models"])) == (8, 8)
    assert not any("sora" in model["model_id"] for model in told["models"])
    assert card(api, POSTCARD)["model_id"] == POSTCARD
    assert api.finished(api.accepted(POSTCARD, {"text": "x"}))["status"] == "succeeded"


def test_the_catalogue_can_be_down_while_the_rest_works(api: Api, done: str) -> None:
    """List and card answer 503; a submission and a result do not care."""
    api.misbehave(*PRESETS["catalogue_down"])
    assert api.http.get("/v1/models").status_code == 503
    assert api.http.get(f"/v1/models/{SORA}").status_code == 503
    assert api.ask(done, "result")["status"] == "succeeded"
    assert api.submit("a paper boat on a lake")


def test_the_catalogue_can_hang(api: Api) -> None:
    """No answer comes."""
    api.misbehave(*PRESETS["catalogue_hangs"])
    with pytest.raises(httpx.ReadTimeout):
        api.http.get("/v1/models", timeout=0.2)


def test_the_catalogue_can_be_garbled(api: Api) -> None:
    """What comes with status 200 is not JSON."""
    api.misbehave(*PRESETS["catalogue_garbled"])
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        listed(api)


def test_the_list_can_have_another_form(api: Api) -> None:
    """It may be bare, or under another name; what is no list and no card stays as it is."""
    api.misbehave(*PRESETS["bare_catalogue"])
    assert [model["model_id"] for model in listed(api, limit=1)] == [SORA]
    assert card(api)["model_id"] == SORA
    assert "categories" in api.http.get("/v1/models/categories").json()
    assert card(api, "no/such/model")["error_code"] == 400001
    api.misbehave({"on": "models", "fault": "cards", "envelope": "data"})
    assert listed(api, limit=1)["data"][0]["model_id"] == SORA


def test_prices_can_be_absent_or_in_words(api: Api) -> None:
    """A card may lack price and unit, or name its price as a string, in the list as by itself."""
    api.misbehave(*PRESETS["no_prices"])
    for told in (card(api), listed(api)["models"][0]):
        assert not {"base_price_usd", "price_unit"} & set(told)
    api.misbehave(*PRESETS["prices_in_words"])
    assert {told["base_price_usd"] for told in (card(api), listed(api)["models"][0])} == {"0.25"}


def test_schemas_can_be_absent(api: Api) -> None:
    """A card may say nothing of its inputs, even where they were asked for."""
    api.misbehave(*PRESETS["no_schemas"])
    for told in (card(api), listed(api, include_schema="true")["models"][0]):
        assert not {"input_schema", "inputs", "required_inputs"} & set(told)


def test_a_cost_can_come_late_or_never(api: Api) -> None:
    """For so many seconds after the end a result has no cost; with `no_cost` it never has."""
    request_id = api.submit("a paper boat on a lake")
    api.finished(request_id)
    api.misbehave(*PRESETS["no_cost"])
    assert "cost" not in api.ask(request_id, "result", include_cost="true")
    api.misbehave({"on": "result", "fault": "late_cost", "seconds": 3600})
    told = api.ask(request_id, "result", include_cost="true")
    assert (told["status"], "cost" in told) == ("succeeded", False)
    api.misbehave({"on": "result", "fault": "late_cost", "seconds": 0.2})
    cost = eventually(lambda: api.ask(request_id, "result", include_cost="true").get("cost"), 5)
    assert cost == 0.4


def test_too_many_submissions_are_refused_for_a_while(api: Api) -> None:
    """Beyond so many in a window a submission answers 429 with the time to wait, and is not accepted."""
    limit = {"on": "submit", "fault": "too_many", "allowed": 2, "window": 30}
    api.misbehave(limit)
    answers = [api.http.post(f"/v1/models/{SORA}", json={"prompt": ""}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 25 <= int(answers[2].headers["retry-after"]) <= 30
    assert [bool(entry["request_id"]) for entry in api.journal(on="submit")] == [True, True, False, False]
    api.misbehave(limit | {"allowed": 0, "as_date": True})
    answer = api.http.post(f"/v1/models/{SORA}", json={"prompt": ""})
    assert parsedate_to_datetime(answer.headers["retry-after"]).tzinfo is not None


def test_a_window_ends(api: Api) -> None:
    """When the oldest has left the window, one more is accepted."""
    api.misbehave({"on": "submit", "fault": "too_many", "allowed": 1, "window": 0.3})
    first, second = (api.http.post(f"/v1/models/{SORA}", json={"prompt": ""}) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    eventually(lambda: api.http.post(f"/v1/models/{SORA}", json={"prompt": ""}).status_code == 200)


def test_hostile_cards_are_listed_only_when_wanted(api: Api) -> None:
    """They are searched and paged like others while the scenario is on; by id they can always be had."""
    assert listed(api, search="hostile")["total"] == 0
    api.misbehave(*PRESETS["hostile"])
    told = listed(api, include_schema="true", limit=500)
    assert {model["model_id"] for model in told["models"]} > set(hidden())
    assert told["total"] == len(hidden()) + 10
    by_id = {model["model_id"]: model for model in told["models"]}
    api.misbehave()
    assert listed(api, search="hostile")["total"] == 0
    for model in hidden():
        assert card(api, model) == by_id[model]


def test_hostile_schemas_are_what_they_say(api: Api) -> None:
    """Markup, escapes, names like options, ten thousand values, depth, recursion, and no schema at all."""
    schemas = {model.removeprefix("sandbox/hostile/"): card(api, model)["input_schema"] for model in hidden()}
    assert hostile.SCRIPT in schemas["markup"]["properties"]["style"]["enum"]
    assert "\x1b[2J" in schemas["escapes"]["properties"]["style"]["title"]
    assert {"--help", "model", "wait", "__proto__", ""} < set(schemas["options"]["properties"])
    assert len(schemas["many"]["properties"]["voice"]["enum"]) == 10_000
    assert schemas["recursive"]["definitions"]["circle"] == {"$ref": "#/definitions/circle"}
    assert [schemas[f"unreadable/{name}"] for name in ("text", "nothing")] == ["See the page.", None]
    depth, fields = 0, schemas["deep"]["properties"]
    while "deeper" in fields:
        depth, fields = depth + 1, fields["deeper"]["properties"]
    assert depth == hostile.DEEP


@pytest.mark.parametrize("model", hidden())
def test_hostile_models_take_anything_and_make_a_video(api: Api, model: str) -> None:
    """Any JSON object is accepted, and ends as a short clip."""
    body = {"prompt": hostile.SCRIPT, "--help": hostile.ESCAPES, "style": {"deep": [None]}, "seed": [1]}
    result = api.finished(api.accepted(model, body))
    assert api.anonymous.get(result["output"]["video"]).headers["content-type"] == "video/mp4"
