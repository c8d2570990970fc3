"""The line for schemas that nobody chose: many fields, hostile names, lists, values with commas."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.grammar import model_named, parse
from runcomfy_jupyter._notebook.options import OPTIONS, by_inputs, by_option
from runcomfy_jupyter.errors import InputError

SORA = built_in().schema
URI = {"type": "string", "format": "image_uri"}


def schema(**fields: Any) -> Schema:
    """Make a schema of a prompt and these fields."""
    return Schema.parse({"properties": {"prompt": {"type": "string"}, **fields}})


WIDE = schema(
    seconds={"type": "integer", "enum": [4, 8, 12]},
    cfg={"type": "number"},
    audio={"type": "boolean"},
    style={"type": "string"},
    look={"type": "string", "enum": ["warm, soft", "warm", "soft", "a,b,c", "a"]},
    images={"type": "array", "items": URI},
    image=URI,
    seed={"type": ["integer", "null"]},
)


def refused(line: str, of: Schema = WIDE) -> str:
    """Return the words with which a line is refused, which say in one line that nothing was sent."""
    with pytest.raises(InputError) as told:
        parse(line, of)
    message = str(told.value)
    assert message.endswith("Nothing was sent.")
    assert message.isprintable()
    assert len(message) < 600
    return message.removesuffix(" Nothing was sent.")


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ("--seconds 4,8", {"seconds": (4, 8)}),
        ("--seconds=12,4,8", {"seconds": (12, 4, 8)}),
        ('--seconds "4, 8"', {"seconds": (4, 8)}),
        ("--cfg -1,0,2.5", {"cfg": (-1.0, 0.0, 2.5)}),
        ("--audio true,no", {"audio": (True, False)}),
        ("--look warm,soft", {"look": ("warm", "soft")}),
        ("--look 'warm, soft'", {"look": ("warm, soft",)}),
        ("--look 'soft,warm, soft,warm'", {"look": ("soft", "warm, soft", "warm")}),
        ("--look a,b,c", {"look": ("a,b,c",)}),
        ("--look a,a,b,c,warm", {"look": ("a", "a,b,c", "warm")}),
        ("--style warm,soft", {"style": ("warm,soft",)}),
        ("--image https://a.example/x,y.png", {"image": ("https://a.example/x,y.png",)}),
        ("--seed 1,null,3", {"seed": (1, None, 3)}),
        ("--audio false,true --seconds 8,4", {"audio": (False, True), "seconds": (8, 4)}),
    ],
)
def test_a_comma_list_names_several_values(line: str, choices: dict[str, tuple[Any, ...]]) -> None:
    """Where values can be listed, and no text or address is torn apart; the line's order is kept."""
    command = parse(line, WIDE)
    assert command.choices == choices
    assert list(command.choices) == list(choices)
    assert command.inputs == {name: found[0] for name, found in choices.items() if len(found) == 1}
    assert command.multiplies == any(len(found) > 1 for found in choices.values())


@pytest.mark.parametrize("line", ["--takes 2", "--each shots", "--seconds 4,8"])
def test_a_line_says_that_it_multiplies(line: str) -> None:
    """Takes, rows and lists make a batch, whatever the cell holds."""
    assert parse(line, WIDE).multiplies


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--seconds 4,5", "--seconds takes 4, 8 or 12, not 5."),
        ("--seconds 4,8,4", "--seconds names 4 twice. --takes 2 makes two of each."),
        ("--cfg 1,1.0", "--cfg names 1.0 twice. --takes 2 makes two of each."),
        ("--audio on,true", "--audio names true twice. --takes 2 makes two of each."),
        ("--seconds 4,,8", "--seconds has an empty place in its list '4,,8'."),
        ("--seconds 4,", "--seconds has an empty place in its list '4,'."),
        ("--seconds ,", "--seconds has an empty place in its list ','."),
        ("--image /home/me/a.png", "--image takes the public https URL of an image"),
    ],
)
def test_a_wrong_list_is_refused(line: str, said: str) -> None:
    """A wrong value, an empty place and a value that stands there twice would all be paid for."""
    assert refused(line).startswith(said)


def test_a_list_is_bounded() -> None:
    """A thousand values are the most, and the number is told."""
    assert len(parse(f"--cfg {','.join(map(str, range(1000)))}", WIDE).choices["cfg"]) == 1000
    message = refused(f"--cfg {','.join(map(str, range(1001)))}")
    assert message == "--cfg names 1,001 values, and takes at most 1,000."


