"""What is said of inputs that do not fit, and of schemas that nobody wrote in good faith."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from runcomfy_jupyter._domain.fields import Field
from runcomfy_jupyter._domain.legal import called, in_words, legal, nearest, shown, tidy
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError

URL = "https://example.com/a.png?x=1"
NO_UPLOAD = "A public https URL is needed; nothing is uploaded from here."
# Reading and checking may take this long on a busy machine; what is unbounded takes minutes.
PATIENCE = 20.0


def refused(spec: Any, value: Any, name: str = "it", **root: Any) -> str:
    """Return the one line with which a value is refused, without its ending, which is always the same."""
    with pytest.raises(InputError) as told:
        Schema.parse({"properties": {name: spec}, **root}).check({name: value})
    message = str(told.value)
    assert message.endswith(" Nothing was sent.")
    assert "\n" not in message
    return message.removesuffix(" Nothing was sent.")


CAMERA = {
    "type": "object",
    "properties": {
        "motion": {"enum": ["still", "pan"]},
        "path": {"type": "array", "items": {"type": "array", "items": {"type": "number"}, "minItems": 2}},
    },
    "required": ["motion"],
    "additionalProperties": False,
}
FORMS = {"anyOf": [{"enum": ["square", "wide"]}, CAMERA]}


@pytest.mark.parametrize(
    ("spec", "value", "said"),
    [
        ({"type": "string", "maxLength": 3}, "abcd",
         "it takes text of at most 3 characters, not 4 characters."),
        ({"type": "string", "minLength": 2}, "a", "it takes text of at least 2 characters, not 1 character."),
        ({"type": "string", "minLength": 2, "maxLength": 2}, "a",
         "it takes text of 2 characters, not 1 character."),
        ({"type": "string", "maxLength": 5000}, "a" * 6000,
         "it takes text of at most 5,000 characters, not 6,000 characters."),
        ({"type": "array", "minItems": 1}, [], "it takes a list of at least 1 value, not 0 values."),
        ({"type": "array", "maxItems": 1}, [1, 2], "it takes a list of at most 1 value, not 2 values."),
        ({"type": "array", "uniqueItems": True}, [1, 1], "it takes a value once, and names one twice."),
        ({"type": "array", "items": {"type": "int", "minimum": 0}}, [1, -1],
         "it[1] takes a whole number of at least 0, not -1."),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, 0,
         "it takes a number of at most 1 and above 0, not 0."),
        ({"type": "number", "multipleOf": 0.1}, 0.25, "it takes a number, a multiple of 0.1, not 0.25."),
        ({"type": ["string", "integer"], "maxLength": 3}, [],
         "it takes text of at most 3 characters or a whole number, not []."),
        (CAMERA, {}, "it lacks motion."),
        ({"type": "object", "required": ["a", "b"]}, {"a": 1}, "it lacks b."),
        ({"type": "object", "required": ["a", "b", "c"]}, {"b": 1}, "it lacks a and c."),
        (CAMERA, {"motion": "pann"}, "it.motion takes still or pan, not 'pann'. Did you mean pan?"),
        (CAMERA, {"motion": "pan", "paths": 1}, "it has no part 'paths'. Did you mean path?"),
        (CAMERA, {"motion": "pan", "z": 1}, "it has no part 'z'. It takes motion or path."),
        (CAMERA, {"motion": "pan", "path": [[1, 2], [1]]},
         "it.path[1] takes a list of at least 2 values, each a number, not 1 value."),
        (CAMERA, {"motion": "pan", "path": [[1, "2"]]}, "it.path[0][1] takes a number, not '2'."),
        ({"type": "object", "additionalProperties": False}, {"a": 1}, "it has no part 'a'."),
        (FORMS, "sqare", "it takes square or wide or a JSON object, not 'sqare'. Did you mean square?"),
        (FORMS, 5, "it takes square or wide or a JSON object, not 5."),
        (FORMS, {"motion": "pan", "z": 1}, "it has no part 'z'. It takes motion or path."),
        ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "number", "maximum": -1}]}, 0,
         "it takes a whole number of at least 1 or a number of at most -1, not 0."),
        (FORMS, {"motion": "pan", "path": 5},
         "it.path takes a list, each a list of at least 2 values, each a number, not 5."),
        ({"type": "object", "properties": {"s": FORMS}}, {"s": "sqare"},
         "it.s takes square or wide or a JSON object, not 'sqare'. Did you mean square?"),
        ({"properties": {"n": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}}},
         {"n": 0.5}, "it.n takes a whole number of at least 1 or text, not 0.5."),
        ({"allOf": [{"type": "integer"}, {"type": "integer", "minimum": 1}, {"minimum": 3}]}, 2,
         "it takes a number of at least 3, not 2."),
        ({"anyOf": [{"type": kind} for kind in ("boolean", "array", "object", "integer", "string")]}, 0.5,
         "it takes true or false or a list or a JSON object or a whole number or more, not 0.5."),
        ({"type": "null"}, 5, "it takes null, not 5."),
    ],
)  # fmt: skip
def test_a_misfit_is_told_in_one_line(spec: dict[str, Any], value: Any, said: str) -> None:
    """Where it stands, what is taken there, what was given, and what was likely meant."""
    assert refused(spec, value) == said


def test_null_is_named_where_it_says_more_than_leaving_the_field_out() -> None:
    """A required field, or one with a default, may be set to it."""
    spec = {"type": ["integer", "null"]}
    assert refused(spec, "x") == "it takes a whole number, not 'x'."
    assert refused(spec, "x", required=["it"]) == "it takes a whole number or null, not 'x'."


def test_the_catalogues_own_words_are_used_where_it_has_some() -> None:
    """Cleaned and bounded, for they are somebody else's; and only for what they are about."""
    entry = {
        "validation_rule": "max",
        "validation_value": 5,
        "validation_error": "Not\nmore\x1b[31m " + "x" * 999,
    }
    spec = {"type": "integer", "minimum": 1, "validations": [entry]}
    said = refused(spec, 6)
    assert said.startswith("it: Not more [31m xxx")
    assert len(said) < 220
    assert refused(spec, 0) == "it takes a whole number from 1 to 5, not 0."
    assert refused({**spec, "maximum": 5}, 6) == said
    assert refused({**spec, "maximum": 4}, 6) == "it takes a whole number from 1 to 4, not 6."


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("http://example.com/a.png", "http does not do: it has to be https."),
        ("HTTP://example.com/a.png", "http does not do: it has to be https."),
        ("/home/me/a.png", NO_UPLOAD),
        ("a.png", NO_UPLOAD),
        ("C:\\a.png", NO_UPLOAD),
        ("file:///a.png", NO_UPLOAD),
        ("data:image/png;base64,AAAA", NO_UPLOAD),
        ("ftp://example.com/a.png", NO_UPLOAD),
        ("https://", NO_UPLOAD),
        ("https:///a.png", NO_UPLOAD),
        ("https://example.com/a b.png", NO_UPLOAD),
        ("https://example.com/a\n.png", NO_UPLOAD),
        ("https://[half/a.png", NO_UPLOAD),
        ("https://example.com:port/a.png", NO_UPLOAD),
        ("https://example.com:0/a.png", NO_UPLOAD),
        ("https://me:secret@example.com/a.png", NO_UPLOAD),
        ("", NO_UPLOAD),
        (Path("a.png"), NO_UPLOAD),
    ],
)
def test_only_public_https_addresses_are_taken_for_files(value: Any, hint: str) -> None:
    """A file of one's own is not uploaded; the message says what is needed instead."""
    spec = {"type": "string", "format": "image_uri"}
    said = refused(spec, value)
    assert said.startswith("it takes the public https URL of an image, not ")
    assert said.endswith(f" {hint}")


