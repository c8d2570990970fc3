"""Widgets one above the other, the newest on top. Widgets.

A page draws the children of a box anew from the first one on that is not what it was: put before
the others, a job would stop each video that plays below it. So a stack has empty places at its
top, and what comes goes into the lowest of them.
"""

from __future__ import annotations

import ipywidgets as widgets

_PLACES = 16


class Stack(widgets.VBox):
    """A box to which widgets are added at the top; not to be used from two threads at once."""

    def __init__(self) -> None:
        super().__init__()
        self._free: list[widgets.VBox] = []
        self._taken: dict[str, widgets.VBox] = {}

    def put(self, name: str, widget: widgets.Widget) -> None:
        """Put a widget on top, in place of the one that was put by the same name."""
        highest = next(reversed(self._taken), None)
        place = self._taken.pop(name, None)
        if place is None or name != highest:
            if place is not None:
                place.children = ()
            place = self._next_place()
        self._taken[name] = place
        if place.children != (widget,):
            place.children = (widget,)

    def _next_place(self) -> widgets.VBox:
        if not self._free:
            layout = widgets.Layout(margin="0")
            self._free = [widgets.VBox(layout=layout) for _ in range(_PLACES)]
            for place in self._free:
                place.add_class("runcomfy-place")
            self.children = (*self._free, *reversed(self._taken.values()))
        return self._free.pop()
