from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.oinspect import getdoc

from runcomfy_jupyter._domain.models import ModelCard, built_in
from runcomfy_jupyter._domain.prompts import split_prompts
from runcomfy_jupyter._domain.shots import Cell, multiply
from runcomfy_jupyter._notebook.grammar import parse
from runcomfy_jupyter._notebook.help import cell_help, documented, example
from runcomfy_jupyter._notebook.options import OPTIONS, by_option

URI = {"type": "string", "format": "image_uri"}


def card(**schema: Any) -> ModelCard:
    """Make the card of a model with this schema."""
    return ModelCard.parse({"model_id": "maker/other", "display_name": "Other", "input_schema": schema})


OTHER = card(
    properties={
        "prompt": {"type": "string", "maxLength": 30},
        "aspect_ratio": {"type": "string", "title": "Aspect ratio", "enum": ["16:9", "9:16"]},
        "generate_audio": {"type": "boolean", "title": "Sound", "default": False},
        "seed": {"type": "integer", "default": None},
        "cfg": {"type": "float", "minimum": 0, "maximum": 2},
        "image": {**URI, "title": "First frame"},
        "wait": {"type": "integer"},
    },
    required=["prompt", "image"],
)


def lines_of(model: ModelCard) -> dict[str, str]:
    """Return what the help says of each option."""
    told: dict[str, str] = {}
    for line in cell_help(model).splitlines():
        if line.startswith("  --"):
            name, _, what = line.strip().partition("  ")
            told[name.split()[0]] = what.strip()
        elif line.startswith("        ") and told:
            told[list(told)[-1]] += f" {line.strip()}"
    return told


@pytest.mark.parametrize("model", [built_in(), OTHER])
def test_every_option_is_told(model: ModelCard) -> None:
    """What the line understands the help lists, each with its words, and nothing else."""
    fields = [field.name for field in by_option(model.schema)]
    told = lines_of(model)
    assert list(told) == [*(f"--{name}" for name in fields), *(f"--{name}" for name in OPTIONS)]
    assert all(told.values())


def test_legal_values_and_defaults_are_told() -> None:
    """A field's title, what it takes, whether it is required, and what it is when left out."""
    assert lines_of(built_in())["--size"] == "Resolution: 1280x720 or 720x1280 (default 720x1280)"
    assert lines_of(built_in())["--seconds"] == "Duration: 4, 8 or 12 (default 4)"
    told = lines_of(OTHER)
    assert told["--aspect_ratio"] == "Aspect ratio: 16:9 or 9:16"
    assert told["--generate_audio"] == "Sound: true or false (default false)"
    assert told["--seed"] == "seed: a whole number"
    assert told["--cfg"] == "cfg: a number from 0 to 2"
    assert told["--image"] == "First frame: the public https URL of an image (required)"


def test_the_help_says_how_a_cell_is_written() -> None:
    """The name, the prompt's place and limits, placeholders, braces, separators; nothing is paid twice."""
    text = " ".join(cell_help(built_in()).split())
    assert text.startswith(
        "%%sora [NAME] [OPTIONS] sends a request to Sora 2 (openai/sora-2/text-to-video). %%sora clip"
    )
    for told in ("receives the job", "{mood}", "{{ and }} are braces", "A line ---", "nothing is paid twice"):
        assert told in text
    assert "token" not in text
    assert "the prompt (text of at most 30 characters)" in " ".join(cell_help(OTHER).split())


def test_inputs_that_are_no_options_are_told() -> None:
    """What the line cannot name is named all the same, with the way to it."""
    assert "By --inputs VAR alone: wait." in cell_help(OTHER)
    assert "By --inputs VAR alone" not in cell_help(built_in())
    many = card(properties={f"{number} é": {} for number in range(100)})
    assert "'0 é'" not in cell_help(many)
    assert "0 é, 1 é, 2 é" in cell_help(many)
    assert "and 88 more." in cell_help(many)


def test_a_model_without_options_still_has_help() -> None:
    """Where nothing is taken but a prompt, or the schema cannot be read, ours are listed alone."""
    ours = [f"--{name}" for name in OPTIONS]
    bare = card(properties={"prompt": {"type": "string"}})
    assert list(lines_of(bare)) == ours
    assert "Inputs of this model" not in cell_help(bare)
    unknown = ModelCard.parse({"model_id": "maker/bare"})
    assert list(lines_of(unknown)) == ours
    assert "--inputs VAR takes any dict" in cell_help(unknown)


def test_a_model_without_a_prompt_says_so() -> None:
    """Nobody writes a prompt that nothing takes."""
    silent = card(properties={"image": URI}, required=["image"])
    assert "takes no prompt: leave the lines below empty" in cell_help(silent)
    assert example(silent) == "%%sora clip --image https://example.com/picture.png"


@pytest.mark.parametrize(
    ("properties", "line"),
    [
        ({"a": {"enum": ["x", "y"], "default": "x"}}, "--a y"),
        ({"a": {"type": "boolean", "default": True}}, "--a false"),
        ({"a": {"enum": ["two words", "x"]}}, "--a 'two words'"),
        ({"a": {"type": "integer", "minimum": 7}}, "--a 7"),
        ({"a": {"type": "number", "maximum": -3}}, "--a -3"),
        ({"a": {"type": "integer", "default": 5}}, "--a 5"),
        ({"a": {"type": "array", "items": URI}}, "--a https://example.com/picture.png"),
        ({"a": {"type": "string", "format": "audio_uri"}}, "--a https://example.com/sound.mp3"),
        ({"a": {"type": "string", "minLength": 8}}, "--a 'a longer text than that'"),
        ({"a": {"type": "object"}}, "--inputs more"),
        ({"a": {"enum": ["\x1b[31m", "`rm`", "x" * 70]}}, "--inputs more"),
        ({"a": {"enum": ["--x", "a,b"]}}, "--a a,b"),
        ({"wait": {"type": "integer"}}, "--inputs more"),
    ],
)
def test_the_example_has_what_a_model_requires(properties: dict[str, Any], line: str) -> None:
    """A legal value for it, not the default where there is another; by a dict where no word will do."""
    told = example(card(properties={"prompt": {}, **properties}, required=list(properties)))
    assert told.splitlines()[0] == f"%%sora clip {line}"


