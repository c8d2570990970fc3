"""The words that catalogues use for types, limits, files and figures: each is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._domain import figures
from runcomfy_jupyter._domain.schema import Schema

if TYPE_CHECKING:
    from runcomfy_jupyter._domain.fields import Field


def field(spec: Any, name: str = "it") -> Field:
    """Return the one field of a schema."""
    [found] = Schema.parse({"properties": {name: spec}}).fields
    return found


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("string", "string str text STRING"),
        ("integer", "integer int int32 int64 long"),
        ("number", "number float double decimal float32 float64"),
        ("boolean", "boolean bool"),
        ("array", "array list"),
        ("object", "object dict"),
    ],
)
def test_a_type_has_many_names(kind: str, words: str) -> None:
    """Those of JSON Schema, of Python and of other languages."""
    assert {field({"type": word}).kind for word in words.split()} == {kind}


@pytest.mark.parametrize("word", ["null", "none", "None"])
def test_null_has_two_names(word: str) -> None:
    """Beside a type it allows no value."""
    assert field({"type": ["string", word]}).nullable


@pytest.mark.parametrize(
    ("kind", "keywords"),
    [
        ("array", {"items": {}, "minItems": 1, "maxItems": 1, "uniqueItems": True}),
        ("object", {"properties": {}, "additionalProperties": False}),
        ("string", {"minLength": 1, "maxLength": 1, "pattern": "a"}),
        (
            "number",
            {"minimum": 1, "maximum": 1, "exclusiveMinimum": 1, "exclusiveMaximum": 1, "multipleOf": 1},
        ),
    ],
)
def test_a_keyword_tells_the_type_where_none_is_told(kind: str, keywords: dict[str, Any]) -> None:
    """Each speaks of values of one type alone."""
    assert {field({word: value}).kind for word, value in keywords.items()} == {kind}


@pytest.mark.parametrize(
    ("kind", "keyword", "limit", "rules"),
    [
        ("number", "minimum", 5, "min minimum min_value gte ge >= value>= number≥"),
        ("number", "maximum", 5, "max maximum max-value lte le <= value<= number≤"),
        ("number", "exclusiveMinimum", 5, "gt greater_than exclusive_minimum > value>"),
        ("number", "exclusiveMaximum", 5, "lt less_than exclusiveMaximum < value<"),
        ("string", "minLength", 5, "min_length minLen min_chars min_characters length>= len>= chars≥"),
        ("string", "maxLength", 5, "max_length maxLen max_chars max_characters characters<= text_length<="),
        ("array", "minItems", 5, "min_items min_count items>= count>= item_count>="),
        ("array", "maxItems", 5, "max_items max_count items<= count<= item_count<="),
        ("string", "minLength", 6, "length>"),
        ("string", "maxLength", 4, "length<"),
    ],
)
def test_a_validation_has_many_names(kind: str, keyword: str, limit: int, rules: str) -> None:
    """Written together or apart, as a word or as a sign."""
    found = {
        rule: field({"type": kind, "validations": [{"validation_rule": rule, "validation_value": 5}]}).rules
        for rule in rules.split()
    }
    assert [rule for rule in found if found[rule] != {"type": kind, keyword: limit}] == []


@pytest.mark.parametrize(
    ("medium", "nouns"),
    [
        ("image", "image img photo picture frame mask"),
        ("video", "video clip movie"),
        ("audio", "audio song music sound voice"),
    ],
)
@pytest.mark.parametrize("pattern", ["{}_url", "end_{}_uri", "{}_link", "{}s_urls", "the{}_urls"])
def test_a_file_has_many_names(medium: str, nouns: str, pattern: str) -> None:
    """What ends in a medium and an address takes the address of a file; a longer word is another one."""
    expected = "" if pattern.startswith("the") else medium
    assert {field({"type": "string"}, pattern.format(noun)).medium for noun in nouns.split()} == {expected}


@pytest.mark.parametrize(
    "name",
    ["prompt", "text_prompt", "text", "positive_prompt", "input_text", "instruction", "instructions"],
)
def test_a_prompt_has_many_names(name: str) -> None:
    """A cell's text fills it, whatever else takes text."""
    texts = {word: {"type": "string"} for word in ("negative_prompt", name, "title")}
    body = Schema.parse({"properties": texts}).body
    assert body is not None
    assert body.name == name


@pytest.mark.parametrize(
    "name", ["seconds", "duration", "duration_seconds", "duration_s", "num_seconds", "video_duration"]
)
def test_a_length_has_many_names(name: str) -> None:
    """In seconds, whatever it is called."""
    assert figures.seconds({name: 8}) == 8


@pytest.mark.parametrize("frames", ["num_frames", "frames", "frame_count"])
@pytest.mark.parametrize("rate", ["fps", "frames_per_second", "frame_rate"])
def test_frames_and_their_rate_make_a_length(frames: str, rate: str) -> None:
    """Whatever the two are called."""
    assert figures.seconds({frames: 48, rate: 24}) == 2


@pytest.mark.parametrize("name", ["size", "image_size", "video_size", "resolution", "dimensions"])
def test_a_size_has_many_names(name: str) -> None:
    """Width first."""
    assert figures.pixels({name: "1280x720"}) == (1280, 720)


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        ("hd", 720),
        ("FHD", 1080),
        ("2K", 1440),
        ("uhd", 2160),
        ("4k", 2160),
        ("8k", 4320),
        (" 720p ", 720),
        (" HD ", 720),
    ],
)
def test_a_number_of_lines_has_many_names(word: str, lines: int) -> None:
    """Those that are printed on screens."""
    assert figures.pixels({"aspect_ratio": "1:1", "resolution": word}) == (lines, lines)


@pytest.mark.parametrize(
    "name",
    [
        *("num_outputs", "num_images", "num_videos", "num_samples", "batch_size", "n"),
        *("number_of_images", "number_of_videos", "number_of_outputs"),
    ],
)
def test_a_number_of_outputs_has_many_names(name: str) -> None:
    """Each output is paid for."""
    assert figures.outputs({name: 3}) == 3