def test_files_are_held_to_the_same_wherever_they_stand() -> None:
    """In lists and in objects, too, and of any length that an address can have."""
    images = {"type": "array", "format": "image_uris", "minItems": 1, "maxItems": 3}
    assert (
        refused(images, [URL, "b.png"])
        == f"it[1] takes the public https URL of an image, not 'b.png'. {NO_UPLOAD}"
    )
    assert refused(images, []) == "it takes a list of 1 to 3 public https URLs of images, not 0 values."
    nested = {"type": "object", "properties": {"video_url": {"type": "string"}}}
    assert refused(nested, {"video_url": "b"}).startswith(
        "it.video_url takes the public https URL of a video, not 'b'"
    )
    long = f"{URL}{'x' * 9000}"
    assert refused(images, [long]).endswith("the public https URL of an image, not one of 9,029 characters.")
    assert refused(images, Path("a")).endswith(NO_UPLOAD)
    assert refused(images, [URL.ljust(8193, "x")]).endswith("not one of 8,193 characters.")
    Schema.parse({"properties": {"it": images}}).check({"it": [URL.ljust(8192, "x")]})
    Schema.parse({"properties": {"it": images}}).check({"it": [URL, "HTTPS://EXAMPLE.com:8443/ü.png"]})


def test_the_addresses_among_the_inputs_are_found() -> None:
    """Each with its field, so that its host can be looked at."""
    schema = Schema.parse(
        {
            "properties": {
                "prompt": {"type": "string"},
                "images": {"type": "array", "format": "image_uris"},
                "video_url": {"type": "string"},
                "audio_url": {"type": "string"},
            }
        }
    )
    inputs = {"prompt": URL, "images": [URL, "https://b.example/"], "audio_url": "https://c.example/"}
    found = [(field.name, field.medium, address) for field, address in schema.files(inputs)]
    assert found == [
        ("images", "image", URL),
        ("images", "image", "https://b.example/"),
        ("audio_url", "audio", "https://c.example/"),
    ]
    assert schema.files({"images": [5, None], "video_url": None}) == []