def test_the_example_stays_a_line() -> None:
    """Of many required inputs those that fit are shown, the rest is left to a dict; so is no list at all."""
    fields = {f"first_field_{number}": {"enum": ["a"]} for number in range(9)}
    line = example(card(properties=fields, required=list(fields)))
    assert line == "%%sora clip --first_field_0 a --first_field_1 a --first_field_2 a --inputs more"
    assert "default" not in lines_of(card(properties={"a": {"type": "array", "default": []}}))["--a"]


def test_the_example_shows_two_choices() -> None:
    """Enough to see how it is done, however many there are."""
    fields = {name: {"enum": [f"{name}1", f"{name}2"]} for name in "abc"}
    assert example(card(properties={"prompt": {}, **fields})).startswith("%%sora clip --a a1 --b b1\n")


def test_the_example_names_the_model_where_it_was_asked_for() -> None:
    """What is copied asks the same model; without `--model` the line is the shorter one."""
    assert "%%sora clip --model maker/other --" in cell_help(OTHER, named=True)
    assert "--model maker/other" not in cell_help(OTHER)
    hostile = ModelCard.parse({"model_id": "a; rm -rf ~", "input_schema": {"properties": {}}})
    assert "--model a" not in example(hostile, named=True)


def test_the_helps_prompt_fits() -> None:
    """A model that takes short prompts gets a short one, one that wants many words a long one."""
    assert example(OTHER).splitlines()[1] == "A red panda surfs"
    longest = card(properties={"prompt": {"type": "string", "minLength": 50}})
    assert len(example(longest).splitlines()[1]) > 50
    shortest = card(properties={"prompt": {"type": "string", "maxLength": 3}})
    assert "{mood}" in example(shortest)


def check_example(model: ModelCard) -> None:
    """Assert that the example can be sent as it stands, if it needs no dict besides."""
    line, _, body = example(model, named=True).partition("\n")
    command = parse(line.removeprefix("%%sora"), model.schema)
    assert (command.variable, command.model) == ("clip", model.model_id)
    if command.inputs_from is None:
        cell = Cell(prompts=split_prompts(body), choices=command.choices)
        (shot,) = multiply(cell, model.schema, {"mood": "calm"})
        prompt = {} if model.schema.body is None else {model.schema.body.name: shot.prompt}
        model.schema.check({**prompt, **shot.inputs})


@pytest.mark.parametrize("model", [built_in(), OTHER])
def test_the_example_works(model: ModelCard) -> None:
    """The cell that the help shows can be copied and run."""
    check_example(model)


class Magic:
    """A magic, as IPython sees one."""

    def ask(self) -> None:
        """Say what was true when this was written."""


def test_a_question_mark_shows_what_is_true_now() -> None:
    """IPython shows what is told when it is asked; where that fails, the docstring."""
    models = ["Sora 2", "Other"]
    documented(Magic.ask, lambda: f"The model is\n  {models.pop()}")
    assert [getdoc(Magic().ask) for _ in range(3)] == [
        "The model is\nOther",
        "The model is\nSora 2",
        "Say what was true when this was written.",
    ]


KINDS = ["string", "integer", "number", "boolean", "array", "object"]
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
SPEC = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "title": st.text(max_size=200),
        "enum": st.lists(VALUES, max_size=20),
        "default": VALUES,
        "minimum": st.integers(-100, 100),
        "maximum": st.integers(-100, 100),
        "minLength": st.integers(0, 40),
        "items": st.sampled_from([URI, {"type": "integer"}, {"enum": ["a", "b"]}]),
        "format": st.sampled_from(["image_uri", "video_uri", "audio_uris"]),
    },
)
NAMES = st.text(max_size=30) | st.sampled_from(["prompt", "text", "size", "wait", "help", "token", "a-b"])
FIELDS = st.dictionaries(NAMES, SPEC, max_size=8)


@settings(deadline=None)
@given(fields=FIELDS, data=st.data(), name=st.text(max_size=100))
def test_the_help_of_any_model_is_plain(fields: dict[str, Any], data: st.DataObject, name: str) -> None:
    """Within 100 columns, free of control characters and turned text, with an example that is legal."""
    required = data.draw(st.lists(st.sampled_from(list(fields)), unique=True)) if fields else []
    told = {"model_id": "maker/x", "display_name": name}
    model = ModelCard.parse({**told, "input_schema": {"properties": fields, "required": required}})
    lines = cell_help(model).split("\n")
    assert max(map(len, lines)) <= 100
    assert not [mark for line in lines for mark in line if unicodedata.category(mark) in {"Cc", "Cs"}]
    check_example(model)


def test_the_help_of_a_huge_schema_stays_short() -> None:
    """Ten thousand values and a thousand fields do not flood the notebook."""
    many = {f"field_{number}": {"enum": [f"v{value}" for value in range(50)]} for number in range(900)}
    text = cell_help(card(properties={"big": {"enum": [f"value {n}" for n in range(10_000)]}, **many}))
    assert len(text) < 12_000
    assert "(10,000 in all)" in text
    assert "… and 841 more" in text
