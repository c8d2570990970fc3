"""Schemas as catalogues write them: what becomes of each field."""

from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError


def validations(**rules: Any) -> list[dict[str, Any]]:
    """Return the catalogue's own notation of rules."""
    return [{"validation_rule": rule, "validation_value": value} for rule, value in rules.items()]


def field(spec: Any, name: str = "it", **root: Any) -> Field:
    """Return the one field of a schema."""
    [found] = Schema.parse({"properties": {name: spec}, **root}).fields
    return found


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"type": "float"}, "number"),
        ({"type": "double"}, "number"),
        ({"type": "Int"}, "integer"),
        ({"type": "bool"}, "boolean"),
        ({"type": "str"}, "string"),
        ({"type": "list"}, "array"),
        ({"type": "dict"}, "object"),
        ({"type": ["string", "null"]}, "string"),
        ({"type": ["integer", "number"]}, "number"),
        ({"type": ["string", "integer"]}, "any"),
        ({"type": "flavour"}, "any"),
        ({"type": "flavour", "default": 3}, "any"),
        ({"type": ["flavour", "null"]}, "any"),
        ({"nullable": True}, "any"),
        ({"type": "string", "enum": [None]}, "string"),
        ({"const": 1, "default": 1}, "integer"),
        ({"enum": [1], "default": 1}, "integer"),
        ({"type": 5}, "any"),
        ({"type": ["string", "flavour"]}, "any"),
        ({"enum": ["a", "b"]}, "string"),
        ({"enum": [1, 2]}, "integer"),
        ({"enum": [1, 2.5]}, "number"),
        ({"enum": ["auto", 5]}, "any"),
        ({"const": True}, "boolean"),
        ({"default": "a"}, "string"),
        ({"default": 1}, "number"),
        ({"default": 0.5}, "number"),
        ({"default": False}, "boolean"),
        ({"default": []}, "array"),
        ({"default": {}}, "object"),
        ({"default": None}, "any"),
        ({"format": "image_uri"}, "string"),
        ({"format": "video_uris"}, "array"),
        ({"format": "images"}, "array"),
        ({"format": "image"}, "string"),
        ({"format": "date"}, "string"),
        ({"maxLength": 5}, "string"),
        ({"pattern": "a"}, "string"),
        ({"minimum": 5}, "number"),
        ({"items": {}}, "array"),
        ({"properties": {}}, "object"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer"),
        ({"anyOf": [{"type": "integer"}, {"type": "integer", "minimum": 1}]}, "integer"),
        ({"anyOf": [{"type": "integer"}, {"type": "number", "maximum": 1}]}, "any"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}], "default": "auto"}, "any"),
        ({"anyOf": [{"type": "integer"}, {}]}, "any"),
        ({"anyOf": [{"type": "integer"}, {}], "default": "auto"}, "any"),
        ({"anyOf": [{"type": "integer"}, False]}, "integer"),
        ({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, "string"),
        ({"type": "string", "anyOf": [{"minLength": 3}, {"maxLength": 1}]}, "string"),
        (
            {
                "anyOf": [
                    {"type": "string", "maxLength": 2},
                    {"type": "string", "enum": ["abc"]},
                    {"type": "null"},
                ]
            },
            "string",
        ),
        ({"type": "null"}, "any"),
        ({"anyOf": [{"type": "null"}]}, "any"),
    ],
)
def test_a_type_is_told_or_follows_from_the_rest(spec: dict[str, Any], kind: str) -> None:
    """In JSON Schema's words or another's, or not at all."""
    assert field(spec).kind == kind


