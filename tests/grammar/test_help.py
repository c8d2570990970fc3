from __future__ import annotations

import pytest

from runcomfy_jupyter._domain.models import ModelCard, built_in
from runcomfy_jupyter._notebook.grammar import FLAGS, parse
from runcomfy_jupyter._notebook.help import cell_help

OTHER = ModelCard.parse(
    {
        "model_id": "maker/other",
        "display_name": "Other",
        "input_schema": {
            "properties": {
                "prompt": {"type": "string"},
                "aspect_ratio": {"type": "string", "title": "Aspect ratio", "enum": ["16:9", "9:16"]},
                "generate_audio": {"type": "boolean", "title": "Sound", "default": False},
                "seed": {"type": "integer", "default": None},
            }
        },
    }
)


def lines_of(model: ModelCard) -> dict[str, str]:
    """Return what the help says of each option."""
    lines = [line.split("  ", 2) for line in cell_help(model).splitlines() if line.startswith("  --")]
    return {name.split()[0]: what.strip() for _, name, what in lines}


@pytest.mark.parametrize("model", [built_in(), OTHER])
def test_every_option_and_flag_is_told(model: ModelCard) -> None:
    """What the line understands the help lists, each on a line of its own, and nothing else."""
    fields = [field.name for field in model.schema.fields if field.name != "prompt"]
    told = lines_of(model)
    assert list(told) == [*(f"--{name}" for name in fields), *(f"--{flag}" for flag in FLAGS)]
    assert all(told.values())


def test_legal_values_and_defaults_are_told() -> None:
    """A field's title, what it takes, and what it is when left out."""
    assert lines_of(built_in())["--size"] == "Resolution: 1280x720 or 720x1280 (default 720x1280)"
    assert lines_of(built_in())["--seconds"] == "Duration: 4, 8 or 12 (default 4)"
    assert lines_of(OTHER)["--aspect_ratio"] == "Aspect ratio: 16:9 or 9:16"
    assert lines_of(OTHER)["--generate_audio"] == "Sound: true or false (default false)"
    assert lines_of(OTHER)["--seed"] == "seed: a whole number"


def test_the_help_says_how_a_cell_is_written() -> None:
    """The name, the prompt's place, placeholders, braces, and that nothing is paid twice."""
    text = cell_help(built_in())
    assert text.startswith(
        "%%sora [NAME] [OPTIONS]    makes a video with Sora 2 (openai/sora-2/text-to-video)"
    )
    for told in ("receives the job", "{mood}", "{{ and }} are braces", "nothing is paid twice"):
        assert told in text
    assert "token" not in text


def test_the_helps_example_works() -> None:
    """The cell that the help shows can be copied."""
    (line,) = [line for line in cell_help(built_in()).splitlines() if line.startswith("    %%sora")]
    command = parse(line.strip().removeprefix("%%sora"), built_in().schema)
    assert command.variable == "clip"
    assert command.inputs == {"size": "1280x720", "seconds": 8}


def test_a_model_without_options_still_has_help() -> None:
    """Where only a prompt is taken the flags are listed alone."""
    assert list(lines_of(ModelCard.parse({"model_id": "maker/bare"}))) == [f"--{flag}" for flag in FLAGS]
