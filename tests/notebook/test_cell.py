from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.plain import same
from runcomfy_jupyter._domain.prompts import fill, split_prompts
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.cell import as_cell
from runcomfy_jupyter._notebook.grammar import parse
from support.schemas import Meant, fields

SORA = built_in().schema
# A busy machine draws slowly, and not every drawn part has values that fit.
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
FLUX = "blackforestlabs/flux-3/text-to-video"


def schema(*required: str, **properties: Any) -> Schema:
    """Return a schema with these fields."""
    return Schema.parse({"properties": properties, "required": list(required)})


def asked(cell: str, model: Schema) -> tuple[dict[str, Any], str | None]:
    """Return what a cell asks for and of which model, read as IPython would read it."""
    reader: Any = TransformerManager
    calls = (
        node for node in ast.walk(ast.parse(reader().transform_cell(cell))) if isinstance(node, ast.Call)
    )
    named = ((call.func.attr, call) for call in calls if isinstance(call.func, ast.Attribute))
    [(does, call)] = [(name, call) for name, call in named if name in {"run_cell_magic", "submit"}]
    words = [ast.literal_eval(word) for word in call.args]
    if does == "submit":
        given = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
        asked_of = given.pop("model", None)
        given |= given.pop("inputs", {})
        return _with_prompt(given, words[0] if words else "", model), asked_of
    magic, line, body = words
    assert magic == "sora"
    assert body != "", "IPython refuses a cell magic without a line below it"
    command = parse(line, model)
    [prompt] = [fill(text, {}) for text in split_prompts(body)]
    return _with_prompt(command.inputs, prompt, model), command.model


def _with_prompt(inputs: dict[str, Any], prompt: str, model: Schema) -> dict[str, Any]:
    name = model.body.name if model.body else "prompt"
    return {name: prompt, **inputs} if prompt else inputs


@pytest.mark.parametrize(
    ("inputs", "cell"),
    [
        ({"prompt": "A kite", "size": "720x1280", "seconds": 4}, "%%sora\nA kite"),
        ({"prompt": "A kite", "size": "1280x720", "seconds": 8},
         "%%sora --size 1280x720 --seconds 8\nA kite"),
        ({"prompt": "{a} and {{b}}"}, "%%sora\n{{a}} and {{{{b}}}}"),
        ({"prompt": "two\nlines: 'quoted', \"so\", $5, --again"},
         "%%sora\ntwo\nlines: 'quoted', \"so\", $5, --again"),
        ({}, "%%sora\n\n"),
    ],
)  # fmt: skip
def test_the_cell_asks_for_the_same(inputs: dict[str, Any], cell: str) -> None:
    """Defaults are left out, braces doubled, all else of a prompt is as it was."""
    assert as_cell(SORA, inputs) == cell
    assert SORA.resolve(asked(cell, SORA)[0]) == SORA.resolve(inputs)


def test_another_model_is_named() -> None:
    """Its own fields are the options, each written as its type is read."""
    flux = schema(
        prompt={"type": "string"},
        negative_prompt={"type": "string"},
        duration={"enum": ["auto", "5", "10"]},
        guidance={"type": "float"},
        sound={"type": "boolean", "default": True},
        camera={"type": "object"},
        images={"type": "array", "format": "image_uris"},
    )
    inputs = {
        "prompt": "A kite",
        "negative_prompt": "it's --bad",
        "duration": "10",
        "guidance": -0.5,
        "sound": False,
        "camera": {"mode": "pan {x}", "to": [1, None]},
        "images": ["https://a.example/b.png?c=d&e=f"],
    }
    cell = as_cell(flux, inputs, model=FLUX)
    assert cell == (
        "%%sora --model blackforestlabs/flux-3/text-to-video --negative_prompt 'it'\"'\"'s --bad' "
        "--duration 10 --guidance=-0.5 --sound false "
        '--camera \'{"mode": "pan {x}", "to": [1, null]}\' '
        "--images '[\"https://a.example/b.png?c=d&e=f\"]'\n"
        "A kite"
    )
    assert asked(cell, flux) == (inputs, FLUX)


def test_a_model_without_a_prompt_still_has_a_line_below() -> None:
    """Without one IPython would refuse the cell."""
    upscaler = schema("video_url", video_url={"type": "string"})
    inputs = {"video_url": "https://a.example/b.mp4"}
    cell = as_cell(upscaler, inputs, model="maker/upscaler")
    assert cell == "%%sora --model maker/upscaler --video_url https://a.example/b.mp4\n\n"
    assert asked(cell, upscaler) == (inputs, "maker/upscaler")