def test_a_long_list_of_legal_values_is_cut() -> None:
    """Its beginning and its length; the likely value is found in it all the same, and soon."""
    values = [f"style-{number}" for number in range(10_000)]
    before = time.monotonic()
    said = refused({"type": "string", "enum": values}, "Style-9999 ")
    assert said.startswith("it takes style-0, style-1, style-2, ")
    assert "style-11 … (10,000 in all), not 'Style-9999 '. Did you mean style-9999?" in said
    assert len(said) < 300
    assert refused({"type": "string", "enum": values}, "stile-77").endswith("Did you mean style-77?")
    assert "Did you mean" not in refused({"type": "string", "enum": values}, "s" * 200)
    assert time.monotonic() - before < PATIENCE


def test_ten_thousand_constants_are_a_list_too() -> None:
    """Written as forms of a `oneOf`, each with its title."""
    forms = [{"const": f"v{number}", "title": "<b>"} for number in range(10_000)]
    [field] = Schema.parse({"properties": {"it": {"oneOf": forms}}}).fields
    assert len(field.enum) == 10_000
    assert field.from_text("v9999") == "v9999"


def test_a_field_that_is_unknown_gets_a_short_list() -> None:
    """Of two hundred fields not all are named."""
    schema = Schema.parse({"properties": {f"parameter_{number}": {} for number in range(200)}})
    with pytest.raises(InputError) as told:
        schema.field("fps")
    assert str(told.value).startswith("This model has no input 'fps'. It takes parameter_0, parameter_1, ")
    assert "… (200 in all)." in str(told.value)
    with pytest.raises(InputError, match=r"Did you mean parameter_7\?"):
        schema.field("paramter_7")
    for name in (5, None, "x" * 10_000, "a\nb\x1b"):
        with pytest.raises(InputError) as told:
            schema.field(name)
        assert len(str(told.value)) < 500
        assert str(told.value).isprintable()