def test_a_list_of_addresses_is_one_value() -> None:
    """Given once or several times, an option of addresses makes one list."""
    one, other = "https://a.example/1.png", "https://a.example/2.png"
    assert parse(f"--images {one}", WIDE).inputs == {"images": [one]}
    assert parse(f"--images {one} --seconds 4 --images={other}", WIDE).inputs == {
        "images": [one, other],
        "seconds": 4,
    }
    assert parse(f"--images '[\"{one}\"]'", WIDE).inputs == {"images": [one]}
    assert refused(f"--image {one} --image {other}") == "--image stands there twice."
    assert refused(f"--images {one} --images ./b.png").startswith("--images")


TAKEN = schema(
    wait={"type": "integer"},
    max_cost={"type": "number"},
    Model={"type": "string"},
    inputs={"type": "string"},
    token={"type": "string"},
    key={"type": "string", "enum": ["C", "D"]},
    **{"-h": {}, "--size": {}, "a b": {}, "a=b": {}, "": {}, "x" * 65: {}, "\x1b[31mred": {}, "é.1": {}},
)


def test_names_that_are_no_options_are_left_to_inputs() -> None:
    """A name of ours, one that cannot be typed, one for a token: none of them becomes an option."""
    assert [field.name for field in by_option(TAKEN)] == ["Model", "key", "é.1"]
    assert [field.name for field in by_inputs(TAKEN)] == [
        *("wait", "max_cost", "inputs", "token", "-h", "--size", "a b", "a=b", "", "x" * 65, "\x1b[31mred"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--wait=5", "--wait takes no value. The model's own input of that name is set by --inputs VAR."),
        (
            "--wait 5",
            "'5' is no option and no variable's name; the prompt goes into the lines below. The model's own",
        ),
        ("--inputs 'a text'", "--inputs takes the name of a variable, not 'a text'. The model's own input"),
        ("--token abc", "%%sora has no option --token. A token never stands in a cell"),
        (
            "'--a b' 4",
            "%%sora has no option --a b. That input of the model is no option: --inputs VAR sets it.",
        ),
        (
            "----size 4",
            "%%sora has no option ----size. That input of the model is no option: --inputs VAR sets it.",
        ),
    ],
)
def test_a_name_that_is_taken_is_told(line: str, said: str) -> None:
    """Whoever means the model's input of such a name learns how to set it."""
    assert refused(line, TAKEN).startswith(said)


def test_options_of_ours_win_over_fields_of_their_name() -> None:
    """A schema cannot change what our options do."""
    command = parse("--wait --max-cost 2 --inputs more --Model x --key C", TAKEN)
    assert (command.wait, str(command.max_cost), command.inputs_from) == (True, "2", "more")
    assert command.inputs == {"Model": "x", "key": "C"}


def test_the_exact_name_goes_before_the_similar_one() -> None:
    """Where a schema has both spellings, each is reached by its own."""
    both = schema(**{"a-b": {"type": "integer"}, "a_b": {"type": "string"}})
    assert parse("--a_b 1 --a-b 2", both).choices == {"a_b": ("1",), "a-b": (2,)}


def test_a_prompt_of_another_name_is_below_the_line() -> None:
    """The body fills the field that the model takes its text by; a model without one says so."""
    text = Schema.parse({"properties": {"text": {"type": "string"}, "voice": {"type": "string"}}})
    below = "The prompt goes into the lines below."
    assert refused("--text hello", text).endswith(below)
    assert refused("--prompt hello", text).endswith(below)
    silent = Schema.parse({"properties": {"image": URI}})
    assert refused("--prompt hello", silent).endswith("This model takes no prompt.")


def test_many_options_are_listed_shortly() -> None:
    """However many fields a model has, the message stays readable; a slip still finds the one meant."""
    many = schema(**{f"field_{number:03}": {"type": "integer"} for number in range(300)})
    message = refused("--zzz 1", many)
    own = ", ".join(f"--{name}" for name in OPTIONS)
    assert f"--field_011, {own} and 288 more, which --help lists" in message
    assert refused("--feild_123 1", many).endswith("Did you mean --field_123?")
    assert len(refused(f"--{'z' * 10_000} 1", many)) < 600