@pytest.mark.parametrize(
    ("spec", "enum"),
    [
        ({"enum": [{"const": "a", "title": "A"}, {"value": "b"}, "c"]}, ("a", "b", "c")),
        ({"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}]}, ("a", "b", "c")),
        ({"type": "string", "anyOf": [{"const": "a"}, {"const": "b"}]}, ("a", "b")),
        ({"anyOf": [{"type": "string", "const": "a"}, {"type": "string", "const": "b"}]}, ("a", "b")),
        ({"enum": ["a", "a", None]}, ("a",)),
        ({"type": "integer", "enum": [4.0, 8, "12", 2.5]}, (4, 8)),
        ({"type": "number", "enum": [4.0, 8, "12", 2.5]}, (4.0, 8, 2.5)),
        ({"type": "string", "enum": ["auto", 8, 4.0, True]}, ("auto",)),
        ({"type": "integer", "enum": ["5", "10"]}, ("5", "10")),
        ({"type": "string", "enum": [4, 8]}, (4, 8)),
        ({"enum": ["a", float("nan"), "\ud800", [[[["b"]]]]]}, ("a", [[[["b"]]]])),
        ({"type": "object", "enum": [{"value": 1}]}, ({"value": 1},)),
        ({"enum": []}, ()),
        ({"enum": "abc"}, ()),
        ({"enum": [1, True, 1.0]}, (1, True, 1.0)),
    ],
)
def test_legal_values_are_read_in_any_notation(spec: dict[str, Any], enum: tuple[Any, ...]) -> None:
    """Constants, constants with titles, lists in forms; what JSON cannot say is no legal value."""
    found = field(spec).enum
    assert found == enum
    assert [type(value) for value in found] == [type(value) for value in enum]


def test_a_list_goes_before_a_type_that_it_contradicts() -> None:
    """Lengths listed as text under "integer" are sent as text: that is what the model knows."""
    assert field({"type": "integer", "enum": ["5", "10"]}).from_text("10") == "10"


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "integer", "minimum": 4, "maximum": 30},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 31},
        {"type": "integer", "minimum": 3, "exclusiveMinimum": True, "maximum": 31, "exclusiveMaximum": True},
        {"type": "integer", "minimum": 3.5, "maximum": 30.5},
        {"type": "integer", "exclusiveMinimum": 3.5, "exclusiveMaximum": 30.5},
        {"type": "integer", "minimum": "4", "maximum": "30.0"},
        {"type": "integer", "minimum": 4, "maximum": 99, "validations": validations(max=30)},
        {"type": "integer", "validations": validations(**{"value ≥": "4", "<": 31})},
        {"anyOf": [{"type": "integer", "minimum": 4, "maximum": 30}]},
        {"type": "integer", "allOf": [{"minimum": 4}, {"maximum": 30}]},
    ],
)  # fmt: skip
def test_limits_are_read_in_any_notation(spec: dict[str, Any]) -> None:
    """From 4 to 30, whoever says it how; the stricter of two counts."""
    found = field(spec)
    assert (found.minimum, found.maximum) == (4, 30)
    assert (type(found.minimum), type(found.maximum)) == (int, int)
    assert found.legal() == "a whole number from 4 to 30"


@pytest.mark.parametrize(
    "limit",
    [None, True, "x", "9" * 70, "nan", "inf", float("nan"), float("inf"), [1], 10**400, {"a": 1}],
)
def test_what_is_no_limit_limits_nothing(limit: Any) -> None:
    """A limit is a number that is one; all else is left to the service."""
    spec = {"minimum": limit, "multipleOf": limit, "exclusiveMaximum": limit}
    assert field({"type": "number", **spec}) == Field("it", "it", "number")
    assert field({"type": "number", "validations": validations(min=limit)}) == Field("it", "it", "number")