HOSTILE = [
    "--help",
    "model",
    "",
    " ",
    "__class__",
    "x" * 10_000,
    "<b>&amp;\x1b[2J\u202e\n",
    "$ref",
    "a b",
    "🐼",
]


def test_hostile_words_are_sent_as_they_are_and_shown_as_they_should() -> None:
    """A name and a legal value are exact in what is sent; what is told of them is one printable line."""
    for word in HOSTILE:
        spec = {"type": "string", "enum": [word], "title": word, "description": word, "default": word}
        schema = Schema.parse({"properties": {word: spec}})
        [field] = schema.fields
        assert schema.check({word: word}) == schema.resolve({}) == {word: word}
        assert (field.name, field.enum, field.default) == (word, (word,), word)
        assert field.title.strip()
        for told in (field.title, field.description, field.legal(), refused(spec, 5, word)):
            assert len(told) <= 500
            assert "\x1b" not in told
            assert "\u202e" not in told
            assert "\n" not in told


def _nested(levels: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        spec = {"properties": {"x": spec}, "items": spec, "anyOf": [spec, {"x": spec}], "allOf": [spec]}
    return spec


NODE = {
    "type": "object",
    "properties": {f"child{number}": {"$ref": "#/$defs/node"} for number in range(50)},
    "allOf": [{"$ref": "#/$defs/node"}, {"$ref": "#"}],
    "enum": [{"a": number} for number in range(2000)],
}


@pytest.mark.parametrize(
    "raw",
    [
        _nested(400),
        {"properties": {f"x{one}": {"$ref": "#/$defs/node"} for one in range(300)}, "$defs": {"node": NODE}},
        {"properties": {"x": {"type": "string", "pattern": "(a+)+$", "enum": ["a" * 5000 + "b"]}}},
        {"properties": {str(number): {"enum": [number]} for number in range(50_000)}},
        {"properties": {"x": {}}, "required": [str(number) for number in range(50_000)]},
        {"properties": {"x": {"anyOf": [{"minimum": number} for number in range(50_000)]}}},
        {"properties": {"x": {"allOf": [{"properties": {"x": {}}}] * 50_000}}},
        {"properties": {"x": {"enum": [[[number] * 50] * 50 for number in range(100)]}}},
        {"properties": {"x": {"validations": [{"validation_rule": "<" * 9999, "validation_value": 1}] * 99}}},
        {"properties": {"x": {"type": ["string"] * 50_000, "title": "x" * 10**6, "format": "x" * 10**6}}},
        {"properties": {"x" * 10**6: {"type": "string", "description": "url " * 10**5}}},
    ],
    ids=["deep", "recursive", "pattern", "fields", "required", "forms", "parts", "enum", "rules", "types",
         "name"],
)  # fmt: skip
def test_no_schema_takes_long(raw: dict[str, Any]) -> None:
    """Depth, numbers and lengths are bounded, whatever is served; what is beyond is left open."""
    before = time.monotonic()
    schema = Schema.parse(raw)
    assert schema.readable
    assert 1 <= len(schema.fields) <= 1000
    for field in schema.fields[:20]:
        assert len(field.legal()) < 1000
        for text in ("a" * 5000, "1", "[1]"):
            try:
                schema.check({field.name: field.from_text(text)})
            except InputError as error:
                assert len(str(error)) < 2000  # noqa: PT017 - it may be refused, and then shortly
    assert time.monotonic() - before < PATIENCE


def test_a_recursive_field_leaves_something_for_the_next() -> None:
    """What one field may cost is bounded, so that the others are still read."""
    raw = {
        "properties": {"tree": {"$ref": "#/$defs/node"}, "size": {"enum": ["a"]}},
        "$defs": {"node": {"properties": {str(number): {"$ref": "#/$defs/node"} for number in range(50)}}},
    }
    tree, size = Schema.parse(raw).fields
    assert tree.kind == "object"
    assert size.enum == ("a",)


def test_words_for_what_is_seldom_seen() -> None:
    """The ways of saying that no schema above came by."""
    assert in_words([None, "a b", 'say "a"', "a\x07", True, {"a": 1}]) == (
        r"""null, a b, say "a", 'a\x07', true or {"a": 1}"""
    )
    assert in_words(["", {"ville": "Orléans"}]) == """'' or {"ville": "Orléans"}"""
    assert in_words(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 or 11"
    assert in_words(range(13)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 … (13 in all)"
    assert legal({"enum": [None]}) == legal({"type": ["null"]}) == "null"
    assert legal({"type": ["string", "null"], "enum": ["a", None]}) == "a or null"
    assert legal({"type": ["integer", "null"]}) == "a whole number or null"
    assert legal({"type": ["integer", "null"]}, null=False) == "a whole number"
    assert legal({"minimum": 5}) == "a number of at least 5"
    assert (
        legal({"items": {"type": "boolean"}, "minItems": 2})
        == "a list of at least 2 values, each true or false"
    )
    assert legal({"type": "array", "items": {"medium": "audio"}}) == "a list of public https URLs of sounds"
    assert Field("it", "It", "array", medium="video").legal() == "a list of public https URLs of videos"
    assert Field("it", "It", "string", medium="video").legal() == "the public https URL of a video"
    assert called("plain") == "plain"
    assert called("") == "''"
    assert called("a\nb") == r"'a\nb'"
    assert tidy("half \ud800 whole", 99) == "half whole"
    assert shown("x" * 999) == f"'{'x' * 58}…"
    assert tidy(["a"], 9) == ""
    assert tidy(5.5, 9) == "5.5"
    assert nearest([1], ["a"]) is None
    assert nearest("", [""]) is None
    assert nearest("hd", [None, "HD", "hdd"]) == "HD"
    assert nearest("2 × 2", ["2x2"], cutoff=1.0) == "2x2"
    assert nearest("abcde", ["abcxy"]) is None
    assert nearest("abcde", ["abcxy"], cutoff=0.6) == "abcxy"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"minItems": 2}, "a list of at least 2 values"),
        ({"maxItems": 2}, "a list of at most 2 values"),
        ({"items": {"type": "boolean"}}, "a list, each true or false"),
        ({"minLength": 2}, "text of at least 2 characters"),
        ({"maxLength": 1}, "text of at most 1 character"),
        ({"medium": "audio"}, "the public https URL of a sound"),
        ({"minimum": 2}, "a number of at least 2"),
        ({"maximum": 2}, "a number of at most 2"),
        ({"multipleOf": 2}, "a number, a multiple of 2"),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, "a number above 0 and below 1"),
        ({"exclusiveMaximum": 1}, "a number below 1"),
        ({"uniqueItems": True}, "any JSON value"),
        ({"anyOf": [{"type": kind} for kind in ("boolean", "array", "object", "integer")]},
         "true or false or a list or a JSON object or a whole number"),
    ],
)  # fmt: skip
def test_rules_without_a_type_are_said_by_what_they_are_about(rules: dict[str, Any], said: str) -> None:
    """A limit of a length is about text, one of a number of values about a list."""
    assert legal(rules) == said


def test_the_way_to_a_misfit_is_short() -> None:
    """However deep it stands and whatever its names are."""
    spec: dict[str, Any] = {"type": "integer"}
    value: Any = "x"
    for _ in range(7):
        spec = {"type": "object", "properties": {"y" * 99: spec}}
        value = {"y" * 99: value}
    steps = f".{'y' * 29}…" * 5
    assert refused(spec, value) == f"it{steps}… takes a whole number, not 'x'."
    for _ in range(2):
        spec, value = spec["properties"]["y" * 99], value["y" * 99]
    assert refused(spec, value) == f"it{steps} takes a whole number, not 'x'."