@pytest.mark.parametrize(("number", "more"), [(12, False), (13, True)])
def test_a_dozen_options_are_listed_whole(number: int, *, more: bool) -> None:
    """What is left out is told, and nothing is told where nothing is."""
    some = schema(**{f"field_{place}": {} for place in range(number)})
    assert ("and 1 more, which --help lists" in refused("--zzz 1", some)) is more
    assert (" more" in refused("--zzz 1", some)) is more


def test_an_unreadable_schema_leaves_everything_to_inputs() -> None:
    """Where no field is known, the line says how the model can be used all the same."""
    unknown = Schema.parse({"properties": 5})
    assert refused("--size 4", unknown).endswith(
        "This model's inputs are not known here: --inputs VAR sets them."
    )
    assert parse("clip --inputs more", unknown).inputs_from == "more"


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("", None),
        ("clip --seconds 8", None),
        ("--model maker/a", "maker/a"),
        ("clip --model=maker/a --seconds 8", "maker/a"),
        ("--seconds 8 --model 'maker/a'", "maker/a"),
        ('--model="maker/a"', "maker/a"),
        ("--style 'a --model maker/b' --model maker/a", "maker/a"),
        ("--style=--model maker/b", None),
        ("--model", None),
        ("--model=", None),
        ("--model --wait", None),
        ("--model 'maker/a", None),
        ("model maker/a", None),
    ],
)
def test_the_model_is_found_before_its_schema(line: str, model: str | None) -> None:
    """What `--model` says is known without any schema, as the whole line is then read."""
    assert model_named(line) == model


@settings(deadline=None)
@given(line=st.text() | st.text(st.sampled_from("-model=' \"a/")))
def test_no_line_breaks_the_search_for_the_model(line: str) -> None:
    """It is found, or it is not; where the line as a whole can be read, both agree."""
    model = model_named(line)
    try:
        command = parse(line, Schema.parse({"properties": 5}))
    except InputError:
        return
    assert command.model == model


TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: "\0" not in text and text.strip() == text)


@settings(deadline=None)
@given(legal=st.lists(TEXTS, min_size=1, max_size=5, unique=True), data=st.data())
def test_every_legal_value_can_be_typed(legal: list[str], data: st.DataObject) -> None:
    """Quoted as a shell needs it, each legal text arrives as it is, commas and all."""
    of = schema(look={"type": "string", "enum": legal})
    known = by_option(of)[0].enum
    if known:
        value = data.draw(st.sampled_from(known))
        assert parse(shlex.join([f"--look={value}"]), of).choices == {"look": (value,)}


@settings(deadline=None)
@given(st.lists(st.integers(-(2**70), 2**70), min_size=1, max_size=20, unique=True))
def test_a_list_comes_back_as_it_was_written(numbers: list[int]) -> None:
    """Whole numbers of any size, in their order."""
    of = schema(seed={"type": "integer"})
    line = f"--seed {','.join(map(str, numbers))}"
    assert parse(line, of).choices == {"seed": tuple(numbers)}


PARTS = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "float", None, 7])
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "type": PARTS,
        "enum": st.lists(st.text(max_size=3) | st.integers() | st.booleans() | st.none(), max_size=4),
        "minimum": st.integers(-5, 5),
        "default": st.none() | st.integers() | st.text(max_size=3),
        "format": st.sampled_from(["image_uri", "image_uris", "uri"]),
        "items": st.just({"type": "integer"}),
    },
)
NAMES = st.sampled_from([*OPTIONS, "seconds", "a-b", "a_b", "-", "--x", "text", "token", "é", "\x07", ""])


@settings(deadline=None)
@given(
    fields=st.dictionaries(NAMES, SPECS, max_size=5),
    words=st.lists(
        st.sampled_from([*(f"--{name}" for name in OPTIONS), "--seconds", "--a-b=1", "--a_b", "--é", "--x"])
        | st.sampled_from(["1", "1,2", "true,false", "a,b", "'[1]'", "{}", "null", ",", "clip", "''"]),
        max_size=6,
    ),
)
def test_any_line_of_any_schema_is_typed_or_refused(fields: dict[str, Any], words: list[str]) -> None:
    """What is understood fits the schema, value by value; all else is refused in one line."""
    of = schema(**fields)
    try:
        command = parse(" ".join(words), of)
    except InputError:
        refused(" ".join(words), of)
        return
    for name, values in command.choices.items():
        for value in values:
            of.field(name).check(value)