@pytest.mark.parametrize(
    ("spec", "more"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 5.0}, {"minLength": 2, "maxLength": 5}),
        ({"type": "string", "minLength": 0, "maxLength": 0}, {"maxLength": 0}),
        ({"type": "array", "minimum": 4, "maximum": 9, "multipleOf": 2}, {}),
        ({"type": "string", "minLength": "2", "maxLength": 5.5}, {"minLength": 2, "maxLength": 5}),
        ({"type": "array", "minItems": 1, "uniqueItems": True}, {"minItems": 1, "uniqueItems": True}),
        ({"type": "string", "minimum": 4, "minItems": 2, "multipleOf": 2, "uniqueItems": True}, {}),
        ({"type": "number", "exclusiveMinimum": 0}, {"exclusiveMinimum": 0}),
        ({"type": "number", "multipleOf": 0}, {}),
    ],
)
def test_other_limits_are_kept_as_json_schema_has_them(spec: dict[str, Any], more: dict[str, Any]) -> None:
    """Lengths, numbers of values, open ends: each for the type that it is about."""
    assert field(spec).more == more


@pytest.mark.parametrize(
    ("kind", "rule", "value", "keyword", "limit"),
    [
        ("string", "min_length", 3, "minLength", 3),
        ("string", "max-chars", "30", "maxLength", 30),
        ("string", "length<", 3, "maxLength", 2),
        ("string", "len >", 3, "minLength", 4),
        ("array", "length<=", 3, "maxItems", 3),
        ("array", "max_items", 3, "maxItems", 3),
        ("array", "count>=", 1, "minItems", 1),
        ("number", "gt", 0, "exclusiveMinimum", 0),
        ("number", "<", 1, "exclusiveMaximum", 1),
    ],
)
def test_a_validation_is_held_to_as_far_as_it_is_understood(
    kind: str, rule: str, value: Any, keyword: str, limit: int
) -> None:
    """The catalogue's own rules, in the words that one may guess; its words for a failure are kept."""
    entry = {"validation_rule": rule, "validation_value": value, "validation_error": "No.\x1b"}
    found = field({"type": kind, "validations": [entry]})
    assert found.more == {keyword: limit, "says": {keyword: "No."}}


@pytest.mark.parametrize(
    "rules",
    [
        "min",
        [None, "min", {}],
        [{"validation_rule": "regex", "validation_value": "(a+)+$"}],
        [{"validation_rule": "file_size_mb<", "validation_value": 30}],
        [{"validation_rule": 5, "validation_value": 30}],
        [{"validation_rule": "min" * 30, "validation_value": 30}],
        [{"validation_rule": "max_length", "validation_value": 3}],
        [{"validation_rule": "min"}],
    ],
)
def test_a_validation_that_is_not_understood_is_left_to_the_service(rules: Any) -> None:
    """Unknown rules, patterns, rules about something else: none of them is guessed at."""
    assert field({"type": "integer", "validations": rules}) == Field("it", "it", "integer")


def test_what_the_catalogue_says_of_files_is_kept_for_the_reader() -> None:
    """Sizes and shapes of files are not looked at here, but they are worth telling."""
    entry = {"validation_rule": "file_size_mb<", "validation_value": 30, "validation_error": "At most 30 MB."}
    silent = {"validation_rule": "width/height<", "validation_value": 2}
    for spec in ({"type": "array", "format": "image_uris"}, {"type": "string", "format": "image_uri"}):
        assert field({**spec, "validations": [silent, entry]}).more == {"notes": ["At most 30 MB."]}
    items = {"type": "string", "format": "image_uri", "validations": [entry]}
    assert field({"type": "array", "items": items}).more == {}


