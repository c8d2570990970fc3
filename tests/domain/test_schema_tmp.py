from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.plain import same
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._domain.texts import spelled
from runcomfy_jupyter._domain.verdict import certain, misfit
from runcomfy_jupyter.errors import InputError
from support.schemas import JSON, WORDS, Meant, fields

if TYPE_CHECKING:
    from collections.abc import Callable

# A busy machine draws slowly, and not every drawn part has values that fit.
SLOW = settings(
    deadline=None,
    max_examples=2000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
KEYWORDS = st.sampled_from(
    [
        "type",
        "enum",
        "const",
        "default",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "items",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
        "oneOf",
        "allOf",
        "$ref",
        "$defs",
        "format",
        "nullable",
        "validations",
        "title",
        "description",
        "validation_rule",
        "validation_value",
        "validation_error",
        "unions",
        "choice",
    ]
)
ANY_SCHEMA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["string", "integer", "null", "image_uri", "#", "#/properties/x", "#/$defs/a", "min"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYWORDS | st.just("x"), inner, max_size=5),
    max_leaves=30,
)


def outcome(ask: Callable[[], Any]) -> Any:
    """Return what comes of asking, which may be an error for the user: one line, and a bounded one."""
    try:
        return ask()
    except InputError as error:
        told = str(error)
        well_said = told.endswith("Nothing was sent.") and "\n" not in told and len(told) < 800
        return error if well_said else AssertionError(told)


@SLOW
@given(drawn=fields(), data=st.data())
def test_what_is_let_through_is_what_the_schema_means(
    drawn: tuple[dict[str, Any], Meant], data: st.DataObject
) -> None:
    """A value is sent if, and only if, it fits; however the schema is written."""
    root, meant = drawn
    value = data.draw(meant.likely | JSON)
    body = outcome(lambda: Schema.parse(root).check({"x": value}))
    if isinstance(body, InputError):
        assert not meant.fits(value)
    elif body or value is not None:  # null leaves out a field without a default
        assert meant.fits(body["x"])
        assert same(body["x"], value) or body["x"] == str(value)


@SLOW
@given(drawn=fields(), data=st.data())
def test_what_a_line_says_is_what_the_schema_means(
    drawn: tuple[dict[str, Any], Meant], data: st.DataObject
) -> None:
    """A word of a line becomes a value that fits, or an error before anything is sent."""
    root, meant = drawn
    [field] = Schema.parse(root).fields
    texts = data.draw(st.lists(WORDS | meant.likely.map(spelled), min_size=1, max_size=2))
    for found in (outcome(lambda: field.from_text(texts[0])), outcome(lambda: field.from_texts(texts))):
        assert isinstance(found, InputError) or meant.fits(found)


@SLOW
@given(drawn=fields(), data=st.data())
def test_a_fitting_value_can_be_said_on_a_line(
    drawn: tuple[dict[str, Any], Meant], data: st.DataObject
) -> None:
    """A text as it is, all else as JSON; only of 5 and "5", where both are legal, one cannot be said."""
    root, meant = drawn
    [field] = Schema.parse(root).fields
    value = data.draw(meant.likely)
    assume(meant.fits(value))
    found = field.from_text(spelled(value))
    assert same(found, value) or spelled(found) == spelled(value)


@SLOW
@given(raw=ANY_SCHEMA, value=JSON, name=st.text(max_size=3))
def test_no_schema_breaks_the_reading(raw: Any, value: Any, name: str) -> None:
    """Whatever the catalogue sends can be read, asked for its words, and checked by."""
    for root in (raw, {"properties": {"x": raw}}, {"properties": raw}):
        schema = Schema.parse(root)
        for field in schema.fields:
            assert all(isinstance(text, str) for text in (field.title, field.legal(), field.medium))
            assert field.default is None or misfit(field.rules, field.default) is None
        for inputs in ({}, {"x": value}, {name: value}):
            body = outcome(partial(schema.check, inputs))
            assert isinstance(body, InputError) or json.dumps(schema.resolve(body), allow_nan=False)


@SLOW
@given(drawn=fields(), data=st.data())
def test_a_quick_yes_is_the_librarys_yes(drawn: tuple[dict[str, Any], Meant], data: st.DataObject) -> None:
    """What is let through without the library being asked, it would let through, too."""
    root, meant = drawn
    [field] = Schema.parse(root).fields
    value = data.draw(meant.likely | JSON)
    if certain(field.rules, value):
        assert misfit({"allOf": [field.rules]}, value) is None
        assert meant.fits(value)
