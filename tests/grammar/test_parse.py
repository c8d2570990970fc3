from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._notebook.grammar import FLAGS, Command, parse
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
    return message.removesuffix(" Nothing was sent.")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command()),
        ("   ", Command()),
        ("clip", Command("clip")),
        ("clip --size 1280x720 --seconds 8", Command("clip", {"size": "1280x720", "seconds": 8})),
        ("--seconds=8", Command(None, {"seconds": 8})),
        ("clip --size='1280x720'", Command("clip", {"size": "1280x720"})),
        ("--wait", Command(wait=True)),
        ("--no-wait", Command(wait=False)),
        ("--no_wait", Command(wait=False)),
        ("clip --again --wait --seconds 12", Command("clip", {"seconds": 12}, wait=True, again=True)),
        ("--wait --wait", Command(wait=True)),
        ("--help", Command(help=True)),
        ("-h", Command(help=True)),
        ("clip -h --seconds 4", Command("clip", {"seconds": 4}, help=True)),
        ("größe", Command("größe")),
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
    ],
)
def test_options_are_the_fields_of_any_model(line: str, inputs: dict[str, Any]) -> None:
    """A field is an option by its own name, `-` and `_` being the same, with the type of the schema."""
    found = parse(line, OTHER).inputs
    assert found == inputs
    assert [type(value) for value in found.values()] == [type(value) for value in inputs.values()]


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
        (
            "--fps=30",
            "%%sora has no option --fps. There are --size, --seconds, --wait, --no-wait, --again, --help.",
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


@pytest.mark.parametrize("option", ["token", "api-token", "api_key", "apikey", "runcomfy-token", "key"])
@pytest.mark.parametrize("form", ["--{} hunter2", "--{}=hunter2", "clip --{} hunter2 --seconds 4"])
def test_there_is_no_token_option(option: str, form: str) -> None:
    """Whoever tries one is told where a token belongs, and what was typed is not repeated."""
    message = refused(form.format(option))
    assert "A token never stands in a cell: set RUNCOMFY_TOKEN before the kernel starts." in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "line", ["--wait --no-wait", "--no_wait --wait", "clip --no-wait --seconds 4 --wait"]
)
def test_waiting_and_not_waiting_exclude_each_other(line: str) -> None:
    """Neither wins silently."""
    assert refused(line) == "--wait and --no-wait exclude each other."


@pytest.mark.parametrize("name", ["8", "red-panda", "a.b", "panda!", "'a panda'", "class", "None", "$clip"])
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


def test_an_option_given_twice_is_refused() -> None:
    """Of two lengths none wins silently."""
    assert refused("--seconds 4 --seconds 8") == "--seconds stands there twice."


def test_an_open_quote_is_told() -> None:
    """A line that cannot be split says why."""
    assert refused("clip --size '1280x720") == "The line after %%sora cannot be read: no closing quotation."


def test_the_options_besides_the_schemas_are_the_promised_ones() -> None:
    """Nothing of ours hides in the grammar, a token least of all."""
    assert set(FLAGS) == {"wait", "no-wait", "again", "help"}


@given(
    line=st.text()
    | st.lists(st.sampled_from(["--size", "--seconds=8", "clip", "=", "'", "--", "-"])).map(" ".join)
)
def test_any_line_is_a_command_or_a_refusal(line: str) -> None:
    """No line breaks the reader: it is understood whole, or refused with a reason."""
    try:
        command = parse(line, SORA)
    except InputError:
        refused(line)
        return
    assert SORA.check({"prompt": "x", **command.inputs})
    assert command.variable is None or command.variable.isidentifier()


@given(seconds=st.sampled_from([4, 8, 12]), size=st.sampled_from(["1280x720", "720x1280"]), data=st.data())
def test_the_order_of_options_does_not_matter(seconds: int, size: str, data: st.DataObject) -> None:
    """Options stand in any order, in either spelling."""
    words = [
        data.draw(st.sampled_from([f"--seconds {seconds}", f"--seconds={seconds}"])),
        data.draw(st.sampled_from([f"--size {size}", f"--size={size}"])),
        "--again",
    ]
    line = " ".join(["clip", *data.draw(st.permutations(words))])
    assert parse(line, SORA) == Command("clip", {"seconds": seconds, "size": size}, again=True)
