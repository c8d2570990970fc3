from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.grammar import Command, parse
from runcomfy_jupyter._notebook.options import OPTIONS
from runcomfy_jupyter.errors import InputError

SORA = built_in().schema
OTHER = Schema.parse(
    {
        "properties": {
            "prompt": {"type": "string"},
            "aspect_ratio": {"type": "string", "enum": ["16:9", "9:16"]},
            "duration": {"type": "string", "enum": ["auto", "5", "10"]},
            "generate_audio": {"type": "boolean"},
            "cfg-scale": {"type": "number"},
            "style": {"type": "string"},
            "keyframes": {"type": "integer"},
        }
    }
)


def refused(line: str, schema: Schema = SORA) -> str:
    """Return the words with which a line is refused: one line, which says that nothing was sent."""
    with pytest.raises(InputError) as told:
        parse(line, schema)
    message = str(told.value)
    assert message.endswith("Nothing was sent.")
    assert "\n" not in message
    assert len(message) < 500
    return message.removesuffix(" Nothing was sent.")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command()),
        ("   ", Command()),
        ("clip", Command("clip")),
        (
            "clip --size 1280x720 --seconds 8",
            Command("clip", choices={"size": ("1280x720",), "seconds": (8,)}),
        ),
        ("--seconds=8", Command(choices={"seconds": (8,)})),
        ("clip --size='1280x720'", Command("clip", choices={"size": ("1280x720",)})),
        ("--wait", Command(wait=True)),
        ("--no-wait", Command(wait=False)),
        ("--no_wait", Command(wait=False)),
        (
            "clip --again --wait --seconds 12",
            Command("clip", choices={"seconds": (12,)}, wait=True, again=True),
        ),
        ("--wait --wait", Command(wait=True)),
        ("--dry-run", Command(dry_run=True)),
        ("--dry_run --takes 3", Command(dry_run=True, takes=3)),
        ("--help", Command(help=True)),
        ("-h", Command(help=True)),
        ("clip -h --seconds 4", Command("clip", choices={"seconds": (4,)}, help=True)),
        ("größe", Command("größe")),
        ("--model maker/a.b-c_d/x", Command(model="maker/a.b-c_d/x")),
        ("--model='maker/other' --inputs more", Command(model="maker/other", inputs_from="more")),
        ("--each shots --takes=2", Command(each="shots", takes=2)),
        ("--takes 1000", Command(takes=1000)),
        ("--takes 1", Command()),
        ("--max-cost 2.50", Command(max_cost=Decimal("2.50"))),
        ("--max_cost=$2", Command(max_cost=Decimal(2))),
        ("--max-cost '$0.005'", Command(max_cost=Decimal("0.005"))),
        ("--max-cost .5", Command(max_cost=Decimal("0.5"))),
    ],
)
def test_a_line_is_a_name_and_options(line: str, command: Command) -> None:
    """The first word names a variable, the rest are options typed by the schema; nothing else is assumed."""
    assert parse(line, SORA) == command