@pytest.mark.parametrize(
    ("name", "spec", "medium"),
    [
        ("it", {"type": "string", "format": "image_uri"}, "image"),
        ("it", {"type": "string", "format": "audio-url"}, "audio"),
        ("it", {"type": ["string", "null"], "format": "VIDEO_URI"}, "video"),
        ("it", {"type": "array", "format": "image_uris"}, "image"),
        ("it", {"type": "array", "items": {"type": "string", "format": "video_uri"}}, "video"),
        ("it", {"type": "array", "items": {}, "format": "image_uri"}, "image"),
        ("it", {"type": "array", "items": {"type": "string"}, "format": "image_uris"}, "image"),
        ("start_image_url", {"type": "string"}, "image"),
        ("maskUrl", {"type": "string"}, "image"),
        ("song-uri", {"type": "string"}, "audio"),
        ("image_urls", {"type": "array", "items": {"type": "string"}}, "image"),
        ("image", {"type": "string", "format": "uri"}, "image"),
        ("image", {"type": "string", "title": "Image URL"}, "image"),
        ("reference_video", {"type": "string", "description": "URL of a video"}, "video"),
        ("image", {"type": "string"}, ""),
        ("image_size", {"type": "string", "format": "uri"}, ""),
        ("webhook_url", {"type": "string", "format": "uri"}, ""),
        ("video_style", {"type": "string", "description": "a URL"}, ""),
        ("num_images", {"type": "integer"}, ""),
        ("generate_audio", {"type": "boolean", "description": "a URL"}, ""),
        ("image_url", {"type": "string", "enum": ["a"]}, ""),
        ("image_url", {"type": "string", "format": "image_uris"}, ""),
        ("image_url", {"description": "Whatever."}, ""),
        ("x" * 101 + "image_url", {"type": "string"}, ""),
        ("it", {"type": "array", "format": "image_uris", "items": {"enum": ["a"]}}, ""),
        ("it", {"type": "array", "format": "image_uris", "items": {"type": "object"}}, ""),
        (
            "it",
            {
                "type": "array",
                "format": "image_uris",
                "items": {"anyOf": [{"type": "string"}, {"type": "object"}]},
            },
            "",
        ),
        ("it", {"type": "string", "format": "image_uris"}, ""),
        ("it", {"type": "string", "format": 5}, ""),
    ],
)
def test_fields_that_take_files_are_known_by_format_or_name(
    name: str, spec: dict[str, Any], medium: str
) -> None:
    """A format says it; a name says it where it speaks of an address, too."""
    assert field(spec, name).medium == medium


@pytest.mark.parametrize(
    ("spec", "default"),
    [
        ({"type": "integer", "default": 5}, 5),
        ({"type": "integer", "default": None}, None),
        ({"type": "integer", "default": "5"}, None),
        ({"type": "integer", "maximum": 4, "default": 5}, None),
        ({"type": "string", "enum": ["a"], "default": "b"}, None),
        ({"type": "array", "items": {"type": "string"}, "default": ["a"]}, ["a"]),
        ({"type": "array", "items": {"type": "string"}, "default": [1]}, None),
        ({"type": "string", "format": "image_uri", "default": ""}, None),
        ({"type": "number", "default": float("nan")}, None),
        ({"type": "string", "default": "\ud800"}, None),
    ],
)
def test_a_default_that_does_not_fit_is_not_used(spec: dict[str, Any], default: Any) -> None:
    """Null means unset, and a default that the field itself would refuse is none."""
    assert field(spec).default == default


