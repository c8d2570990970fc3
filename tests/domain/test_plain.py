from __future__ import annotations

from typing import Any

import pytest

from runcomfy_jupyter._domain.plain import NotPlainError, is_plain, plain, read, same
from runcomfy_jupyter._domain.texts import spelled


def nested(levels: int, inner: Any) -> Any:
    """Return lists in lists, so many of them below the first."""
    value = [inner]
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("inner", [5, "a", None])
def test_fifty_levels_are_not_too_deep(inner: Any) -> None:
    """Below the first, whatever stands in the last; one more is refused."""
    assert plain(nested(50, inner)) == nested(50, inner)
    with pytest.raises(NotPlainError, match="nested too deeply"):
        plain(nested(51, inner))


@pytest.mark.parametrize("text", ["NaN", "[1, Infinity]", '{"a": -Infinity}', "[1", "", "1 2"])
def test_what_is_no_json_is_not_read(text: str) -> None:
    """Python's words for what is no number in JSON are none either."""
    with pytest.raises(NotPlainError):
        read(text)


def test_a_value_can_be_asked_whether_json_can_say_it() -> None:
    """As it stands, without an error."""
    assert [is_plain(value) for value in (1, {"a": [None]}, float("nan"), object())] == [
        True,
        True,
        False,
        False,
    ]


def test_letters_of_all_languages_are_spelled_as_they_are() -> None:
    """A suggestion is read by people."""
    assert spelled({"ville": ["Orléans"]}) == '{"ville": ["Orléans"]}'


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), ([1, [2]], [1.0, [2]]), ({"a": 1, "b": []}, {"b": [], "a": 1}), (True, True), (None, None)],
)
def test_values_that_json_writes_alike_are_the_same(one: Any, other: Any) -> None:
    """Numbers by their value, objects whatever their order."""
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *((1, True), (0, False), (1, "1"), (None, 0), ([], {}), ([1], 1), ({"a": 1}, "a"), ([1], [True])),
        *(([1], [1, 2]), ([1, 2], [2, 1]), ({"a": 1}, {"a": 2}), ({"a": 1}, {"b": 1}), ({}, {"a": 1})),
    ],
)
def test_values_that_json_writes_differently_are_not_the_same(one: Any, other: Any) -> None:
    """A truth is no number, and a list has an order."""
    assert not same(one, other)
    assert not same(other, one)
