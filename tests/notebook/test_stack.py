from __future__ import annotations

import ipywidgets as widgets
import pytest

from runcomfy_jupyter._notebook.stack import Stack

# What ipywidgets 7.7 does with every widget.
pytestmark = pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")


def texts(stack: Stack) -> list[str]:
    """Return what stands in a stack, from the top."""
    return [label.value for place in stack.children for label in place.children]


def test_the_newest_is_on_top() -> None:
    """However many there are, the order is that of their coming, backwards."""
    stack = Stack()
    for number in range(40):
        stack.put(str(number), widgets.Label(str(number)))
    assert texts(stack) == [str(number) for number in reversed(range(40))]


def test_what_comes_leaves_those_below_alone() -> None:
    """A page draws nothing anew but the place that is filled: no box of others changes."""
    stack = Stack()
    stack.put("first", widgets.Label("first"))
    changes: list[object] = []
    for watched in (stack, *(place for place in stack.children if place.children)):
        watched.observe(changes.append, "children")

    stack.put("second", widgets.Label("second"))

    assert changes == []
    assert texts(stack) == ["second", "first"]


def test_what_is_put_again_moves_up() -> None:
    """The same name stands once, on top; what is on top already is exchanged where it stands."""
    stack = Stack()
    lower, upper = widgets.Label("lower"), widgets.Label("upper")
    stack.put("lower", lower)
    stack.put("upper", upper)
    stack.put("lower", lower)
    assert texts(stack) == ["lower", "upper"]

    places = [place for place in stack.children if place.children]
    stack.put("lower", widgets.Label("fetched"))
    assert texts(stack) == ["fetched", "upper"]
    assert [place for place in stack.children if place.children] == places