@pytest.mark.parametrize(
    ("spec", "nullable"),
    [
        ({"type": ["string", "null"]}, True),
        ({"type": "string", "nullable": True}, True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, True),
        ({"enum": ["a", None]}, True),
        ({"type": ["string", "null"], "enum": ["a", None]}, True),
        ({"type": ["string", "null"], "enum": []}, True),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, True),
        ({"type": ["string", "null"], "format": "image_uri"}, True),
        ({"type": "string", "default": None}, False),
        ({"type": "string", "enum": ["a", None]}, False),
        ({"type": ["string", "null"], "enum": ["a"]}, False),
        ({"type": "string", "anyOf": [{"minLength": 1}, {"type": "null"}]}, False),
        ({"type": "string", "anyOf": [{"const": "a"}, {"type": "null"}]}, False),
    ],
)
def test_null_fits_only_where_the_schema_says_so(spec: dict[str, Any], nullable: bool) -> None:  # noqa: FBT001 - a table
    """In whichever notation, and only where every part allows it."""
    found = field({**spec, "default": spec.get("default", "a")}, required=["it"])
    schema = Schema((found,))
    if nullable:
        assert found.nullable
        assert schema.check({"it": None}) == {"it": None}
        assert found.from_text("null") is None
    else:
        with pytest.raises(InputError):
            schema.check({"it": None})


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("#/$defs/Size", "integer"),
        ("#/definitions/a~1b%20c", "boolean"),
        ("#/$defs/list/1", "string"),
        ("#/$defs/chain", "integer"),
        ("#/$defs/nowhere", "any"),
        ("#/$defs/list/7", "any"),
        ("#/$defs/Size/type/more", "any"),
        ("https://example.com/schema.json", "any"),
        ("https://example.com/schema.json#/$defs/Size", "any"),
        ("other.json#/$defs/Size", "any"),
        ("#/$defs/a~0b", "boolean"),
        ("#/$defs/~01", "boolean"),
        ("#/$defs/1", "boolean"),
        ("#/$defs/list/2", "any"),
        ("#/$defs/list/-1", "any"),
        ("#/$defs/list/one", "any"),
        ("#/" + "a/" * 600, "any"),
        ("#/$defs/itself", "any"),
    ],
)
def test_a_reference_leads_to_a_part_of_the_same_schema(reference: str, kind: str) -> None:
    """Nothing else is looked for, and nothing is fetched; a circle comes to an end."""
    definitions: dict[str, Any] = {
        "Size": {"type": "integer"},
        "list": [{"type": "integer"}, {"type": "string"}],
        "chain": {"$ref": "#/$defs/Size"},
        "itself": {"$ref": "#/$defs/itself"},
        **{name: {"type": "boolean"} for name in ("a~b", "~1", "1")},
    }
    root: dict[str, Any] = {"$defs": definitions, "definitions": {"a/b c": {"type": "boolean"}}}
    found = field({"$ref": reference, "title": "Here"}, **root)
    assert found == Field("it", "Here", kind)


def test_parts_that_say_different_things_all_count() -> None:
    """Of two ranges a value has to be in both; what is told nearer names the field."""
    spec = {
        "title": "Near",
        "minimum": 2,
        "allOf": [{"type": "integer", "title": "Far", "maximum": 9}, {"minimum": 5, "type": "integer"}],
    }
    found = field(spec)
    assert (found.title, found.kind, found.minimum, found.maximum) == ("Near", "integer", 2, 9)
    for value, fits in [(5, True), (9, True), (4, False), (10, False)]:
        if fits:
            found.check(value)
        else:
            with pytest.raises(InputError):
                found.check(value)


def test_a_limit_without_a_type_is_about_what_it_can_be_about() -> None:
    """A step says nothing of text, nor a length of numbers."""
    parts = [{"multipleOf": 2}, {"multipleOf": 3, "maxLength": 2}, {"items": {"minimum": 1}}]
    found = field({"type": ["number", "string", "array", "boolean", "null"], "allOf": parts})
    for value in (6, "ab", True, [1], None):
        found.check(value)
    for value in (4, "abc", [0]):
        with pytest.raises(InputError):
            found.check(value)


def test_legal_lists_and_objects_are_compared_as_json_has_them() -> None:
    """One is one, however it is written, and no truth value; the order of an object does not matter."""
    found = field({"enum": [{"a": [1, True], "b": None}, [2]]})
    for value in ({"b": None, "a": [1.0, True]}, [2]):
        found.check(value)
    for wrong in ({"a": [1, 1], "b": None}, {"a": [1, True]}, {"a": [1], "b": None}, [2, 2], [True], 2):
        with pytest.raises(InputError):
            found.check(wrong)


def test_an_object_made_of_parts_has_the_parts_of_all() -> None:
    """Properties of several parts come together, and so does what is required; a shared one obeys both."""
    camera = {
        "properties": {"speed": {"type": "number", "maximum": 5}, "mode": {"enum": ["a"]}},
        "required": ["mode"],
        "allOf": [{"properties": {"speed": {"minimum": 1}, "zoom": {"type": "int"}}, "required": ["zoom"]}],
    }
    found = field(camera)
    found.check({"mode": "a", "zoom": 3, "speed": 2})
    for wrong in ({"mode": "a"}, {"mode": "b", "zoom": 3}, {"mode": "a", "zoom": 3, "speed": 0.5}):
        with pytest.raises(InputError):
            found.check(wrong)