@pytest.mark.parametrize(
    ("line", "inputs"),
    [
        ("--aspect_ratio 16:9", {"aspect_ratio": "16:9"}),
        ("--aspect-ratio=9:16", {"aspect_ratio": "9:16"}),
        ("--duration 10", {"duration": "10"}),
        ("--generate-audio false", {"generate_audio": False}),
        ("--generate_audio yes", {"generate_audio": True}),
        ("--cfg_scale -0.5", {"cfg-scale": -0.5}),
        ("--cfg-scale 2", {"cfg-scale": 2.0}),
        ("--cfg-scale -1", {"cfg-scale": -1.0}),
        ("--style -1", {"style": "-1"}),
        ("--style=--wait", {"style": "--wait"}),
        ("--style 'a, b and c'", {"style": "a, b and c"}),
        ('--style ""', {"style": ""}),
        ("--style a=b", {"style": "a=b"}),
        ("--style=a=b", {"style": "a=b"}),
    ],
)
def test_options_are_the_fields_of_any_model(line: str, inputs: dict[str, Any]) -> None:
    """A field is an option by its own name, `-` and `_` being the same, with the type of the schema."""
    command = parse(line, OTHER)
    assert command.inputs == inputs
    assert [type(value) for value in command.inputs.values()] == [type(value) for value in inputs.values()]
    assert not command.multiplies


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--seconds 10", "--seconds takes 4, 8 or 12, not 10."),
        ("--seconds ten", "--seconds takes 4, 8 or 12, not 'ten'."),
        ("--seconds=", "--seconds takes 4, 8 or 12, not ''."),
        ("--size 1280*720", "--size takes 1280x720 or 720x1280, not '1280*720'. Did you mean 1280x720?"),
        ("--size 720", "--size takes 1280x720 or 720x1280, not '720'."),
        ("--seconds", "--seconds needs a value: 4, 8 or 12."),
        ("--seconds --wait", "--seconds needs a value: 4, 8 or 12."),
        ("clip --size", "--size needs a value: 1280x720 or 720x1280."),
        ("--takes 0", "--takes takes a whole number from 1 to 1,000, not '0'."),
        ("--takes 1001", "--takes takes a whole number from 1 to 1,000, not '1001'."),
        ("--takes -1", "--takes takes a whole number from 1 to 1,000, not '-1'."),
        ("--takes 2.5", "--takes takes a whole number from 1 to 1,000, not '2.5'."),
        ("--takes ²", "--takes takes a whole number from 1 to 1,000, not '²'."),
        ("--takes", "--takes needs a value: a whole number from 1 to 1,000."),
        ("--max-cost 0", "--max-cost takes dollars above 0, such as 2.50, not '0'."),
        ("--max-cost $0.00", "--max-cost takes dollars above 0, such as 2.50, not '$0.00'."),
        ("--max-cost nan", "--max-cost takes dollars above 0, such as 2.50, not 'nan'."),
        ("--max-cost -2", "--max-cost takes dollars above 0, such as 2.50, not '-2'."),
        ("--max-cost 1e3", "--max-cost takes dollars above 0, such as 2.50, not '1e3'."),
        ("--max-cost 2,50", "--max-cost takes dollars above 0, such as 2.50, not '2,50'."),
        ("--each [1]", "--each takes the name of a variable, not '[1]'."),
        ("--inputs a.b", "--inputs takes the name of a variable, not 'a.b'."),
        ("--inputs class", "--inputs takes the name of a variable, not 'class'."),
        (
            "--model ../../balance",
            "--model takes the id of a model, such as %sora models lists, not '../../balance'.",
        ),
        ("--model ''", "--model takes the id of a model, such as %sora models lists, not ''."),
        ("--model", "--model needs a value: the id of a model, such as %sora models lists."),
    ],
)
def test_a_wrong_value_names_the_legal_ones(line: str, said: str) -> None:
    """Under the option's own name, with the likely value for a near miss."""
    assert refused(line) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--second 8", "%%sora has no option --second. Did you mean --seconds?"),
        ("--Size 1280x720", "%%sora has no option --Size. Did you mean --size?"),
        ("--no-wiat", "%%sora has no option --no-wiat. Did you mean --no-wait?"),
        ("--agian", "%%sora has no option --agian. Did you mean --again?"),
        ("--max_csot 2", "%%sora has no option --max_csot. Did you mean --max-cost?"),
        (
            "--fps=30",
            "%%sora has no option --fps. There are --size, --seconds, "
            + ", ".join(f"--{name}" for name in OPTIONS)
            + ".",
        ),
        ("--prompt panda", "%%sora has no option --prompt. The prompt goes into the lines below."),
        ("--prompt=panda", "%%sora has no option --prompt. The prompt goes into the lines below."),
        ("--wait=yes", "--wait takes no value."),
        ("--no_wait=1", "--no_wait takes no value."),
    ],
)
def test_an_unknown_option_names_the_likely_one_or_all(line: str, said: str) -> None:
    """A slip gets the option that was meant, anything else the list of them."""
    assert refused(line) == said


@pytest.mark.parametrize("word", ["-size", "-s", "-", "–seconds", "—seconds", "-8"])
def test_an_option_begins_with_two_hyphens(word: str) -> None:
    """One hyphen, or the dash that an editor made of two, is told and not taken for a name."""
    assert refused(f"{word} 8") == f"{word!r} is no option: an option begins with two hyphens."


@pytest.mark.parametrize(
    "option", ["token", "api-token", "api_key", "apikey", "runcomfy-token", "key", "API-KEY", "access_token"]
)
@pytest.mark.parametrize("form", ["--{} hunter2", "--{}=hunter2", "clip --{} hunter2 --seconds 4"])
def test_there_is_no_token_option(option: str, form: str) -> None:
    """Whoever tries one is told where a token belongs, and what was typed is not repeated."""
    message = refused(form.format(option))
    assert "A token never stands in a cell: set RUNCOMFY_TOKEN before the kernel starts." in message
    assert "hunter2" not in message


@pytest.mark.parametrize("option", ["keyframe", "keys", "monkey", "tokens", "tokenizer", "keypoints"])
def test_what_only_looks_like_a_token_is_another_option(option: str) -> None:
    """A slip in `--keyframes` gets the likely option, not a lesson about tokens."""
    assert "token never" not in refused(f"--{option} 3", OTHER)
    assert parse("--keyframes 3", OTHER).inputs == {"keyframes": 3}