WILD = schema(
    **{
        "prompt": {"type": "string"},
        "style": {"type": ["string", "null"], "default": "plain"},
        "again": {"type": "boolean"},
        "model": {"type": "string"},
        "takes": {"type": "integer"},
        "a b": {"type": "string"},
        "class": {"type": "string"},
        "api_key": {"type": "string"},
        "seed": {"type": "integer"},
    }
)


@pytest.mark.parametrize(
    "inputs",
    [
        {"prompt": "a\n---\nb"},
        {"prompt": "ends\n\n"},
        {"prompt": "a\n  \nb"},
        {"prompt": ">>> a"},
        {"prompt": "a\n... b"},
        {"prompt": "carriage\rreturn"},
        {"prompt": "a", "style": "two\nlines"},
        {"prompt": "a", "style": "line\u2028separator"},
        {"prompt": "a", "style": "null"},
        {"prompt": "a", "again": True},
        {"prompt": "a", "model": "b"},
        {"prompt": "a", "takes": 3},
        {"prompt": "a", "a b": "c"},
        {"prompt": "a", "class": "c\n"},
        {"prompt": "a", "api_key": "c"},
        {"seed": 5, "model": "b", "style": "x\n"},
    ],
)
def test_what_a_line_cannot_say_is_said_in_python(inputs: dict[str, Any]) -> None:
    """A prompt that looks like two, a value of two lines, a field with the name of an option of ours."""
    cell = as_cell(WILD, inputs, model="maker/wild")
    assert cell.startswith("import runcomfy_jupyter as rc\n\njob = rc.submit(\n")
    assert asked(cell, WILD) == (inputs, "maker/wild")


def test_a_cell_in_python_is_one_that_a_person_would_write() -> None:
    """Named where a name can stand; the rest in `inputs`; the job is shown at the end."""
    inputs = {"prompt": "A\n---\nkite", "seed": 5, "a b": "c", "model": "d"}
    assert as_cell(WILD, inputs, model="maker/wild") == (
        "import runcomfy_jupyter as rc\n\n"
        "job = rc.submit(\n"
        "    'A\\n---\\nkite',\n"
        "    model='maker/wild',\n"
        "    seed=5,\n"
        "    inputs={'a b': 'c', 'model': 'd'},\n"
        ")\n"
        "job"
    )


def test_null_can_be_said_where_it_is_a_choice() -> None:
    """Beside a default it asks for something else."""
    assert as_cell(WILD, {"prompt": "a", "style": None}) == "%%sora --style null\na"
    assert as_cell(WILD, {"prompt": "a", "style": "plain"}) == "%%sora\na"


def test_what_the_model_does_not_know_any_more_is_still_written() -> None:
    """A field of an older schema: the service will say what it makes of it."""
    inputs = {"prompt": "a", "gone": [1]}
    cell = as_cell(WILD, inputs)
    assert asked(cell, WILD) == (inputs, None)
    assert "gone=[1]" in cell


def test_a_model_that_cannot_be_read_is_asked_in_either_way() -> None:
    """A prompt alone stands in a cell; what has no option is said in Python."""
    unknown = Schema.parse({})
    assert as_cell(unknown, {"prompt": "a {b}"}, model="m/x") == "%%sora --model m/x\na {{b}}"
    inputs = {"prompt": ["a", "b"], "seed": 5}
    found, model = asked(as_cell(unknown, inputs, model="m/x"), unknown)
    assert (found, model) == (inputs, "m/x")


PROMPTS = st.text(max_size=20) | st.text("a{}-\n \t.>$'\"\\", max_size=12)


@SLOW
@given(drawn=fields(), prompt=PROMPTS, default=st.booleans(), data=st.data())
def test_any_inputs_come_back_from_their_cell(
    drawn: tuple[dict[str, Any], Meant],
    prompt: str,
    default: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
) -> None:
    """Read back as IPython and the magic read it, the cell asks for the same; whatever is in the inputs."""
    root, meant = drawn
    value = data.draw(meant.likely)
    assume(meant.fits(value) and value is not None)
    root["properties"]["prompt"] = {"type": "string"}
    if default:
        root["properties"]["x"] = {"allOf": [root["properties"]["x"]], "default": data.draw(meant.likely)}
    found = Schema.parse(root)
    inputs = found.check({"prompt": prompt, "x": value})
    got, model = asked(as_cell(found, inputs, model=FLUX), found)
    assert model == FLUX
    assert same(found.resolve(found.check(got)), found.resolve(inputs))