def test_the_whole_may_be_made_of_parts_and_forms() -> None:
    """Fields are found behind a reference and in forms; one of the forms has to be given."""
    raw = {
        "$ref": "#/components/schemas/Input",
        "components": {
            "schemas": {
                "Input": {
                    "allOf": [{"properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}],
                    "oneOf": [
                        {"properties": {"image": {"type": "string"}}, "required": ["image"]},
                        {"properties": {"video": {"type": "string"}}, "required": ["video", "prompt"]},
                        {"title": "nothing of its own", "required": ["prompt", "seed"]},
                    ],
                }
            }
        },
    }
    schema = Schema.parse(raw)
    assert [one.name for one in schema.fields] == ["prompt", "image", "video"]
    assert schema.check({"prompt": "a", "image": "b"}) == {"prompt": "a", "image": "b"}
    with pytest.raises(
        InputError, match=r"^This model needs image, video and prompt or prompt and seed\. Noth"
    ):
        schema.check({"prompt": "a"})
    with pytest.raises(InputError, match=r"^image takes text, not 5\."):
        schema.check({"prompt": "a", "image": 5})


def test_what_does_not_fit_together_is_told_even_where_no_words_are_known() -> None:
    """A rule about the whole that names no fields still stops the request."""
    forms = [{"properties": {"a": {"const": 1}}}, {"properties": {"a": {"const": 2}}, "required": ["a"]}]
    raw = {"properties": {"a": {"type": "integer"}}, "anyOf": forms}
    assert Schema.parse(raw).check({"a": 2}) == {"a": 2}
    with pytest.raises(
        InputError, match=r"^These inputs do not fit together, says the model's schema\. Noth"
    ):
        Schema.parse(raw).check({"a": 3})


def test_what_is_required_but_not_described_is_a_field_too() -> None:
    """Otherwise it could never be given; a name that is none is passed over."""
    schema = Schema.parse({"properties": {"a": {}}, "required": ["b", "a", 5, "\ud800"]})
    assert schema.fields == (
        Field("a", "a", "any", required=True),
        Field("b", "b", "any", required=True),
    )


def test_a_property_that_may_never_be_there_is_no_field() -> None:
    """`false` forbids it, and a name that JSON cannot write cannot be sent."""
    schema = Schema.parse({"properties": {"never": False, "half \udfff": {}, "ever": True}})
    assert [one.name for one in schema.fields] == ["ever"]


@pytest.mark.parametrize(
    ("names", "body"),
    [
        (["seed", "prompt", "text"], "prompt"),
        (["text", "text_prompt"], "text_prompt"),
        (["Prompt"], "Prompt"),
        (["text-prompt"], "text-prompt"),
        (["lyrics"], None),
        ([], None),
    ],
)
def test_the_body_of_a_cell_fills_the_prompt(names: list[str], body: str | None) -> None:
    """Or what stands for one; a model without any text to fill has none."""
    found = Schema.parse({"properties": {name: {"type": "string"} for name in names}}).body
    assert (found and found.name) == body


@pytest.mark.parametrize(
    "spec",
    [{"type": "string", "enum": ["a"]}, {"type": "integer"}, {"type": "string", "format": "audio_uri"}],
)
def test_a_prompt_that_takes_no_free_text_is_not_filled_by_a_body(spec: dict[str, Any]) -> None:
    """Another field is, or none."""
    schema = Schema.parse({"properties": {"prompt": spec, "text": {"type": "string"}}})
    assert schema.body is schema.fields[1]
    assert Schema(schema.fields[:1]).body is None