@pytest.mark.parametrize(
    "line", ["--wait --no-wait", "--no_wait --wait", "clip --no-wait --seconds 4 --wait"]
)
def test_waiting_and_not_waiting_exclude_each_other(line: str) -> None:
    """Neither wins silently."""
    assert refused(line) == "--wait and --no-wait exclude each other."


@pytest.mark.parametrize(
    "name", ["8", "red-panda", "a.b", "panda!", "'a panda'", "class", "None", "$clip", "''"]
)
def test_what_is_no_name_is_not_taken_for_one(name: str) -> None:
    """A prompt on the line, a keyword, a number: none can receive a job."""
    said = "is no option and no variable's name; the prompt goes into the lines below."
    assert refused(name).endswith(said)


@pytest.mark.parametrize("line", ["clip panda", "clip --seconds 8 panda", "8 clip"])
def test_a_second_word_is_no_option(line: str) -> None:
    """Words that belong to nothing are not dropped silently."""
    assert refused(line).endswith(
        "is no option and no variable's name; the prompt goes into the lines below."
    )


@pytest.mark.parametrize("line", ["clip --seconds 8", "--seconds 8 clip", "--wait clip --seconds 8"])
def test_the_name_may_stand_anywhere(line: str) -> None:
    """The first word that is no option names the variable."""
    command = parse(line, SORA)
    assert (command.variable, command.inputs) == ("clip", {"seconds": 8})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "--seconds 4 --seconds 8",
            "--seconds stands there twice. A comma list names several: --seconds A,B.",
        ),
        ("--takes 2 --takes 3", "--takes stands there twice."),
        ("--model maker/a --model=maker/b", "--model stands there twice."),
        ("--max-cost 1 --max_cost 2", "--max_cost stands there twice."),
    ],
)
def test_an_option_given_twice_is_refused(line: str, said: str) -> None:
    """Of two lengths, or two bounds, none wins silently."""
    assert refused(line) == said


def test_an_open_quote_is_told() -> None:
    """A line that cannot be split says why."""
    assert refused("clip --size '1280x720") == (
        "The line after %%sora cannot be read: no closing quotation. The prompt goes into the lines below."
    )


def test_the_options_besides_the_schemas_are_the_promised_ones() -> None:
    """Nothing of ours hides in the grammar, a token least of all."""
    promised = "model inputs wait no-wait dry-run max-cost again takes each help"
    assert set(OPTIONS) == set(promised.split())


@pytest.mark.parametrize("name", OPTIONS)
def test_no_option_is_swallowed(name: str) -> None:
    """Whatever the line may say has a place in what is made of it: no option is taken and then forgotten."""
    told = {"": "", "ID": "a/b/c", "VAR": "shots", "N": "2", "USD": "1"}[OPTIONS[name].takes]
    assert parse(f"--{name} {told}", SORA) != Command()


@settings(deadline=None)
@given(
    line=st.text()
    | st.lists(
        st.sampled_from(
            [
                *(f"--{name}" for name in OPTIONS),
                *(
                    "--size",
                    "--seconds=8",
                    "--seconds",
                    "4,8",
                    "4,,8",
                    ",",
                    "clip",
                    "=",
                    "'",
                    "--",
                    "-",
                    "---",
                ),
                *("-1", "1e999", "$2", "maker/a", "--=", "--seconds=4,8,4", "--size=1280x720,720x1280", "\0"),
            ]
        )
    ).map(" ".join)
)
def test_any_line_is_a_command_or_a_refusal(line: str) -> None:
    """No line breaks the reader: it is understood whole, or refused with a reason."""
    try:
        command = parse(line, SORA)
    except InputError:
        refused(line)
        return
    for name, values in command.choices.items():
        assert all(SORA.check({"prompt": "x", name: value}) for value in values)
    assert command.variable is None or command.variable.isidentifier()
    assert 1 <= command.takes <= 1000
    assert command.max_cost is None or command.max_cost > 0


@settings(deadline=None)
@given(seconds=st.sampled_from([4, 8, 12]), size=st.sampled_from(["1280x720", "720x1280"]), data=st.data())
def test_the_order_of_options_does_not_matter(seconds: int, size: str, data: st.DataObject) -> None:
    """Options stand in any order, in either spelling."""
    words = [
        data.draw(st.sampled_from([f"--seconds {seconds}", f"--seconds={seconds}"])),
        data.draw(st.sampled_from([f"--size {size}", f"--size={size}"])),
        "--again",
    ]
    line = " ".join(["clip", *data.draw(st.permutations(words))])
    assert parse(line, SORA) == Command("clip", choices={"seconds": (seconds,), "size": (size,)}, again=True)
